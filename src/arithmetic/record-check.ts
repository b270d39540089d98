import {
  complaint,
  describe,
  knownOptions,
  oneOf,
  refusal,
  trueOrFalse,
  wholeNumber,
  wholePair,
} from "../tensor/errors.js";
import { padAmounts } from "../ops/pad.js";
import { splitPadding } from "../tensor/window.js";
import { type Activation, activationNames } from "./activations.js";
import type { LayerOperation, LayerRecord } from "./network.js";

type Field = Exclude<keyof LayerRecord, "op" | "name" | "from">;

const pool: readonly Field[] = ["kernel", "stride", "padding", "dilation", "ceilMode"];

/** What each operation's record may say besides its name and what it reads. */
const fields: Readonly<Record<LayerOperation, readonly Field[]>> = {
  conv2d: ["kernel", "stride", "padding", "dilation", "groups", "channels", "bias"],
  convTranspose2d: ["kernel", "stride", "padding", "outputPadding", "dilation", "groups", "channels", "bias"],
  maxPool2d: pool,
  minPool2d: pool,
  avgPool2d: pool.filter((field) => field !== "dilation"),
  maxUnpool2d: ["kernel", "stride", "padding"],
  bedOfNails: ["scale"],
  interpolate: ["scale", "mode", "antialias"],
  pixelShuffle: ["scale"],
  pad: ["padding"],
  linear: ["channels", "bias"],
  flatten: [],
  globalAvgPool2d: [],
  batchNorm2d: [],
  softmax: [],
  dropout: [],
  identity: [],
  concat: [],
  add: [],
  mul: [],
  ...(Object.fromEntries(activationNames.map((name) => [name, []])) as Record<Activation, []>),
};

const operations = Object.keys(fields) as LayerOperation[];

/** Throws, naming the layer, where a record says what its operation does not know, or says it wrongly. */
export function checkRecord(record: LayerRecord, place: number): void {
  if (typeof record !== "object" || record === null || Array.isArray(record)) {
    throw refusal("network", `layer ${place}`, 'a record such as { op: "conv2d", kernel: 3 }', record);
  }
  const op = oneOf("network", `layer ${place}'s op`, record.op, operations);
  const { name = `${op}${place}`, from } = record;
  if (typeof name !== "string" || name === "") {
    throw refusal("network", `layer ${place}'s name`, "a word", name);
  }
  const sources: readonly unknown[] = Array.isArray(from) ? from : [from ?? ""];
  if (!sources.every((source) => typeof source === "string")) {
    throw refusal("network", `${name}'s from`, "a layer's name or a list of them", from);
  }
  const said = Object.entries(record).filter(([, value]) => value !== undefined);
  knownOptions(name, Object.fromEntries(said), ["op", "name", "from", ...fields[op]]);
  for (const [field, value] of said) checkField(name, field as keyof LayerRecord, value, op);
  const { mode = "nearest" } = record;
  if (record.antialias === true && mode !== "bilinear" && mode !== "bicubic") {
    throw refusal(name, "antialias", 'true only with mode "bilinear" or "bicubic"', mode);
  }
}

function checkField(name: string, field: keyof LayerRecord, value: unknown, op: LayerOperation): void {
  switch (field) {
    case "kernel":
    case "stride":
    case "dilation":
      wholePair(name, field, value, 1);
      return;
    case "outputPadding":
      wholePair(name, field, value, 0);
      return;
    case "groups":
    case "channels":
      wholeNumber(name, field, value, 1);
      return;
    case "padding":
      checkPadding(name, value, op);
      return;
    case "ceilMode":
    case "bias":
    case "antialias":
      trueOrFalse(name, field, value);
      return;
    case "scale":
      // An image may grow by 1.5; nails and shuffled phases are counted.
      if (op !== "interpolate") wholeNumber(name, field, value, 1);
      else if (!(typeof value === "number" && value > 0 && Number.isFinite(value))) {
        throw refusal(name, field, "a positive scale", value);
      }
      return;
    case "mode":
      oneOf(name, field, value, ["nearest", "bilinear", "bicubic", "area"]);
  }
}

function checkPadding(name: string, value: unknown, op: LayerOperation): void {
  if (op !== "conv2d" && op !== "pad") {
    wholePair(name, "padding", value, 0);
    return;
  }
  if (op === "pad" && typeof value !== "string") {
    padAmounts(name, value);
  } else if (typeof value === "string") {
    oneOf(name, "padding", value, ["valid", "same", "half", "full"]);
  } else if (typeof value === "number") {
    wholeNumber(name, "padding", value, 0);
  } else if (Array.isArray(value)) {
    splitPadding(name, value as [number, number]);
  } else {
    throw complaint(
      name,
      "padding",
      "a number, [h, w], [left, right, top, bottom] or a name",
      describe(value),
    );
  }
}
