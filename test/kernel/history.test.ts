import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import type { KernelClient } from "../../kernel/client";
import { eventually, Folder, openKernel } from "./support";

describe("the history", () => {
  const folder = new Folder();
  after(() => folder.remove());

  const ask = async (kernel: KernelClient, content: object): Promise<unknown> =>
    (await kernel.request("history_request", { output: false, raw: true, ...content }))["history"];

  it("is kept across restarts, and found by tail, range and search", async () => {
    const first = await openKernel(folder);
    await first.execute("1 + 1");
    await first.execute("const a = 'x'");
    await first.execute("silence", { silent: true });
    await first.execute("unstored", { storeHistory: false });
    await first.shutdown();

    const second = await openKernel(folder);
    try {
      await second.execute("2 * 3");
      await second.execute("1 + 1");
      expect(await ask(second, { hist_access_type: "tail", n: 2 })).to.deep.equal([
        [2, 1, "2 * 3"],
        [2, 2, "1 + 1"],
      ]);
      expect(await ask(second, { hist_access_type: "tail", n: 100, output: true })).to.deep.equal([
        [1, 1, ["1 + 1", "2"]],
        [1, 2, ["const a = 'x'", null]],
        [2, 1, ["2 * 3", "6"]],
        [2, 2, ["1 + 1", "2"]],
      ]);
      expect(await ask(second, { hist_access_type: "range", session: 0, start: 1, stop: 2 })).to.deep.equal([
        [2, 1, "2 * 3"],
      ]);
      expect(await ask(second, { hist_access_type: "range", session: -1, start: 2, stop: 3 })).to.deep.equal([
        [1, 2, "const a = 'x'"],
      ]);
      expect(
        await ask(second, { hist_access_type: "range", session: 1, start: 1, stop: 9 }),
      ).to.have.lengthOf(2);
      expect(await ask(second, { hist_access_type: "search", pattern: "1 ? 1*" })).to.have.lengthOf(2);
      expect(await ask(second, { hist_access_type: "search", pattern: "1*", unique: true })).to.deep.equal([
        [2, 2, "1 + 1"],
      ]);
      expect(await ask(second, { hist_access_type: "search", pattern: "*", n: 1 })).to.deep.equal([
        [2, 2, "1 + 1"],
      ]);
      expect(await ask(second, { hist_access_type: "search", pattern: "(a+)+[" })).to.deep.equal([]);
    } finally {
      await second.shutdown();
    }
  });

  it("passes over lines that are broken", async () => {
    const broken = new Folder();
    broken.write(".history.jsonl", '{"session":4,"line":1,"input":"old"}\n{"session":5,"li\nnull\n');
    const kernel = await openKernel(broken);
    try {
      await kernel.execute("1");
      expect(await ask(kernel, { hist_access_type: "tail", n: 9 })).to.deep.equal([
        [4, 1, "old"],
        [5, 1, "1"],
      ]);
    } finally {
      await kernel.shutdown();
      broken.remove();
    }
  });

  it("is in its file a moment after a cell, in order, also where the kernel then dies", async () => {
    const own = new Folder();
    const kernel = await openKernel(own);
    try {
      for (let i = 0; i < 20; i++) await kernel.execute(String(i));
      const lines = (): string[] => {
        const file = path.join(own.path, ".history.jsonl");
        return existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
      };
      await eventually(() => lines().length === 20, "twenty lines in the file");
      if (kernel.pid !== undefined) process.kill(kernel.pid, "SIGKILL");
      const inputs = lines().map((line) => (JSON.parse(line) as { input: string }).input);
      expect(inputs).to.deep.equal(Array.from({ length: 20 }, (_, i) => String(i)));
    } finally {
      await kernel.shutdown();
      own.remove();
    }
  });

  it("is in memory only where the file cannot be written", async () => {
    const kernel = await openKernel(folder, { CONVLAB_HISTORY: "/dev/null/nowhere/history.jsonl" });
    try {
      await kernel.execute("11");
      expect(await ask(kernel, { hist_access_type: "tail", n: 9 })).to.deep.equal([[1, 1, "11"]]);
    } finally {
      await kernel.shutdown();
    }
  });
});
