import { expect } from "chai";
import { PassThrough } from "node:stream";
import { inParallel, Progress } from "../../src/cli/progress.js";

function fakeStream(isTTY: boolean, columns = 40): { stream: NodeJS.WriteStream; written: () => string } {
  const pass = new PassThrough();
  let written = "";
  pass.on("data", (chunk: Buffer) => (written += chunk.toString()));
  const stream = Object.assign(pass, { isTTY, columns }) as unknown as NodeJS.WriteStream;
  return { stream, written: () => written };
}

describe("progress", () => {
  it("changes one line in place on a terminal, cut to its width, and leaves it empty", () => {
    const { stream, written } = fakeStream(true, 30);
    const progress = new Progress(stream);
    const task = progress.start("a.ipynb");
    task.at("cell 1 of 2");
    const other = progress.start("a-long-name.ipynb");
    progress.log("done: a");
    task.end();
    other.end();
    const lines = written().split("\x1b[1G\x1b[2K");
    expect(lines).to.include("a.ipynb: cell 1 of 2, 0:00");
    expect(lines).to.include("a.ipynb: cell 1 of 2, 0:00 ·…");
    expect(lines).to.include("done: a\n");
    expect(lines.every((line) => line.length <= 30)).to.equal(true);
    expect(lines.at(-1)).to.equal("");
  });

  it("writes plain lines elsewhere", () => {
    const { stream, written } = fakeStream(false);
    const progress = new Progress(stream);
    const task = progress.start("a.ipynb");
    task.at("cell 1 of 2");
    progress.log("done: a");
    task.end();
    expect(written()).to.equal("a.ipynb …\ndone: a\n");
  });

  it("runs at most so many jobs at a time, with results in order", async () => {
    let running = 0;
    let most = 0;
    const results = await inParallel([30, 10, 20, 0], 2, async (wait) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, wait));
      running--;
      return wait;
    });
    expect(results).to.deep.equal([30, 10, 20, 0]);
    expect(most).to.equal(2);
  });
});
