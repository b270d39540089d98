/** Which way a convolution takes. That follows from its geometry alone, so it is decided once for each. */
import type { Algorithm, ConvGeometry } from "../backend.js";
import { Recent } from "../recent.js";
import type { Correlation } from "./correlation.js";
import { type DepthwisePlan, planDepthwise, suitsDepthwise } from "./depthwise.js";
import { type DirectPlan, planDirect } from "./direct.js";
import { planWinograd, type WinogradPlan } from "./winograd-plan.js";

export interface Way {
  /** Each correlation for itself, if each reads one plane only. */
  depthwise: readonly DepthwisePlan[] | undefined;
  /** Through Winograd's domain, as far as the numbers allow. */
  winograd: WinogradPlan | undefined;
  /** Of a single correlation. */
  direct: DirectPlan | undefined;
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

/** How many decisions are remembered: more than a network has geometries. */
const LIMITS = { entries: 512, bytes: 16 * 2 ** 20 };

export type Decide<T> = (geometry: ConvGeometry, algorithm: Algorithm) => T;

/** Decides for the correlations that `correlationsOf` makes of a geometry; `wide`: for an engine that revectorises. */
export function decider(
  correlationsOf: (geometry: ConvGeometry) => Correlation[],
  wide: boolean,
): Decide<Decision> {
  return remembering((geometry, algorithm) => decide(correlationsOf(geometry), algorithm, wide));
}

/** `decide`, once for each geometry. */
export function remembering<T>(decide: Decide<T>): Decide<T> {
  const known = new Recent<T>(LIMITS);
  return (geometry, algorithm) => {
    const key = `${algorithm} ${keyOf(geometry)}`;
    let decision = known.get(key);
    if (decision === undefined) {
      decision = decide(geometry, algorithm);
      known.set(key, decision, bytesOf(geometry));
    }
    return decision;
  };
}

/** About what a decision takes: lists of the kernel's taps, and a plan for each phase of a stride backwards. */
function bytesOf({ rows, columns }: ConvGeometry): number {
  const phases = [rows, columns].map(({ stride, input }) => Math.min(stride, input));
  return 64 * rows.kernel * columns.kernel + 1024 * (1 + phases[0] * phases[1]);
}

function keyOf({ batch, inputChannels, outputChannels, groups, rows, columns }: ConvGeometry): string {
  const axes = [rows, columns].map(
    ({ input, kernel, stride, dilation, before, after, output }) =>
      `${input} ${kernel} ${stride} ${dilation} ${before} ${after} ${output}`,
  );
  return `${batch} ${inputChannels} ${outputChannels} ${groups} ${axes.join(" ")}`;
}

function decide(all: readonly Correlation[], algorithm: Algorithm, wide: boolean): Decision {
  const full = all.filter(
    ({ channels, vertical, horizontal }) => channels * vertical.taps.length * horizontal.taps.length > 0,
  );
  return {
    way: full.length > 0 ? wayOf(full, algorithm, wide) : undefined,
    incomplete: full.length < all.length,
    cells: all[0].vertical.size * all[0].horizontal.size,
  };
}

function wayOf(correlations: readonly Correlation[], algorithm: Algorithm, wide: boolean): Way {
  const none = { depthwise: undefined, winograd: undefined, direct: undefined, parts: [] };
  if (correlations.every(suitsDepthwise)) return { ...none, depthwise: correlations.map(planDepthwise) };
  const winograd = algorithm === "auto" ? planWinograd(correlations, wide ? 16 : 8) : undefined;
  if (correlations.length === 1) return { ...none, winograd, direct: planDirect(correlations[0]) };
  return { ...none, winograd, parts: correlations.map((one) => wayOf([one], algorithm, wide)) };
}
