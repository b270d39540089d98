import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import type { Readable, Writable } from "node:stream";
import { expect } from "chai";
import { CheckerProcess } from "../../kernel/checker/process";
import { placesFor } from "../../kernel/checker/places";
import { checkerArguments, checkerEnvironment, ensureSnapshot } from "../../kernel/checker/snapshot";
import { eventually, Folder, openKernel, succeeded, textOf } from "./support";

const program = path.resolve(__dirname, "../../kernel/checker/main.js");

// Where there is no snapshot, or one is made, the checker starts slowly.
const patience = 180_000;

describe("the checker's process", function () {
  this.timeout(patience);
  let folder: Folder;
  let checker: CheckerProcess | undefined;
  beforeEach(() => (folder = new Folder()));
  afterEach(() => {
    checker?.close();
    checker = undefined;
    folder.remove();
  });
  /** The checker can be asked, and answers. */
  const answers = async (asked: CheckerProcess): Promise<void> => {
    checker = asked;
    expect(await asked.ask("compile", { source: "const a: number = 1; a" })).to.have.property("compiled");
    await asked.ask("commit", { assigned: "all" });
    const second = await asked.ask("compile", { source: "const s: string = a" });
    expect(second).to.have.property("diagnostics");
  };

  /** Changes the environment for the time of an action. */
  const withEnvironment = async (
    env: Record<string, string | undefined>,
    action: () => Promise<void>,
  ): Promise<void> => {
    const before = { ...process.env };
    for (const [name, value] of Object.entries(env)) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    try {
      await action();
    } finally {
      for (const name of Object.keys(env)) {
        if (before[name] === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = before[name];
      }
    }
  };

  it("starts without the snapshot where that is damaged, and takes the snapshot away", async () => {
    const blob = folder.write("damaged.blob", "this is no snapshot");
    const how = (snapshot: boolean): ReturnType<typeof checkerArguments> =>
      snapshot ? { args: ["--no-rehash-snapshot", "--snapshot-blob", blob], blob } : { args: [program] };
    await answers(new CheckerProcess(folder.path, how));
    expect(existsSync(blob)).to.equal(false);
  });

  it("starts from a snapshot that was made with other flags in NODE_OPTIONS", async () => {
    const blob = await ensureSnapshot();
    expect(blob).to.be.a("string");
    for (const NODE_OPTIONS of [
      "--max-old-space-size=4096",
      "--expose-gc --max-semi-space-size=64",
      "--stack-size=2000",
    ])
      await withEnvironment({ NODE_OPTIONS }, async () => {
        const started = checkerArguments();
        expect(started.blob, NODE_OPTIONS).to.equal(blob);
        let tries = 0;
        await answers(new CheckerProcess(folder.path, () => (tries++, started)));
        expect(tries, NODE_OPTIONS).to.equal(1);
        checker?.close();
      });
  });

  it("hears nothing of what NODE_OPTIONS makes every process load", async () => {
    const boot = folder.write(
      "boot.cjs",
      "console.log('hello'); console.error('from boot'); process.stdout.write('{');",
    );
    await withEnvironment({ NODE_OPTIONS: `--require ${boot}` }, () =>
      answers(new CheckerProcess(folder.path, () => ({ args: [program] }))),
    );
    // Neither where such a file is loaded after all.
    await withEnvironment({}, () =>
      answers(new CheckerProcess(folder.path, () => ({ args: ["--require", boot, program] }))),
    );
  });

  it("passes over what is no question and no answer", async () => {
    const noisy = folder.write(
      "noisy.cjs",
      `require("fs").writeSync(4, "noise\\n{}\\nnull\\n[1]\\n{\\"id\\":\\"x\\"}\\n");\nprocess.argv[1] = ${JSON.stringify(program)};\nrequire(process.argv[1]);`,
    );
    await answers(new CheckerProcess(folder.path, () => ({ args: [noisy] })));
    const child = spawn(process.execPath, [program], { stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"] });
    let said = "";
    (child.stdio[4] as Readable).setEncoding("utf8").on("data", (text: string) => (said += text));
    (child.stdio[3] as Writable).write(
      'noise\n{}\nnull\n{"id":7,"question":"isComplete","parameter":{"source":"1"}}\n',
    );
    await eventually(() => said.includes('"id":7'), "an answer after noise");
    child.kill("SIGKILL");
  });

  it("knows what a cell has assigned, whatever is asked right after, and also where nothing is", async () => {
    checker = new CheckerProcess(folder.path);
    void checker.ask("compile", { source: "const a = 1; const b = 2" });
    void checker.ask("commit", { assigned: ["a"] });
    const source = "const n: number = a";
    expect(await checker.ask("compile", { source })).to.have.property("compiled");
    expect((await checker.ask("inspect", { source: "a", offset: 1 }))?.signature).to.equal("const a: 1");
    expect(await checker.ask("inspect", { source: "b", offset: 1 })).to.equal(null);
    await checker.ask("commit", { assigned: "all" });
    expect((await checker.ask("inspect", { source: "n", offset: 1 }))?.signature).to.equal("const n: number");
  });

  it("understands a question that comes in pieces, and takes many at once", async () => {
    const child = spawn(process.execPath, [program], { stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"] });
    let said = "";
    (child.stdio[4] as Readable).setEncoding("utf8").on("data", (text: string) => (said += text));
    const write = (question: object): boolean => questions.write(`${JSON.stringify(question)}\n`);
    const questions = child.stdio[3] as Writable;
    write({ id: 0, question: "start", parameter: placesFor(folder.path) });
    const text = "é🍕".repeat(20_000);
    const bytes = Buffer.from(
      `${JSON.stringify({ id: 1, question: "compile", parameter: { source: `'${text}'` } })}\n`,
    );
    for (let at = 0; at < bytes.length; at += 30_001) questions.write(bytes.subarray(at, at + 30_001));
    for (const id of [2, 3, 4]) write({ id, question: "isComplete", parameter: { source: "1" } });
    await eventually(() => said.split("\n").length === 6, "five answers");
    const answers = said
      .split("\n")
      .slice(0, 5)
      .map((line) => JSON.parse(line) as { id: number; result: object });
    expect(answers.map(({ id }) => id)).to.deep.equal([0, 1, 2, 3, 4]);
    expect(JSON.stringify(answers[1].result)).to.include(text);
    child.kill("SIGKILL");
  });

  it("ends in silence when its other end has gone, whichever of the pipes", async () => {
    for (const pipe of [3, 4]) {
      const child = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "pipe", "pipe", "pipe"] });
      let said = "";
      for (const stream of [child.stdout, child.stderr])
        stream?.on("data", (text: Buffer) => (said += String(text)));
      const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
      const questions = child.stdio[3] as Writable;
      questions.on("error", () => undefined);
      await new Promise((resolve) => child.once("spawn", resolve));
      if (pipe === 3) questions.end();
      else {
        (child.stdio[4] as Readable).destroy();
        questions.write('{"id":1,"question":"isComplete","parameter":{"source":"1"}}\n');
      }
      expect([await ended, said], `pipe ${pipe}`).to.deep.equal([0, ""]);
    }
  });

  it("keeps its snapshot in a temporary folder where there is no cache, and takes none from a folder that others write to", async () => {
    const temporary = path.join(folder.path, "tmp");
    mkdirSync(temporary);
    const nowhere = { HOME: "/dev/null/home", XDG_CACHE_HOME: "/dev/null/cache", TMPDIR: temporary };
    await withEnvironment(nowhere, async () => {
      const blob = (await ensureSnapshot()) ?? "";
      expect(path.dirname(path.dirname(blob))).to.equal(temporary);
      expect(statSync(path.dirname(blob)).mode & 0o077).to.equal(0);
      expect(checkerArguments().blob).to.equal(blob);
      await answers(new CheckerProcess(folder.path));
      checker?.close();
      if (process.getuid !== undefined) {
        chmodSync(path.dirname(blob), 0o777);
        expect(checkerArguments().blob).to.equal(undefined);
        chmodSync(path.dirname(blob), 0o700);
      }
    });
    await withEnvironment({ ...nowhere, TMPDIR: "/dev/null/tmp" }, async () => {
      expect(await ensureSnapshot()).to.equal(undefined);
      await answers(new CheckerProcess(folder.path));
    });
  });

  it("does not hand on what is not for it", () => {
    const { NODE_OPTIONS, NODE_EXTRA_CA_CERTS } = checkerEnvironment();
    expect([NODE_OPTIONS, NODE_EXTRA_CA_CERTS]).to.deep.equal([undefined, undefined]);
  });
});

describe("a kernel in an unusual environment", function () {
  this.timeout(patience);
  const environments: [what: string, env: (folder: Folder) => Record<string, string>][] = [
    [
      "NODE_OPTIONS that load a file which prints",
      (folder) => ({ NODE_OPTIONS: `--require ${folder.write("boot.cjs", "console.log('{}'); console.error('[')")}` }),
    ],
    ["NODE_OPTIONS with flags of V8", () => ({ NODE_OPTIONS: "--max-old-space-size=4096 --expose-gc --max-semi-space-size=64" })],
    ["a home and a cache that are not there", ({ path: TMPDIR }) => ({ HOME: "/dev/null/home", XDG_CACHE_HOME: "/dev/null/cache", TMPDIR })],
    ["a relative XDG_CACHE_HOME", ({ path: HOME }) => ({ XDG_CACHE_HOME: "cache", HOME })],
    ["its language said to be one that is not known", () => ({ CONVLAB_LANGUAGE: "cobol" })],
  ]; // prettier-ignore
  for (const [what, env] of environments) {
    it(`starts and checks: ${what}`, async () => {
      const folder = new Folder();
      const kernel = await openKernel(folder, env(folder));
      try {
        expect(textOf(succeeded(await kernel.execute("const x: number = 1; x + 1")).outputs)).to.equal("2");
        const { error } = await kernel.execute("const s: string = x");
        expect(error?.ename).to.equal("TypeScriptError");
        expect(readdirSync(folder.path)).not.to.include("cache");
      } finally {
        await kernel.shutdown();
        folder.remove();
      }
    });
  }

  it("finds packages where NODE_PATH says, when checking too", async () => {
    const folder = new Folder();
    folder.write("shared/far/package.json", '{ "name": "far", "main": "m.js", "types": "m.d.ts" }');
    folder.write("shared/far/m.js", "exports.far = 7");
    folder.write("shared/far/m.d.ts", "export declare const far: number;");
    const kernel = await openKernel(folder, { NODE_PATH: path.join(folder.path, "shared") });
    try {
      const cell = "import { far } from 'far'; const n: number = far; n";
      expect(textOf(succeeded(await kernel.execute(cell)).outputs)).to.equal("7");
      const { error } = await kernel.execute("const s: string = far");
      expect(error?.evalue).to.contain("'number' is not assignable");
    } finally {
      await kernel.shutdown();
      folder.remove();
    }
  });
});
