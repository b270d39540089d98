import { expect } from "chai";
import { delay, Folder, type Lab, openKernel, textOf, useKernel } from "./support";

/** What a cell may be doing when the reader presses stop; stopped a hundred times in a row, or twenty. */
const kinds: [name: string, code: string, rounds?: number][] = [
  ["a loop", "for (;;) {}", 100],
  ["a loop that catches everything", "for (;;) { try { for (;;) {} } catch { /* again */ } }"],
  ["a loop of awaited timers", "for (;;) await new Promise((r) => setTimeout(r, 3))", 100],
  ["a loop of awaited timers that catches everything", "for (;;) { try { await new Promise((r) => setTimeout(r, 3)) } catch { /* again */ } }"], // prettier-ignore
  ["a loop of await null", "for (;;) await null", 100],
  [
    "a loop of await null that catches everything",
    "for (;;) { try { await null } catch { /* again */ } }",
    100,
  ],
  ["two such loops, one of them left running", "void (async () => { for (;;) { try { await null } catch { /* again */ } } })(); for (;;) { try { await null } catch { /* again */ } }"], // prettier-ignore
  ["an endless for await", "for await (const x of (async function* () { for (;;) yield 1 })()) void x"],
  ["an endless for await that catches everything", "for (;;) { try { for await (const x of (async function* () { for (;;) yield 1 })()) void x } catch { /* again */ } }"], // prettier-ignore
  ["a promise that nobody keeps", "await new Promise(() => {})"],
  ["a regular expression that backtracks", "/(a+)+b/.test('a'.repeat(40))", 100],
  ["a wait on shared memory", "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)"],
  ["work inside a timer", "setTimeout(() => { for (;;) {} }, 5); await new Promise(() => {})"],
  ["work inside the second of two immediates", "setImmediate(() => 1); setImmediate(() => { for (;;) {} }); await new Promise(() => {})"], // prettier-ignore
  ["a loop of immediates", "for (;;) await new Promise((r) => setImmediate(r))"],
  ["an interval", "setInterval(() => {}, 1); await new Promise(() => {})"],
  [
    "a chain of promise callbacks",
    "const chain = (): Promise<unknown> => Promise.resolve().then(chain); await chain()",
  ],
  ["a running convolution", "import { conv2d, rand } from 'convlab'; const image = rand([64, 256, 256], { seed: 1 }), weight = rand([64, 64, 3, 3], { seed: 2 }); for (;;) conv2d(image, weight, { padding: 1 })", 100], // prettier-ignore
  ["a convolution in an async loop", "import { conv2d, rand } from 'convlab'; const im = rand([16, 128, 128], { seed: 1 }), w = rand([16, 16, 3, 3], { seed: 2 }); for (;;) { conv2d(im, w, { padding: 1 }); await null }"], // prettier-ignore
  ["an await loop of a local module", "import { forever } from './forever'; await forever()"],
  ["an await null loop of a local module", "import { spin } from './forever'; await spin()"],
  ["a sync loop of a local module", "import { burn } from './forever'; burn()"],
  ["an await null loop of a package", "import { spin } from 'spinner'; await spin()"],
  ["a child process", "import { execSync } from 'node:child_process'; execSync('sleep 30')"],
  ["a prompt", "prompt('?')"],
];

describe("an interrupt", () => {
  const prepare = async (): Promise<void> => {
    lab.kernel.onIopub(({ header }) => {
      if (header.msg_type === "execute_input") onStart();
    });
    await lab.run("let keep = 1");
  };
  const lab: Lab = useKernel({ prepare });
  before(async () => {
    lab.folder.write(
      "forever.ts",
      [
        "export async function forever(): Promise<void> { for (;;) await new Promise((r) => setTimeout(r, 2)); }",
        "export async function spin(): Promise<void> { for (;;) { try { await null } catch { /* again */ } } }",
        "export function burn(): void { for (;;) {} }",
        "export let beats = 0; export const beat = async () => { for (;;) { beats++; await new Promise((r) => setTimeout(r, 1)) } }",
      ].join("\n"),
    );
    // Code that no transform has seen: only force stops it.
    lab.folder.write(
      "node_modules/spinner/index.js",
      "exports.spin = async () => { for (;;) { try { await null } catch { /* again */ } } };",
    );
    await prepare();
  });

  let onStart = (): void => undefined;
  const nextStart = (): Promise<void> => new Promise((resolve) => (onStart = resolve));

  for (const [name, code, rounds = 20] of kinds) {
    it(`stops ${name}, ${String(rounds)} times in a row`, async function () {
      this.timeout(1000 * rounds + 30_000);
      for (let round = 1; round <= rounds; round++) {
        const started = nextStart();
        const running = lab.run(code, { stdin: () => new Promise(() => undefined) });
        // An interrupt that overtakes its cell finds a kernel at rest.
        await started;
        // Some are still being checked, most run.
        await delay(round === 1 ? 150 : round % 3 === 0 ? 5 : 40);
        await lab.kernel.interrupt();
        const { status, outputs } = await running;
        expect(status).to.equal("error");
        const shown = outputs.map((o) => (o.output_type === "error" ? o.traceback[0] : o));
        expect(shown).to.deep.equal(["Interrupted: The cell was interrupted."]);
        if (round % 5 === 0) expect(await lab.value("keep")).to.equal("1");
      }
    });
  }

  for (const code of [
    "for (;;) {}",
    "for (;;) { try { await null } catch { /* again */ } }",
    "setTimeout(() => { for (;;) {} }, 1); await new Promise(() => {})",
  ]) {
    it(`is over before the next cell begins, which is sent as soon as the error is heard of: ${code}`, async function () {
      this.timeout(120_000);
      for (let round = 0; round < 100; round++) {
        const started = nextStart();
        const running = lab.run(code);
        await started;
        await delay(20 + (round % 30));
        const interrupted = lab.kernel.interrupt();
        expect((await running).error?.ename).to.equal("Interrupted");
        const next = await lab.run("keep", { timeout: 20_000 });
        expect(textOf(next.outputs), `round ${String(round)}`).to.equal("1");
        await interrupted;
      }
    });
  }

  it("ends what it stopped: nothing of it goes on", async () => {
    const begun = new Promise((resolve) => lab.kernel.onIopub(({ header }) => header.msg_type === "stream" && resolve(undefined))); // prettier-ignore
    const running = lab.run("import { beat, beats } from './forever'; let turns = 0; void beat(); console.log('begun'); for (;;) { turns++; await new Promise((r) => setTimeout(r, 1)) }"); // prettier-ignore
    await begun;
    await lab.kernel.interrupt();
    await running;
    const counts = async (): Promise<string | undefined> =>
      lab.value("[turns, (await import('./forever')).beats].join()");
    const first = await counts();
    await delay(60);
    expect(await counts()).to.equal(first);
  });

  it("does nothing to a kernel at rest, nor to the next cell", async () => {
    for (let i = 0; i < 10; i++) {
      await lab.kernel.interrupt();
      expect(await lab.value("let s = 0; for (let i = 0; i < 1000; i++) s += i; s")).to.equal("499500");
    }
  });

  it("stops a cell that is still being checked", async () => {
    const running = lab.run("console.log('ran')");
    await lab.kernel.interrupt();
    const { outputs } = await running;
    expect(outputs.length).to.equal(1);
  });

  it("drops what was queued behind the cell", async () => {
    const all = [lab.run("for (;;) {}"), lab.run("keep = 2"), lab.run("keep = 3")];
    await delay(50);
    await lab.kernel.interrupt();
    expect((await Promise.all(all)).map(({ status }) => status)).to.deep.equal([
      "error",
      "aborted",
      "aborted",
    ]);
    expect(await lab.value("keep")).to.equal("1");
  });

  it("stops what a finished cell has left running", async () => {
    await lab.run("setTimeout(() => { for (;;) {} }, 20); 1");
    await delay(100);
    await lab.kernel.interrupt();
    expect(await lab.value("keep")).to.equal("1");
  });

  it("stops loops of promises that a finished cell has left running, and nothing else of it", async () => {
    await lab.run("let beats = 0, goes = true; void (async () => { while (goes) { beats++; await new Promise((r) => setTimeout(r, 1)) } })()"); // prettier-ignore
    const done = await lab.run(
      "void (async () => { for (;;) { try { await null } catch { /* again */ } } })(); 7",
    );
    expect(done.status).to.equal("ok");
    await delay(100);
    await lab.kernel.interrupt();
    const before = Number(await lab.value("beats"));
    await delay(50);
    expect(Number(await lab.value("beats"))).to.be.greaterThan(before);
    const running = lab.run("for (;;) {}");
    await delay(200);
    await lab.kernel.interrupt();
    await running;
    const then = Number(await lab.value("beats"));
    await delay(50);
    expect(Number(await lab.value("goes = false; beats"))).to.be.greaterThan(then);
  });

  it("lets a cell clean up: what it waited for throws, and `finally` runs", async () => {
    const started = nextStart();
    const running = lab.run(
      "const steps: string[] = []; try { for (;;) await new Promise((r) => setTimeout(r, 2)) } catch (e) { steps.push(e.name); throw e } finally { steps.push('cleaned') }",
    );
    await started;
    await delay(150);
    await lab.kernel.interrupt();
    await running;
    expect(await lab.value("steps.join()")).to.equal("'Interrupted,cleaned'");
  });

  for (const [name, loop] of [
    ["at once", "for (;;) step()"],
    ["with awaits", "for (;;) { step(); await null }"],
  ]) {
    it(`leaves a training loop ${name} ready to go on: recording, and freeing what it no longer needs`, async () => {
      await lab.run(`
        import { assign, conv2d, keep, noGrad, rand, scope, square, sub, sum, mul, zeros } from "convlab";
        const image = rand([8, 64, 64], { seed: 1 }), w = rand([8, 8, 3, 3], { seed: 2 });
        w.requiresGrad = true;
        const step = () => scope(() => {
          w.grad = null;
          sum(square(conv2d(image, w))).backward();
          noGrad(() => { for (let i = 0; i < 20; i++) assign(w, sub(w, mul(w.grad!, 1e-9))); });
        });
        const turn = () => new Promise((resolve) => setTimeout(resolve, 5));
        const rss = () => process.memoryUsage().rss / 1e6;`);
      for (let round = 0; round < 10; round++) {
        const started = nextStart();
        const running = lab.run(loop);
        await started;
        await delay(100 + 7 * round);
        await lab.kernel.interrupt();
        expect((await running).error?.ename).to.equal("Interrupted");
        expect((await lab.run("step()")).status, `round ${String(round)}`).to.equal("ok");
      }
      // In a scope that was left open nothing would be collected of 2,800 MB; how soon it is otherwise, depends on load.
      const grown = await lab.value(
        "for (let i = 0; i < 20; i++) { zeros([1000, 1000]); await turn(); } const before = rss(); " +
          "for (let i = 0; i < 700; i++) { zeros([1000, 1000]); await turn(); } rss() - before",
      );
      expect(Number(grown)).to.be.lessThan(2400);
    });
  }

  it("stops the first cell of all", async () => {
    const folder = new Folder();
    const kernel = await openKernel(folder);
    try {
      const begun = new Promise((resolve) => kernel.onIopub(({ header }) => header.msg_type === "stream" && resolve(undefined))); // prettier-ignore
      const running = kernel.execute("console.log('begun'); for (;;) {}");
      await begun;
      await kernel.interrupt();
      expect((await running).error?.ename).to.equal("Interrupted");
      expect((await kernel.execute("6 * 7")).status).to.equal("ok");
    } finally {
      await kernel.shutdown();
      folder.remove();
    }
  });

  it("also comes as a signal", async () => {
    const running = lab.run("for (;;) {}");
    await delay(100);
    if (lab.kernel.pid !== undefined) process.kill(lab.kernel.pid, "SIGINT");
    expect((await running).error?.ename).to.equal("Interrupted");
  });
});
