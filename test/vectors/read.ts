import { readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { tensor, type Tensor } from "../../src/index.js";

/** One call of an operation, and what PyTorch computed for it. `generate.py` describes the file. */
export interface Vector {
  op: string;
  options: Record<string, unknown>;
  inputs: () => Tensor[];
  /** The gradient to the first result. */
  upstream: () => Tensor;
  results: Numbers[];
  /** Which inputs have a gradient, and what it is. */
  gradients: { input: number; numbers: Numbers }[];
}

export interface Numbers {
  shape: number[];
  values: Float32Array;
}

interface Case {
  op: string;
  options: Record<string, unknown>;
  inputs: number[][];
  results: number[][];
  wanted: number[];
}

const files = ["pytorch.bin.gz", "pytorch-later.bin.gz"];

/** All vectors, read once. */
export function readVectors(): Vector[] {
  return files.flatMap((name) => readFile(path.resolve(__dirname, "../../../test/vectors", name)));
}

/** The vectors of one file. */
export function readFile(file: string): Vector[] {
  const bytes = gunzipSync(readFileSync(file));
  const length = bytes.readUInt32LE(0);
  const { cases } = JSON.parse(bytes.toString("utf8", 4, 4 + length)) as { cases: Case[] };
  const numbers = joinPlanes(bytes.subarray(4 + length));
  let at = 0;
  const take = (shape: number[]): Numbers => {
    const size = shape.reduce((product, side) => product * side, 1);
    at += size;
    return { shape, values: numbers.subarray(at - size, at) };
  };
  const vectors = cases.map(({ op, options, inputs, results, wanted }): Vector => {
    const given = inputs.map(take);
    const upstream = take(results[0]);
    const expected = results.map(take);
    const gradients = wanted.map((input) => ({ input, numbers: take(inputs[input]) }));
    return {
      op,
      options,
      inputs: () => given.map(({ shape, values }) => tensor(values, shape)),
      upstream: () => tensor(upstream.values, upstream.shape),
      results: expected,
      gradients,
    };
  });
  if (at !== numbers.length) throw new Error(`vectors: ${numbers.length - at} numbers are left over`);
  return vectors;
}

/** The file keeps all first bytes of the numbers together, then all second ones: that compresses better. */
function joinPlanes(planes: Uint8Array): Float32Array {
  const count = planes.length / 4;
  const bytes = new Uint8Array(planes.length);
  for (let index = 0; index < count; index++) {
    for (let byte = 0; byte < 4; byte++) bytes[index * 4 + byte] = planes[byte * count + index];
  }
  return new Float32Array(bytes.buffer);
}
