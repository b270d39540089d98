import { tmpdir } from "node:os";
import { expect } from "chai";
import type { FromExecutor } from "../../kernel/executor/messages";
import { ExecutorProcess } from "../../kernel/executor/process";
import { delay } from "./support";

/**
 * An interrupt by force ends whatever the executor's thread is at, be it a step of Node's own. Here it strikes
 * thousands of times where there is nothing to end, at a different step each time, and nothing may come of it.
 */
describe("an executor that force strikes at any step", () => {
  const messages: FromExecutor[] = [];
  let executor: ExecutorProcess;
  let ended: string | undefined;
  let cell = 0;

  before(async () => {
    executor = new ExecutorProcess(tmpdir(), {
      message: (message) => messages.push(message),
      stray: () => undefined,
      exit: (cause) => (ended = cause),
    });
    for (let i = 0; i < 1000 && !executor.ready; i++) await delay(10);
  });
  after(() => executor.kill());

  const begin = (javascript: string): number => {
    const compiled = {
      javascript,
      map: "",
      asynchronous: javascript.includes("await"),
      names: [],
      modules: [],
    };
    executor.send({ type: "run", cell: ++cell, label: "a cell", source: "", compiled, silent: false });
    return cell;
  };
  /** A cell's messages, once it is done. */
  const run = async (javascript: string): Promise<FromExecutor[]> => {
    const number = begin(javascript);
    const own = (): FromExecutor[] =>
      messages.filter((message) => "cell" in message && message.cell === number);
    for (let i = 0; i < 2000 && !own().some(({ type }) => type === "done"); i++) await delay(i < 20 ? 1 : 10);
    return own();
  };

  it("runs, writes, shows, waits and answers as before, 1,000 times", async function () {
    this.timeout(120_000);
    await run("return { __proto__: null, value: 1 }");
    for (let round = 0; round < 1000; round++) {
      messages.length = 0;
      for (let i = 0; i <= round % 5; i++) {
        void executor.ping();
        if (round % 3 === 0) begin("console.log('struck'); return { __proto__: null, value: 2 }");
      }
      if (round % 2) await delay(Math.random() * 2);
      executor.terminate();
      while (executor.terminating) {
        void executor.ping();
        await delay(1);
      }
      const sync = await run("console.log('written'); return { __proto__: null, value: 'shown' }");
      const types = sync.map(({ type }) => type);
      expect(types, `round ${String(round)}`).to.deep.equal(["stream", "result", "done"]);
      const waited = await run(
        "await new Promise((r) => setTimeout(r, 0)); await new Promise((r) => setImmediate(r)); return { __proto__: null, value: 3 }",
      );
      expect(
        waited.map(({ type }) => type),
        `round ${String(round)}`,
      ).to.deep.equal(["result", "done"]);
      await executor.ping();
    }
    expect(ended).to.equal(undefined);
  });
});
