// Ours, through the public functions a notebook calls; the two gradients through the backend's kernels.
import { createRequire } from "node:module";
import { shapes } from "../workloads.mjs";

const require = createRequire(import.meta.url);

export async function load({ threads, dist }) {
  process.env.CONVLAB_THREADS = String(threads);
  const lab = require(`${dist}/src/index.js`);
  const backend = lab.useBackend("wasm");
  const { slideWindow } = require(`${dist}/src/tensor/window.js`);

  function network(workload, data, requiresGrad) {
    const all = shapes(workload);
    const make = (values, shape) => {
      const tensor = lab.tensor(values, shape);
      tensor.requiresGrad = requiresGrad;
      return lab.keep(tensor);
    };
    const weights = data.weights.map((values, i) => values && make(values, all[i].weight));
    const biases = data.biases.map((values, i) => values && make(values, all[i].bias));
    const forward = (input) =>
      workload.layers.reduce((x, layer, i) => {
        const { stride, padding, dilation, groups } = layer;
        switch (layer.op) {
          case "conv":
            return lab.conv2d(x, weights[i], { bias: biases[i], stride, padding, dilation, groups });
          case "transposed":
            return lab.convTranspose2d(x, weights[i], { bias: biases[i], stride, padding });
          case "linear":
            return lab.linear(x, weights[i], { bias: biases[i] });
          case "relu":
            return lab.relu(x);
          case "flatten":
            return lab.reshape(x, all[i].output);
          case "maxPool":
            if (layer.indices) return lab.maxPool2dWithIndices(x, layer.kernel, { stride, padding }).output;
            return lab.maxPool2d(x, layer.kernel, { stride, padding });
          case "averagePool":
            return lab.avgPool2d(x, layer.kernel, { stride, padding });
          default:
            return lab.interpolate(x, { scaleFactor: layer.factor, mode: layer.mode });
        }
      }, input);
    return { forward, parameters: [...weights, ...biases].filter(Boolean) };
  }

  function gradientOf(workload, data) {
    const [{ weight, output }] = shapes(workload);
    const [layer] = workload.layers;
    const view = (values) => {
      const storage = backend.allocate(values.length);
      storage.view.set(values);
      return storage.view;
    };
    const { stride, padding, dilation, groups } = layer;
    const window = slideWindow("bench", {
      input: workload.input.slice(2),
      kernel: weight.slice(2),
      stride,
      padding,
      dilation,
    });
    const geometry = {
      batch: output[0],
      inputChannels: weight[1] * groups,
      outputChannels: weight[0],
      groups,
      ...window,
    };
    const [x, w, dy] = [data.input, data.weights[0], data.gradient].map(view);
    const target = view(workload.gradient === "input" ? data.input : data.weights[0]);
    const run = () =>
      workload.gradient === "input"
        ? backend.conv2dInputGradient(dy, w, undefined, target, geometry, "auto")
        : backend.conv2dWeightGradient(x, dy, target, geometry, "auto");
    return { run, result: async () => (run(), Float32Array.from(target)) };
  }

  return {
    name: "convlab",
    native: false,
    prepare(workload, data) {
      if (workload.gradient) return gradientOf(workload, data);
      const input = lab.keep(lab.tensor(data.input, workload.input));
      const { forward, parameters } = network(workload, data, workload.training === true);
      if (!workload.training) {
        const compute = () => lab.noGrad(() => forward(input));
        return {
          run: () => lab.scope(() => void compute()),
          result: async () => lab.scope(() => Float32Array.from(compute().data)),
        };
      }
      const labels = lab.keep(lab.tensor([...data.labels]));
      const step = () =>
        lab.scope(() => {
          const loss = lab.crossEntropy(forward(input), labels);
          for (const parameter of parameters) parameter.grad = undefined;
          loss.backward();
          lab.noGrad(() => {
            for (const parameter of parameters)
              lab.assign(parameter, lab.sub(parameter, lab.mul(parameter.grad, 0.01)));
          });
          return loss.item();
        });
      return { run: step, result: async () => Float32Array.of(step(), step(), step()) };
    },
  };
}
