/** Which way a convolution takes. That follows from its geometry alone, so it is decided once for each. */
import type { Algorithm, ConvGeometry } from "../backend.js";
import type { Correlation } from "./correlation.js";
import { suitsDepthwise } from "./depthwise.js";
import { planWinograd, type WinogradPlan } from "./winograd-plan.js";

export interface Way {
  correlations: readonly Correlation[];
  /** Whether each reads one plane only. */
  depthwise: boolean;
  /** Through Winograd's domain, as far as the numbers allow. */
  winograd: WinogradPlan | undefined;
  /** Several correlations that cannot share their tiles go each its own way. */
  parts: readonly Way[];
}

export interface Decision {
  /** `undefined` if no tap reads anything. */
  way: Way | undefined;
  /** Whether outputs are left that no tap reaches: they keep the bias alone. */
  incomplete: boolean;
  /** Outputs of a plane. */
  cells: number;
}

/** Geometries of which is remembered what was decided: more than a network has. */
const REMEMBERED = 512;

export type Decide = (geometry: ConvGeometry, algorithm: Algorithm) => Decision;

/** Decides for the correlations that `correlationsOf` makes of a geometry. */
export function decider(correlationsOf: (geometry: ConvGeometry) => Correlation[]): Decide {
  const known = new Map<string, Decision>();
  return (geometry, algorithm) => {
    const key = `${algorithm} ${keyOf(geometry)}`;
    let decision = known.get(key);
    if (decision === undefined) {
      decision = decide(correlationsOf(geometry), algorithm);
      if (known.size >= REMEMBERED) known.clear();
      known.set(key, decision);
    }
    return decision;
  };
}

function keyOf({ batch, inputChannels, outputChannels, groups, rows, columns }: ConvGeometry): string {
  const axes = [rows, columns].map(
    ({ input, kernel, stride, dilation, before, after, output }) =>
      `${input} ${kernel} ${stride} ${dilation} ${before} ${after} ${output}`,
  );
  return `${batch} ${inputChannels} ${outputChannels} ${groups} ${axes.join(" ")}`;
}

function decide(all: readonly Correlation[], algorithm: Algorithm): Decision {
  const full = all.filter(
    ({ channels, vertical, horizontal }) => channels * vertical.taps.length * horizontal.taps.length > 0,
  );
  return {
    way: full.length > 0 ? wayOf(full, algorithm) : undefined,
    incomplete: full.length < all.length,
    cells: all[0].vertical.size * all[0].horizontal.size,
  };
}

function wayOf(correlations: readonly Correlation[], algorithm: Algorithm): Way {
  const depthwise = correlations.every(suitsDepthwise);
  return {
    correlations,
    depthwise,
    winograd: algorithm === "auto" && !depthwise ? planWinograd(correlations) : undefined,
    parts: correlations.length > 1 ? correlations.map((one) => wayOf([one], algorithm)) : [],
  };
}
