import type { LayerRecord } from "../../src/index.js";

const conv = (name: string, channels: number, more: Partial<LayerRecord> = {}): LayerRecord => ({
  op: "conv2d",
  name,
  kernel: 3,
  padding: 1,
  channels,
  ...more,
});
const pool = (name: string): LayerRecord => ({ op: "maxPool2d", name, kernel: 2, stride: 2 });

/** VGG-16 (Simonyan and Zisserman 2015) without its rectifiers, as far as pool5. */
export const vgg16: readonly LayerRecord[] = [
  conv("conv1_1", 64), conv("conv1_2", 64), pool("pool1"),
  conv("conv2_1", 128), conv("conv2_2", 128), pool("pool2"),
  conv("conv3_1", 256), conv("conv3_2", 256), conv("conv3_3", 256), pool("pool3"),
  conv("conv4_1", 512), conv("conv4_2", 512), conv("conv4_3", 512), pool("pool4"),
  conv("conv5_1", 512), conv("conv5_2", 512), conv("conv5_3", 512), pool("pool5"),
]; // prettier-ignore

/** FCN-32s (Long, Shelhamer and Darrell 2015): VGG-16 with fc6 and fc7 as convolutions. */
export const fcn32: readonly LayerRecord[] = [
  conv("conv1_1", 64, { padding: 100 }),
  ...vgg16.slice(1),
  conv("fc6", 4096, { kernel: 7, padding: 0 }),
  conv("fc7", 4096, { kernel: 1, padding: 0 }),
];

/** The front end of Yu and Koltun (2016): no padding, pool4 and pool5 gone, dilation in their place. */
export const dilatedFrontEnd: readonly LayerRecord[] = [
  ...vgg16
    .filter(({ name }) => name !== "pool4" && name !== "pool5")
    .map((layer) => (layer.op === "conv2d" ? { ...layer, padding: 0 } : layer))
    .map((layer) => (layer.name?.startsWith("conv5") ? { ...layer, dilation: 2 } : layer)),
  conv("fc6", 4096, { kernel: 7, padding: 0, dilation: 4 }),
  conv("fc7", 4096, { kernel: 1, padding: 0 }),
  conv("final", 21, { kernel: 1, padding: 0 }),
];

/** Their context module. */
export const contextModule: readonly LayerRecord[] = [1, 1, 2, 4, 8, 16, 1].map((dilation, index) =>
  conv(`context${index + 1}`, 21, { dilation, padding: dilation }),
);
