// onnxruntime-node (native) and onnxruntime-web (WebAssembly), on the same models.
import { model } from "../onnx.mjs";

const load =
  (name, native, open) =>
  async ({ threads }) => {
    const { InferenceSession, Tensor } = await open(threads);
    return {
      name,
      native,
      async prepare(workload, data) {
        if (workload.training || workload.gradient === "weight") return undefined;
        const { bytes, input, shape, output } = model(workload, data);
        const session = await InferenceSession.create(bytes, {
          intraOpNumThreads: threads,
          interOpNumThreads: 1,
          graphOptimizationLevel: "all",
          executionProviders: [native ? "cpu" : "wasm"],
        });
        const feeds = { input: new Tensor("float32", input, shape) };
        return {
          run: () => session.run(feeds),
          result: async () => Float32Array.from((await session.run(feeds))[output].data),
          close: () => session.release(),
        };
      },
    };
  };

const plain = (module) => module.default ?? module;

export const node = load("onnxruntime-node", true, async () => plain(await import("onnxruntime-node")));
export const web = load("onnxruntime-web", false, async (threads) => {
  const ort = plain(await import("onnxruntime-web"));
  ort.env.wasm.numThreads = threads;
  return ort;
});
