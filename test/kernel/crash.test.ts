import { execFileSync } from "node:child_process";
import { expect } from "chai";
import { eventually, Folder, openKernel, textOf, useKernel } from "./support";

describe("a cell that ends its process", () => {
  const lab = useKernel();

  const fates: [name: string, code: string, cause: RegExp][] = [
    ["by process.exit", "process.exit(3)", /ended it with process\.exit\(3\)/],
    [
      "by process.exit in a callback",
      "await new Promise(() => setTimeout(() => process.exit(0), 10))",
      /process\.exit\(0\)/,
    ],
    ["by process.abort", "process.abort()", /crashed \(SIGABRT\)/],
    [
      "by a signal",
      "process.kill(process.pid, 'SIGKILL'); await new Promise(() => {})",
      /killed \(SIGKILL\)/,
    ],
    [
      "by a fault in native code",
      "process.kill(process.pid, 'SIGSEGV'); await new Promise(() => {})",
      /crashed \(SIGSEGV\)/,
    ],
    [
      "by filling the heap",
      "const hog: number[][] = []; for (;;) hog.push(new Array(1e5).fill(1.5))",
      /ran out of memory/,
    ],
  ];
  for (const [name, code, cause] of fates) {
    it(`${name} gets one error that names the cause; the next cell runs afresh and is told so`, async function () {
      this.timeout(120_000);
      await lab.run("const before = 1");
      const error = await lab.failure(code);
      expect(error.ename).to.equal("ProcessEnded");
      expect(error.evalue).to.match(cause);
      const next = await lab.run("'alive'");
      expect(next.outputs[0]).to.include({ output_type: "stream", name: "stderr" });
      expect(JSON.stringify(next.outputs[0])).to.contain("Variables of earlier cells are gone");
      expect(textOf(next.outputs.slice(1))).to.equal("'alive'");
      // Only once, and the names are unknown to the checker too.
      expect((await lab.failure("before")).evalue).to.contain("Cannot find name 'before'");
      expect(await lab.value("const before = 2; before")).to.equal("2");
    });
  }

  it("between two cells is noticed", async () => {
    await lab.run("const before = 1; setTimeout(() => process.exit(4), 50)");
    let told = "";
    await eventually(async () => {
      const { outputs } = await lab.run("1");
      told += JSON.stringify(outputs);
      return told.includes("has ended");
    }, "the end of the process");
    expect(told).to.contain("process.exit(4)");
  });

  it("keeps what it wrote before", async () => {
    await lab.run("1");
    const { outputs } = await lab.run("console.log('last words'); process.exit(1)");
    expect(outputs.map((output) => output.output_type)).to.deep.equal(["stream", "error"]);
    await lab.run("1");
  });
});

describe("under a grader", () => {
  const lab = useKernel({ env: { NBGRADER_EXECUTION: "autograde" } });

  it("warnings and the notice of a restart go to stdout", async () => {
    const warned = await lab.run(
      "process.emitWarning('careful'); await new Promise((r) => setTimeout(r, 20)); 1",
    );
    expect(warned.outputs[0]).to.deep.include({ output_type: "stream", name: "stdout" });
    expect(JSON.stringify(warned.outputs[0])).to.contain("careful");
    await lab.failure("process.exit(1)");
    const next = await lab.run("1");
    expect(next.outputs[0]).to.include({ output_type: "stream", name: "stdout" });
  });
});

describe("the processes of a kernel", () => {
  /** The processes that `pid` has started, and theirs. */
  const descendants = (pid: number): number[] => {
    const table = execFileSync("ps", ["-eo", "pid=,ppid="], { encoding: "utf8" })
      .trim()
      .split("\n")
      .map((line) => line.trim().split(/\s+/).map(Number));
    const below = (parent: number): number[] =>
      table.filter(([, p]) => p === parent).flatMap(([child]) => [child, ...below(child)]);
    return below(pid);
  };
  const isAlive = (pid: number): boolean => {
    try {
      // A process that has ended and that nobody has asked after is no longer alive either.
      return !execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" })
        .trim()
        .startsWith("Z");
    } catch {
      return false;
    }
  };

  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    it(`all end when the kernel gets ${signal}, even in the middle of a loop`, async () => {
      const folder = new Folder();
      const kernel = await openKernel(folder);
      try {
        await kernel.execute("1");
        const pid = kernel.pid ?? 0;
        const others = descendants(pid);
        expect(others.length).to.be.at.least(2);
        kernel.execute("for (;;) {}").catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, 200));
        process.kill(pid, signal);
        await eventually(() => ![pid, ...others].some(isAlive), "the end of all processes");
      } finally {
        await kernel.shutdown();
        folder.remove();
      }
    });
  }

  it("end on a shutdown request", async () => {
    const folder = new Folder();
    const kernel = await openKernel(folder);
    await kernel.execute("1");
    const all = [kernel.pid ?? 0, ...descendants(kernel.pid ?? 0)];
    await kernel.shutdown();
    await eventually(() => !all.some(isAlive), "the end of all processes");
    folder.remove();
  });

  it("a checker that dies is started anew and knows the cells that have run", async () => {
    const folder = new Folder();
    const kernel = await openKernel(folder);
    try {
      await kernel.execute("const kept: number = 5; function twice(x: number) { return x * 2 }");
      await kernel.execute("interface Point { x: number }");
      await kernel.execute("const lost = 1; throw new Error('x'); const unreached = 2");
      const [checker] = descendants(kernel.pid ?? 0).filter((pid) =>
        /checker/.test(execFileSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" })),
      );
      process.kill(checker, "SIGKILL");
      const result = await kernel.execute("const p: Point = { x: twice(kept) + lost }; p.x");
      expect(textOf(result.outputs)).to.equal("11");
      const wrong = await kernel.execute("const s: string = kept");
      expect(wrong.error?.ename).to.equal("TypeScriptError");
      const never = await kernel.execute("unreached");
      expect(never.error?.evalue).to.contain("Cannot find name 'unreached'");
    } finally {
      await kernel.shutdown();
      folder.remove();
    }
  });
});
