import path from "node:path";
import { expect } from "chai";
import { writeKernelspec } from "../../kernel/kernelspec";
import { missingPython, runPython, scripts } from "./python";
import { Folder } from "./support";

/** All that the suite has; each is named below, so that none is left out in silence. */
const names = [
  "test_clear_output",
  "test_completion",
  "test_display_data",
  "test_error",
  "test_execute_result",
  "test_execute_stderr",
  "test_execute_stdout",
  "test_history",
  "test_inspect",
  "test_is_complete",
  "test_kernel_info",
  "test_pager",
];
const welcome = "test_recv_iopub_welcome_msg";

describe("jupyter_kernel_test", function () {
  this.timeout(120_000);
  const outcomes = new Map<string, string>();
  let report = "";
  const folder = new Folder();

  before(async function () {
    if (missingPython(["jupyter_kernel_test"]) !== undefined) this.skip();
    await writeKernelspec(path.join(folder.path, "share"));
    const run = runPython([path.join(scripts, "conformance.py")], {
      cwd: folder.path,
      env: {
        JUPYTER_PATH: path.join(folder.path, "share"),
        CONVLAB_HISTORY: path.join(folder.path, "history.jsonl"),
      },
    });
    const { stdout, stderr } = await run.catch(
      (error: unknown) => error as { stdout: string; stderr: string },
    );
    report = stderr;
    for (const line of stdout.split("\n")) {
      const [outcome, name] = line.split(" ");
      if (name) outcomes.set(name, line.startsWith("ok") ? outcome : line);
    }
  });
  after(() => folder.remove());

  for (const name of [...names, welcome]) {
    it(name, () => {
      expect(outcomes.get(name), report).to.equal("ok");
    });
  }

  it("has no other tests", () => {
    expect([...outcomes.keys()].sort()).to.deep.equal([...names, welcome].sort());
  });
});
