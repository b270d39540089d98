import { expect } from "chai";
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { type KernelClient, startKernel } from "../../kernel/client";
import { png } from "../data/files.js";
import { Folder, succeeded, textOf } from "./support";

// All that means something else in a URL, in a pattern or in a stack's line.
const names = ["a #b%20 ?ä 日本", "b (c) [d] {e} 100%", 'it\'s & <so> "on" `tick` $HOME'];

for (const name of names)
  describe(`a kernel in a folder called ${name}`, () => {
    const folders = new Folder();
    const real = path.join(realpathSync(folders.path), name);
    const link = path.join(folders.path, "link");
    const kernels = new Map<string, KernelClient>();

    before(async () => {
      mkdirSync(real);
      symlinkSync(real, link);
      const write = (file: string, text: string | Buffer): void => writeFileSync(path.join(real, file), text);
      write(
        "helper.ts",
        "export const three: number = 3;\n\nexport function fail(): never { throw new Error('helper'); }\n",
      );
      write("plain.js", "exports.four = 4;\n");
      write("esm.mjs", "export const five = 5;\n\nexport function fail() { throw new Error('esm'); }\n");
      write("x.png", png({ width: 2, height: 1, bits: 8, type: 0 }, [new Uint8Array([0, 255])]));
      write("numbers.json", "[6]");
      for (const cwd of [real, link])
        kernels.set(
          cwd,
          await startKernel({ cwd, env: { CONVLAB_HISTORY: path.join(folders.path, "history") } }),
        );
    });
    after(async () => {
      for (const kernel of kernels.values()) await kernel.shutdown();
      folders.remove();
    });

    for (const [how, cwd] of [
      ["by its own name", real],
      ["by a link", link],
    ] as const) {
      const run = async (code: string): Promise<string | undefined> => {
        const kernel = kernels.get(cwd);
        if (!kernel) throw new Error("the kernel has not started");
        return textOf(succeeded(await kernel.execute(code)).outputs);
      };
      const traceback = async (code: string): Promise<string> => {
        const { error } = (await kernels.get(cwd)?.execute(code, { stopOnError: false })) ?? {};
        return error?.traceback.join("\n") ?? "no error";
      };

      it(`${how}: imports local modules of every kind`, async () => {
        expect(
          await run(
            "import { three } from './helper'; import { four } from './plain.js'; import { five } from './esm.mjs'; [three, four, five]",
          ),
        ).to.equal("[ 3, 4, 5 ]");
        expect(await run("(await import('./helper')).three + require('./numbers.json')[0]")).to.equal("9");
      });

      it(`${how}: import.meta says where the notebook is`, async () => {
        const file = path.join(real, "cell.ts");
        expect(await run("console.log(import.meta.url)")).to.equal(`${pathToFileURL(file).href}\n`);
        expect(await run("console.log(import.meta.filename)")).to.equal(`${file}\n`);
        expect(await run("console.log(import.meta.dirname, process.cwd())")).to.equal(`${real} ${real}\n`);
        const read =
          "(await import('node:fs')).readFileSync(new URL('numbers.json', import.meta.url), 'utf8')";
        expect(await run(read)).to.equal("'[6]'");
        expect(
          await run("(await import('node:url')).fileURLToPath(import.meta.url) === import.meta.filename"),
        ).to.equal("true");
      });

      it(`${how}: loadImage reads what lies beside the notebook`, async () => {
        await run("import { loadImage } from 'convlab'");
        for (const source of [
          "'x.png'",
          "'./x.png'",
          "new URL('x.png', import.meta.url)",
          "new URL('x.png', import.meta.url).href",
          "`${import.meta.dirname}/x.png`",
        ])
          expect(await run(`[...(await loadImage(${source}, { channels: 1 })).data]`), source).to.equal(
            "[ 0, 1 ]",
          );
      });

      it(`${how}: tracebacks name the file and line`, async () => {
        await run("import * as helper from './helper'; import * as esm from './esm.mjs'");
        expect(await traceback("helper.fail()")).to.include(
          `at fail (${path.join(real, "helper.ts")}, line 3, column`,
        );
        const text = await traceback("const before = 1;\nesm.fail()");
        expect(text).to.include(`at fail (${path.join(real, "esm.mjs")}, line 3, column`);
        expect(text)
          .to.match(/> 3 \| export function fail\(\)/)
          .and.match(/at cell \d+, line 2, column \d+$/);
      });
    }
  });
