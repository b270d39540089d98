// Just enough of ONNX's protocol buffers to describe the workloads' networks.
import { count, shapes } from "./workloads.mjs";

const varint = (value) => {
  const bytes = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(bytes);
};
const integer = (field, value) => Buffer.concat([varint(field << 3), varint(value)]);
const block = (field, content) => {
  const bytes = Buffer.isBuffer(content) ? content : Buffer.from(content);
  return Buffer.concat([varint((field << 3) | 2), varint(bytes.length), bytes]);
};
const message = (...parts) => Buffer.concat(parts);

function attribute(name, value) {
  if (typeof value === "string") return block(5, message(block(1, name), block(4, value), integer(20, 3)));
  if (Array.isArray(value)) {
    return block(5, message(block(1, name), ...value.map((v) => integer(8, v)), integer(20, 7)));
  }
  return block(5, message(block(1, name), integer(3, value), integer(20, 2)));
}

const node = (op, inputs, outputs, attributes = {}) =>
  block(
    1,
    message(
      ...inputs.map((name) => block(1, name)),
      ...outputs.map((name) => block(2, name)),
      block(4, op),
      ...Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    ),
  );

const initializer = (name, shape, values) =>
  block(
    5,
    message(
      ...shape.map((side) => integer(1, side)),
      integer(2, values instanceof BigInt64Array ? 7 : 1),
      block(8, name),
      block(9, Buffer.from(values.buffer, values.byteOffset, values.byteLength)),
    ),
  );

const value = (field, name, shape, type = 1) => {
  const dims = shape.map((side) => block(1, integer(1, side)));
  return block(
    field,
    message(block(1, name), block(2, block(1, message(integer(1, type), block(2, message(...dims)))))),
  );
};

/** The model of a workload's forward pass, or of its gradient to the input (a transposed convolution). */
export function model(workload, data) {
  const all = shapes(workload);
  const parts = [];
  const backwards = workload.gradient === "input";
  let last = "input";
  workload.layers.forEach((layer, i) => {
    const name = `layer${i}`;
    const { op, kernel, stride, padding, dilation = 1, groups = 1 } = layer;
    const window = {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: Array(4).fill(padding),
    };
    const inputs = [last];
    if (data.weights[i]) {
      parts.push(initializer(`w${i}`, all[i].weight, data.weights[i]));
      inputs.push(`w${i}`);
      if (!backwards) {
        parts.push(initializer(`b${i}`, all[i].bias, data.biases[i]));
        inputs.push(`b${i}`);
      }
    }
    const dilations = [dilation, dilation];
    if (op === "transposed" || backwards) {
      parts.push(node("ConvTranspose", inputs, [name], { ...window, dilations, group: groups }));
    } else if (op === "conv")
      parts.push(node("Conv", inputs, [name], { ...window, dilations, group: groups }));
    else if (op === "relu") parts.push(node("Relu", inputs, [name]));
    else if (op === "maxPool")
      parts.push(node("MaxPool", inputs, layer.indices ? [name, "indices"] : [name], window));
    else if (op === "averagePool")
      parts.push(node("AveragePool", inputs, [name], { ...window, count_include_pad: 1 }));
    else if (op === "resize") {
      const scales = Float32Array.of(1, 1, layer.factor, layer.factor);
      parts.push(initializer("scales", [4], scales));
      parts.push(
        node("Resize", [last, "", "scales"], [name], {
          mode: layer.mode === "nearest" ? "nearest" : "linear",
          coordinate_transformation_mode: layer.mode === "nearest" ? "asymmetric" : "half_pixel",
          ...(layer.mode === "nearest" ? { nearest_mode: "floor" } : {}),
        }),
      );
    } else return;
    last = name;
  });
  const input = backwards ? all[0].output : workload.input;
  const output = backwards ? workload.input : all[all.length - 1].output;
  const indices = workload.layers[0].indices ? [value(12, "indices", output, 7)] : [];
  const graph = message(
    ...parts,
    block(2, "bench"),
    value(11, "input", input),
    value(12, last, output),
    ...indices,
  );
  return {
    bytes: message(integer(1, 8), block(7, graph), block(8, integer(2, 13))),
    input: backwards ? data.gradient : data.input,
    shape: input,
    output: last,
    count: count(output),
  };
}
