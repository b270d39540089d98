// convnetjs: plain JavaScript, training only. It takes one image at a time and has no weights to set, so
// it is timed on the same network without comparing numbers.
import { createRequire } from "node:module";
import { count } from "../workloads.mjs";

export async function load() {
  const convnetjs = createRequire(import.meta.url)("convnetjs");
  return {
    name: "convnetjs",
    native: false,
    prepare(workload, data) {
      if (!workload.training) return undefined;
      const [batch, depth, height, width] = workload.input;
      const definitions = [{ type: "input", out_sx: width, out_sy: height, out_depth: depth }];
      const { layers } = workload;
      layers.forEach((layer, i) => {
        const activation = layers[i + 1]?.op === "relu" ? { activation: "relu" } : {};
        if (layer.op === "conv") {
          definitions.push({
            type: "conv",
            sx: layer.kernel,
            filters: layer.out,
            stride: 1,
            pad: layer.padding,
            ...activation,
          });
        } else if (layer.op === "maxPool")
          definitions.push({ type: "pool", sx: layer.kernel, stride: layer.stride });
        else if (layer.op === "linear" && i < layers.length - 1)
          definitions.push({ type: "fc", num_neurons: layer.out, ...activation });
        else if (layer.op === "linear") definitions.push({ type: "softmax", num_classes: layer.out });
      });
      const net = new convnetjs.Net();
      net.makeLayers(definitions);
      const trainer = new convnetjs.SGDTrainer(net, { learning_rate: 0.01, momentum: 0, batch_size: batch });
      const size = count(workload.input) / batch;
      const images = Array.from({ length: batch }, (_, i) => {
        const volume = new convnetjs.Vol(width, height, depth, 0);
        volume.w.set(data.input.subarray(i * size, (i + 1) * size));
        return volume;
      });
      return { run: () => images.forEach((image, i) => trainer.train(image, data.labels[i])) };
    },
  };
}
