import { expect } from "chai";
import type { Output as ClientOutput } from "../../kernel/client/index.js";
import { Failure } from "../../src/cli/failure.js";
import {
  errorPlace,
  type ExecuteOptions,
  executeNotebook,
  type Kernel,
} from "../../src/cli/notebook/execute.js";
import type { Notebook } from "../../src/cli/notebook/format.js";
import { codeCell, markdownCell, notebookOf } from "./notebooks.js";

type Died = Awaited<Kernel["died"]>;

/** A kernel that does what each cell says: prints, fails, hangs, dies. */
class FakeKernel implements Kernel {
  readonly info: Kernel["info"] = { language_info: { name: "typescript" } };
  readonly ran: string[] = [];
  interrupts = 0;
  shutdowns = 0;
  #die: (death: Died) => void = () => undefined;
  readonly died: Promise<Died> = new Promise((resolve) => (this.#die = resolve));
  #release: () => void = () => undefined;
  #shown: ClientOutput[] = [];

  async execute(code: string): ReturnType<Kernel["execute"]> {
    this.ran.push(code);
    const executionCount = this.ran.length;
    const reply = {};
    if (code === "hang") await new Promise<void>((resolve) => (this.#release = resolve));
    if (code === "die") {
      this.#die({ code: null, signal: "SIGKILL", stderr: "warning\nout of memory\n" });
      await new Promise(() => undefined);
    }
    if (code === "disconnect") {
      setTimeout(() => this.#die({ code: 3, signal: null, stderr: "" }), 20);
      throw new Error("the connection is lost");
    }
    if (code === "fail" || code === "hang") {
      const error = { ename: "TypeError", evalue: "no\n  way", traceback: ["> 2 | a.b", "    |   ^"] };
      return { status: "error", executionCount, outputs: [{ output_type: "error", ...error }], error, reply };
    }
    if (code === "update") {
      const first = this.#shown[0];
      if (first && "data" in first) first.data = { "text/plain": "new" };
    }
    const outputs: ClientOutput[] = [
      { output_type: "display_data", data: { "text/plain": code }, metadata: {} },
    ];
    if (code === "show") this.#shown = outputs;
    return { status: "ok", executionCount, outputs, reply };
  }
  interrupt(): Promise<void> {
    this.interrupts++;
    this.#release();
    return Promise.resolve();
  }
  shutdown(): Promise<void> {
    this.shutdowns++;
    return Promise.resolve();
  }
}

function run(
  notebook: Notebook,
  options: Partial<ExecuteOptions> = {},
): { kernel: FakeKernel; done: ReturnType<typeof executeNotebook> } {
  const kernel = new FakeKernel();
  const startKernel = (): Promise<Kernel> => Promise.resolve(kernel);
  return { kernel, done: executeNotebook(notebook, { startKernel, file: "some/n.ipynb", ...options }) };
}

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

describe("running a notebook", () => {
  it("runs the code cells in order, leaves blank ones out and tells where it is", async () => {
    const steps: string[] = [];
    const source = notebookOf([markdownCell("x"), codeCell("a"), codeCell(" \n"), codeCell("b")]);
    const before = JSON.stringify(source);
    const { kernel, done } = run(source, { onCell: (cell, cells) => steps.push(`${cell}/${cells}`) });
    const { notebook, failure } = await done;
    expect(failure).to.equal(undefined);
    expect(kernel.ran).to.deep.equal(["a", "b"]);
    expect(steps).to.deep.equal(["1/3", "3/3"]);
    expect(kernel.shutdowns).to.equal(1);
    expect(notebook.metadata.language_info).to.deep.equal({ name: "typescript" });
    expect(
      notebook.cells.map((cell) => ("execution_count" in cell ? cell.execution_count : "-")),
    ).to.deep.equal(["-", 1, null, 2]);
    expect(JSON.stringify(source)).to.equal(before);
  });

  it("replaces what an earlier run left, and keeps later updates of a display", async () => {
    const stale = codeCell("show", [{ output_type: "stream", name: "stdout", text: "old" }], {
      execution_count: 9,
    });
    const { notebook } = await run(notebookOf([stale, codeCell("update")])).done;
    expect(notebook.cells[0]).to.have.nested.property("outputs[0].data.text/plain", "new");
    expect(notebook.cells[0]).to.have.property("execution_count", 1);
  });

  it("stops at a cell that fails and says where, keeping what was run", async () => {
    const failing = codeCell("fail", [], { id: "bad" });
    const after = codeCell("b", [{ output_type: "stream", name: "stdout", text: "stale" }]);
    const { kernel, done } = run(notebookOf([codeCell("a"), failing, after]));
    const { notebook, failure } = await done;
    expect(failure?.message).to.equal(
      "some/n.ipynb, code cell 2 of 3 (id bad), line 2, column 3: TypeError: no way",
    );
    expect(failure?.exitCode).to.equal(1);
    expect(kernel.ran).to.deep.equal(["a", "fail"]);
    expect(notebook.cells[1]).to.have.nested.property("outputs[0].ename", "TypeError");
    expect(notebook.cells[2]).to.have.property("outputs").that.is.empty;
  });

  it("goes on after a cell that may fail", async () => {
    const tagged = codeCell("fail", [], { metadata: { tags: ["raises-exception"] } });
    expect((await run(notebookOf([tagged, codeCell("b")])).done).failure).to.equal(undefined);
    const allowed = run(notebookOf([codeCell("fail"), codeCell("b")]), { allowErrors: true });
    expect((await allowed.done).failure).to.equal(undefined);
    expect(allowed.kernel.ran).to.deep.equal(["fail", "b"]);
  });

  it("interrupts a cell whose time is up", async () => {
    const { kernel, done } = run(notebookOf([codeCell("hang", [], { id: "h" }), codeCell("b")]), {
      timeout: 0.02,
    });
    const { notebook, failure } = await done;
    expect(failure?.message).to.equal(
      "some/n.ipynb, code cell 1 of 2 (id h) took longer than 0.02 s and was interrupted.",
    );
    expect(kernel).to.include({ interrupts: 1, shutdowns: 1 });
    expect(notebook.cells[0]).to.have.nested.property("outputs[0].output_type", "error");
  });

  it("names a kernel's end and its last words, and has no result then", async () => {
    const { kernel, done } = run(notebookOf([codeCell("die", [], { id: "d" })]));
    const failure = await failureOf(done);
    expect(failure.message).to.equal(
      "some/n.ipynb, code cell 1 of 1 (id d): the kernel was killed by SIGKILL (out of memory).",
    );
    expect(failure.exitCode).to.equal(4);
    expect(kernel.shutdowns).to.equal(1);
    const lost = await failureOf(run(notebookOf([codeCell("disconnect", [], { id: "d" })])).done);
    expect(lost.message).to.equal("some/n.ipynb, code cell 1 of 1 (id d): the kernel ended with code 3.");
  });

  it("names a kernel that cannot be started", async () => {
    const startKernel = (): Promise<Kernel> =>
      Promise.reject(new Error('There is no kernel called "x"; there are: y.'));
    const failure = await failureOf(executeNotebook(notebookOf([]), { startKernel, file: "n.ipynb" }));
    expect(failure.message).to.equal('n.ipynb: There is no kernel called "x"; there are: y.');
    expect(failure.exitCode).to.equal(4);
  });

  it("ends its kernel when it is interrupted", async () => {
    const controller = new AbortController();
    const { kernel, done } = run(notebookOf([codeCell("hang")]), { signal: controller.signal });
    setTimeout(() => controller.abort(), 10);
    await failureOf(done);
    expect(kernel.shutdowns).to.equal(1);
  });

  const places: [traceback: string[], place: object | undefined][] = [
    [["line 3, column 14: Type 'number' …"], { line: 3, column: 14 }],
    [["\x1b[31m> 12 | f(x)\x1b[0m", "     |   ^^^"], { line: 12, column: 3 }],
    [["RangeError: at the end of the line"], undefined],
    [["> 1 | a quotation without a mark"], undefined],
  ];
  for (const [traceback, place] of places) {
    it(`finds the place in ${JSON.stringify(traceback)}`, () =>
      expect(errorPlace(traceback, "")).to.deep.equal(place));
  }
});
