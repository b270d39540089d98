// tfjs-backend-wasm. Its layout is NHWC: numbers are rearranged once, outside of what is timed.
import * as tf from "@tensorflow/tfjs-core";
import { setThreadsCount } from "@tensorflow/tfjs-backend-wasm";
import { shapes } from "../workloads.mjs";

export async function load({ threads }) {
  setThreadsCount(threads);
  await tf.setBackend("wasm");
  await tf.ready();
  return {
    name: "tfjs wasm",
    native: false,
    prepare(workload, data) {
      if (workload.training || workload.gradient === "weight") return undefined;
      const all = shapes(workload);
      const nhwc = (values, shape) => tf.tidy(() => tf.transpose(tf.tensor(values, shape), [0, 2, 3, 1]));
      const weights = data.weights.map((values, i) => {
        if (!values) return undefined;
        const [layer, shape] = [workload.layers[i], all[i].weight];
        return tf.tidy(() => {
          const weight = tf.tensor(values, shape);
          // Depthwise and plain filters are [h, w, in, out], transposed ones [h, w, out, in].
          return tf.transpose(weight, layer.groups > 1 ? [2, 3, 0, 1] : [2, 3, 1, 0]);
        });
      });
      const biases = data.biases.map((values) => values && tf.tensor1d(values));
      const input = nhwc(
        workload.gradient ? data.gradient : data.input,
        workload.gradient ? all[0].output : workload.input,
      );
      const forward = () =>
        workload.layers.reduce((x, layer, i) => {
          const { op, kernel, stride, padding, dilation, groups } = layer;
          const [n, c, h, w] = all[i].output;
          if (workload.gradient) {
            const shape = [workload.input[0], workload.input[2], workload.input[3], workload.input[1]];
            return tf.conv2dTranspose(x, weights[i], shape, stride, padding);
          }
          if (op === "conv" && groups > 1) {
            return tf.add(tf.depthwiseConv2d(x, weights[i], stride, padding, "NHWC", dilation), biases[i]);
          }
          if (op === "conv") {
            const pad = dilation > 1 ? "same" : padding;
            return tf.add(tf.conv2d(x, weights[i], stride, pad, "NHWC", dilation), biases[i]);
          }
          if (op === "transposed")
            return tf.add(tf.conv2dTranspose(x, weights[i], [n, h, w, c], stride, padding), biases[i]);
          if (op === "relu") return tf.relu(x);
          if (op === "maxPool") {
            return layer.indices
              ? tf.maxPoolWithArgmax(x, kernel, stride, padding).result
              : tf.maxPool(x, kernel, stride, padding);
          }
          if (op === "averagePool") return tf.avgPool(x, kernel, stride, padding);
          if (layer.mode === "nearest") return tf.image.resizeNearestNeighbor(x, [h, w]);
          return tf.image.resizeBilinear(x, [h, w], false, true);
        }, input);
      return {
        // The numbers are computed when the kernels are called; reading them is not timed.
        run: () => void tf.tidy(() => void forward()),
        result: async () =>
          Float32Array.from(tf.tidy(() => tf.transpose(forward(), [0, 3, 1, 2])).dataSync()),
        close: () => tf.dispose([input, ...weights.filter(Boolean), ...biases.filter(Boolean)]),
      };
    },
  };
}
