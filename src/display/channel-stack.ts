import { conv2d, type Conv2dOptions } from "../ops/index.js";
import { knownOptions, refusal } from "../tensor/errors.js";
import { tensor, type Tensor } from "../tensor/index.js";
import { drawTiles, type TileLine, type TilesScene } from "./client/tiles.js";
import { type Figure, makeFigure, serverKit } from "./figure.js";
import { TileSheet } from "./tiles.js";
import { channelOf, countNonFinite, type Maps, mapsOf, rangeOf, tensorOf } from "./values.js";

export type ChannelStackOptions = Pick<
  Conv2dOptions,
  "bias" | "stride" | "padding" | "dilation" | "paddingMode"
>;

export interface ChannelStackData {
  /** Filter by filter, channel by channel: that channel's share of the output, [H, W] in that order. */
  readonly partials: readonly (readonly Float32Array[])[];
  /** Filter by filter, [H, W] in that order: `conv2d`'s output. */
  readonly outputs: readonly Float32Array[];
  readonly outputShape: readonly [number, number, number];
  /** Positions × weights of one filter × filters. */
  readonly multiplications: number;
  readonly parameters: number;
}

const drawnChannels = 4;
const drawnFilters = 6;

/**
 * Shows how channels become maps: each channel is convolved with its own slice of a filter, the partial sums
 * add to one map, and every filter makes another.
 *
 * @param image [C, H, W]
 * @param weight [O, C, h, w], or one filter [C, h, w]
 * @example
 * channelStack(ones([3, 6, 6]), ones([2, 3, 3, 3])).data.multiplications;
 * // → 864
 */
export function channelStack(
  image: Tensor,
  weight: Tensor,
  options: ChannelStackOptions = {},
): Figure<ChannelStackData> {
  const name = "channelStack";
  knownOptions(name, options, ["bias", "stride", "padding", "dilation", "paddingMode"]);
  const maps = mapsOf(name, "image", image);
  const shapes = "a tensor of shape [O, C, h, w] or [C, h, w]";
  tensorOf(name, "weight", weight, shapes);
  if (weight.shape.length !== 3 && weight.shape.length !== 4) throw refusal(name, "weight", shapes, weight);
  const filters = tensor(weight.data, weight.shape.length === 3 ? [1, ...weight.shape] : weight.shape);
  const [count, channels, kernelHeight, kernelWidth] = filters.shape;
  const whole = mapsOf(
    name,
    "output",
    conv2d(tensor(maps.values, [maps.channels, maps.height, maps.width]), filters, options),
  );
  const geometry = { ...options, bias: undefined };
  // One convolution a channel: each channel's slice of every filter on that channel alone.
  const slices = Array.from({ length: channels }, (_, channel) => {
    const size = kernelHeight * kernelWidth;
    const slice = new Float32Array(count * size);
    for (let filter = 0; filter < count; filter++) {
      const start = (filter * channels + channel) * size;
      slice.set(filters.data.subarray(start, start + size), filter * size);
    }
    const plane = tensor(channelOf(maps, channel), [1, maps.height, maps.width]);
    return mapsOf(
      name,
      "partial",
      conv2d(plane, tensor(slice, [count, 1, kernelHeight, kernelWidth]), geometry),
    );
  });
  const partials = Array.from({ length: count }, (_, filter) =>
    slices.map((slice) => channelOf(slice, filter)),
  );
  const outputs = Array.from({ length: count }, (_, filter) => channelOf(whole, filter));
  const weights = channels * kernelHeight * kernelWidth;
  const positions = whole.height * whole.width;
  const data: ChannelStackData = {
    partials,
    outputs,
    outputShape: [count, whole.height, whole.width],
    multiplications: positions * weights * count,
    parameters: weights * count + (options.bias === undefined ? 0 : count),
  };
  const { counted } = serverKit;
  const size = `${channels} × ${kernelHeight} × ${kernelWidth}`;
  const drawn = Math.min(count, drawnFilters);
  const sheet = new TileSheet((drawn + 1) * Math.min(channels, drawnChannels) + drawn);
  const lines = linesOf(sheet, maps, data, options.bias);
  const odd = countNonFinite(maps.values);
  const foot = [
    `One filter of ${size} makes ${counted(weights, "product")} at ` +
      `${positions === 1 ? "its one position" : `each of ${positions} positions`}: ${positions * weights}.`,
    `${counted(count, "filter")} ${count === 1 ? "makes" : "make"} ${counted(count, "map")} with ` +
      `${counted(data.multiplications, "multiplication")} and ${counted(data.parameters, "parameter")}.`,
    count > drawn ? `The first ${drawn} of ${count} filters are drawn.` : "",
    odd > 0 ? `${counted(odd, "value")} of the input not finite.` : "",
    sheet.reduction,
  ].filter((sentence) => sentence !== "");
  const scene: TilesScene = {
    title: `${counted(channels, "channel")}, ${counted(count, "filter")}`,
    caption: "Each channel with its own slice of the filter; the partial sums add up to one map a filter.",
    variants: [{ lines, foot }],
    size: 132,
  };
  const words =
    `${channels} × ${maps.height} × ${maps.width} with ${counted(count, "filter")} of ${size} → ` +
    `${count} × ${whole.height} × ${whole.width}, ${counted(data.multiplications, "multiplication")}, ` +
    counted(data.parameters, "parameter");
  return makeFigure({
    name,
    alt: `The channels of an input, each filter's partial sum of every channel, and their sum: ${words}.`,
    text: `${name}: ${words}`,
    data,
    scene,
    draw: drawTiles,
    rasters: sheet.rasters,
  });
}

function linesOf(sheet: TileSheet, maps: Maps, data: ChannelStackData, bias: Tensor | undefined): TileLine[] {
  const [, height, width] = data.outputShape;
  const size = { height, width };
  const input = rangeOf(maps.values);
  const shared = rangeOf(valuesOf([...data.partials.flat(), ...data.outputs]));
  const channels = Math.min(maps.channels, drawnChannels);
  const names = maps.channels === 3 ? ["red", "green", "blue"] : [];
  const nameOf = (channel: number): string => names[channel] ?? `channel ${channel}`;
  const rest = maps.channels - channels;
  const lines: TileLine[] = [
    {
      heading: `Input ${maps.channels} × ${maps.height} × ${maps.width}`,
      tiles: Array.from({ length: channels }, (_, channel) =>
        sheet.map(channelOf(maps, channel), maps, nameOf(channel), { range: input }),
      ),
    },
  ];
  data.outputs.slice(0, drawnFilters).forEach((output, filter) => {
    const tiles = data.partials[filter].slice(0, channels).map((partial, channel) =>
      sheet.map(partial, size, `${names[channel] ?? `ch. ${channel}`} ∗ w`, {
        range: shared,
        sign: channel > 0 ? "+" : undefined,
      }),
    );
    const more = [
      rest > 0 ? `and ${serverKit.counted(rest, "more channel")}` : "",
      bias === undefined ? "" : `bias ${serverKit.number(bias.data[filter])} added`,
    ];
    const note = more.filter((one) => one !== "").join(", ");
    const sum = sheet.map(output, size, `map ${filter}`, {
      range: shared,
      sign: "=",
      note: note === "" ? undefined : note,
    });
    lines.push({ heading: `Filter ${filter}`, tiles: [...tiles, sum] });
  });
  return lines;
}

function* valuesOf(maps: readonly Float32Array[]): Generator<number> {
  for (const map of maps) yield* map;
}
