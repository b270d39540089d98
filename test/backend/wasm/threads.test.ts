import { expect } from "chai";
import { execFileSync } from "node:child_process";
import path from "node:path";
import { runInNewContext } from "node:vm";
import type { WasmBackend } from "../../../src/backend/wasm/index.js";
import { cellsOf } from "../../../src/ops/pick.js";
import {
  convGeometry,
  type ConvShape,
  distance,
  Draws,
  inside,
  lengths,
  output,
  release,
  wasmBackend,
} from "./support.js";

const main = path.resolve(__dirname, "../../../src/backend/index.js");

/** What a process of its own prints. */
function run(code: string, environment: Record<string, string> = {}, flags: string[] = []): string {
  const script = `const { backend, useBackend } = require(${JSON.stringify(main)}); ${code}`;
  return execFileSync(process.execPath, [...flags, "-e", script], {
    encoding: "utf8",
    // jitless warns on the error stream.
    stdio: "pipe",
    env: { ...process.env, CONVLAB_BACKEND: "", ...environment },
  }).trim();
}

/** Works until so many threads have started. */
async function started(wasm: WasmBackend, threads: number): Promise<void> {
  const geometry = convGeometry({ channels: 48, size: [40, 40], out: 48, kernel: [3, 3], padding: 1 });
  const size = lengths(geometry);
  const [x, w] = [size.input, size.weight].map((n) => inside(wasm, new Float32Array(n)));
  const result = output(wasm, size.output);
  wasm.threads = threads;
  while (wasm.running < threads) {
    expect(wasm.threads, "a worker that ends sets it to 1").to.equal(threads);
    wasm.conv2d(x, w, undefined, result, geometry, "direct");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  release();
}

describe("wasm threads", () => {
  it("all start", async () => {
    const wasm = wasmBackend();
    expect(wasm.running).to.equal(1);
    await started(wasm, 3);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([wasm.running, wasm.threads]).to.deep.equal([3, 3]);
  });

  it("go on after a job was stopped from outside", async () => {
    const wasm = wasmBackend();
    await started(wasm, 3);
    const draws = new Draws(32);
    const geometry = convGeometry({ channels: 48, size: [40, 40], out: 48, kernel: [3, 3], padding: 1 });
    const size = lengths(geometry);
    const [x, w] = [size.input, size.weight].map((n) => inside(wasm, draws.numbers(n)));
    const [first, again] = [output(wasm, size.output), output(wasm, size.output)];
    const compute = (to: Float32Array): void => {
      wasm.conv2d(x, w, undefined, to, geometry, "direct");
    };
    compute(first);
    for (let round = 0; round < 20; round++) {
      const forever = (): void => {
        runInNewContext("for (;;) compute(again)", { compute, again }, { timeout: 10 + round });
      };
      expect(forever).to.throw("timed out");
      compute(again.fill(NaN));
      expect(distance(again, first)).to.equal(0);
    }
    release();
  });

  it("write nothing more to what a stopped job has borrowed, once it is lent again", async function () {
    this.timeout(60_000);
    const wasm = wasmBackend();
    await started(wasm, 2);
    const geometry = convGeometry({
      channels: 256,
      size: [64, 64],
      out: 256,
      kernel: [3, 3],
      padding: 1,
      batch: 8,
    });
    const size = lengths(geometry);
    const [x, g] = [size.input, size.output].map((n) => inside(wasm, new Float32Array(n).fill(1)));
    const result = output(wasm, size.weight);
    const compute = (): void => {
      wasm.conv2dWeightGradient(x, g, result, geometry, "auto");
    };
    for (let round = 0; round < 10; round++) {
      const forever = (): void => {
        runInNewContext("for (;;) compute()", { compute }, { timeout: 150 + 7 * round });
      };
      expect(forever).to.throw("timed out");
      for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
      // As long as V and Y, which the job keeps beside its operands.
      const next = Array.from({ length: 6 }, () => wasm.allocate(36 * 65_536));
      for (const { view } of next) view.fill(7);
      await new Promise((resolve) => setTimeout(resolve, 150));
      expect(next.every(({ view }) => view.every((number) => number === 7))).to.equal(true);
      for (const storage of next) storage.free();
    }
    release();
  });

  it("share pools, softmax, resizing and their like without changing a bit", async () => {
    const wasm = wasmBackend();
    await started(wasm, 3);
    const draws = new Draws(31);
    const [planes, side] = [96, 80];
    const cells = planes * side * side;
    const x = inside(wasm, draws.numbers(cells));
    const axis = { input: side, kernel: 2, stride: 2, dilation: 1, before: 0, after: 0, output: side / 2 };
    const pool = { planes, rows: axis, columns: axis };
    const scale = { scale: 0.5, offset: 0.5 };
    const table = {
      input: side,
      output: 2 * side,
      taps: 1,
      index: new Int32Array(0),
      weight: new Float32Array(0),
    };
    const kind = { name: "bilinear" as const, rows: scale, columns: scale };
    const doubling = { planes, rows: table, columns: table, kind };
    const dense = { shape: [cells], aStrides: [1], bStrides: [1] };
    const seen = [1, 2, 3, 2].map((threads) => {
      wasm.threads = threads;
      const outputs = [cells / 4, cells / 4, 4 * cells, cells, cells].map((n) => output(wasm, n));
      wasm.pool2d("max", x, outputs[0], cellsOf(outputs[1]), pool);
      wasm.resample(x, outputs[2], doubling);
      wasm.softmax(x, outputs[3], { outer: 8, length: 12, inner: side * side });
      wasm.binary("gate", outputs[3], x, outputs[4], dense);
      return outputs.map((view) => Buffer.from(Float32Array.from(view).buffer).toString("base64")).join();
    });
    expect(new Set(seen).size).to.equal(1);
    release();
  });

  it("give the same bits for every number of threads", async () => {
    const wasm = wasmBackend();
    await started(wasm, 3);
    const draws = new Draws(30);
    const shapes: ConvShape[] = [
      { channels: 48, size: [40, 40], out: 48, kernel: [3, 3], padding: 1 },
      { channels: 128, size: [7, 7], out: 128, kernel: [3, 3], padding: 1 },
      { channels: 3, size: [64, 64], out: 32, kernel: [7, 7], padding: 3, stride: 2 },
      { channels: 32, size: [56, 56], out: 32, kernel: [3, 3], padding: 1, groups: 32 },
      { channels: 32, size: [30, 30], out: 48, kernel: [3, 3], padding: 2, dilation: 2, batch: 2 },
      { channels: 32, size: [60, 60], out: 48, kernel: [4, 4], padding: 1, stride: 2 },
      { channels: 64, size: [40, 40], out: 64, kernel: [3, 3], padding: 1, groups: 2 },
      { channels: 1, size: [90, 90], out: 7, kernel: [5, 5], padding: 2, batch: 4 },
      { channels: 6, size: [14, 14], out: 16, kernel: [5, 5], batch: 64 },
      { channels: 64, size: [18, 18], out: 64, kernel: [3, 3], batch: 3 },
      { channels: 3, size: [96, 96], out: 40, kernel: [3, 3], padding: 1 },
    ];
    for (const shape of shapes) {
      const geometry = convGeometry(shape);
      const size = lengths(geometry);
      const [x, w, g] = [size.input, size.weight, size.output].map((n) => inside(wasm, draws.numbers(n)));
      for (const algorithm of ["auto", "direct"] as const) {
        const seen = new Set<string>();
        for (const threads of [1, 2, 3, 2, 1]) {
          wasm.threads = threads;
          for (let repeat = 0; repeat < 2; repeat++) {
            const outputs = [size.output, size.input, size.weight].map((n) => output(wasm, n));
            wasm.conv2d(x, w, undefined, outputs[0], geometry, algorithm);
            wasm.conv2dInputGradient(g, w, undefined, outputs[1], geometry, algorithm);
            wasm.conv2dWeightGradient(x, g, outputs[2], geometry, algorithm);
            seen.add(
              outputs.map((view) => Buffer.from(Float32Array.from(view).buffer).toString("base64")).join(),
            );
          }
          // Workers start while this thread goes on: let them join some of the jobs.
          await new Promise((resolve) => setTimeout(resolve, 60));
        }
        expect(seen.size, JSON.stringify(shape)).to.equal(1);
      }
      release();
    }
  });

  it("let a process end by itself", () => {
    const code = `
      const wasm = useBackend("wasm");
      wasm.threads = 3;
      const n = 512, g = { batch: 1, rows: n, inner: n, columns: n, transposeA: false, transposeB: false, aStep: 0, bStep: 0 };
      const [a, b, c] = [0, 1, 2].map(() => wasm.allocate(n * n));
      a.view.fill(1), b.view.fill(2);
      for (let i = 0; i < 20; i++) wasm.matmul(a.view, b.view, c.view, g);
      console.log(c.view[n * n - 1]);`;
    expect(run(code)).to.equal("1024");
  });
});

describe("a machine that refuses threads", () => {
  const work = `
    const n = 512, g = { batch: 1, rows: n, inner: n, columns: n, transposeA: false, transposeB: false, aStep: 0, bStep: 0 };
    const [a, b, c] = [0, 1, 2].map(() => wasm.allocate(n * n));
    a.view.fill(1), b.view.fill(2);
    for (let i = 0; i < 20; i++) wasm.matmul(a.view, b.view, c.view, g);
    setImmediate(() => console.log(c.view[n * n - 1], wasm.threads, wasm.running));`;
  const warnings = 'process.on("warning", ({ message }) => /convlab/.test(message) && console.log(message));';

  it("is said once, and one thread computes", () => {
    const flag = ["--permission", "--experimental-permission"].find((name) =>
      process.allowedNodeEnvironmentFlags.has(name),
    );
    expect(flag).to.be.a("string");
    const printed = run(`const wasm = useBackend("wasm"); wasm.threads = 3; ${warnings} ${work}`, {}, [
      flag ?? "",
      "--allow-fs-read=*",
      "--no-warnings",
    ]);
    const [first, second, ...more] = printed.split("\n").sort();
    expect(first).to.equal("1024 1 1");
    expect(second).to.match(
      /^convlab: a worker thread could not start, one thread computes: Error: Access to this API has been restricted/,
    );
    expect(more).to.deep.equal([]);
  });
});

describe("the choice of a backend", () => {
  it("is wasm, or what the environment says", () => {
    expect(run("console.log(backend().name)")).to.equal("wasm");
    expect(run("console.log(backend().name)", { CONVLAB_BACKEND: "reference" })).to.equal("reference");
    expect(run("console.log(backend().variant)", { CONVLAB_WASM: "simd" })).to.equal("simd");
  });

  it("says which variants there are, and what the wide one needs", () => {
    const message = "try { backend() } catch (error) { console.log(error.message) }";
    expect(run(message, { CONVLAB_WASM: "avx" })).to.equal(
      'CONVLAB_WASM: expected simd, fma, wide, got "avx"',
    );
    const major = Number(process.versions.node.split(".")[0]);
    const wide = run(`${message}; if (backend) try { console.log(backend().variant) } catch {}`, {
      CONVLAB_WASM: "wide",
    });
    if (major < 24)
      expect(wide).to.match(/^CONVLAB_WASM: wide needs the revectoriser of Node 24 or later, this is v/);
    else expect(wide).to.equal("wide");
  });

  it("goes by the names that backends say of themselves, also on unshared memory", () => {
    const unshared = `
      const { Memory } = WebAssembly;
      WebAssembly.Memory = function ({ shared, ...size }) {
        if (shared) throw new RangeError("not shared");
        return new Memory(size);
      };`;
    const again =
      "const first = backend(); console.log(first.name, useBackend(first.name) === first, first.threads)";
    expect(run(`${unshared} ${again}`)).to.equal("wasm true 1");
  });

  it("names the variable that asked for what there is not", () => {
    const message = "try { backend() } catch (error) { console.log(error.message) }";
    expect(run(message, { CONVLAB_BACKEND: "cuda" })).to.equal(
      'CONVLAB_BACKEND: expected one of wasm, reference or auto, got "cuda"',
    );
    expect(run(message, { CONVLAB_BACKEND: "wasm" }, ["--jitless"])).to.equal(
      'CONVLAB_BACKEND: this machine cannot run the backend "wasm"',
    );
    for (const threads of ["abc", "0", "-3", "1.5", "65", "1e1"]) {
      expect(run(message, { CONVLAB_THREADS: threads })).to.equal(
        `CONVLAB_THREADS: expected a whole number from 1 to 64, got "${threads}"`,
      );
    }
    expect(run("console.log(backend().threads)", { CONVLAB_THREADS: "64" })).to.equal("64");
  });

  it("is the reference where the engine has no WebAssembly", () => {
    expect(run("console.log(backend().name)", {}, ["--jitless"])).to.equal("reference");
  });
});
