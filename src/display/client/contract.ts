import type { DrawChart } from "./chart.js";
import type { Kit, Scale } from "./kit.js";
import type { ProbedFigure, Prober } from "./prober.js";
import type { makeWalker } from "./walker.js";

/**
 * What a figure's moving parts are: every control is a number in the state (a toggle 0 or 1, a choice an
 * index), so that a state is plain data and a picture is a function of it.
 */
export type State = Readonly<Record<string, number>>;

export interface StepsControl {
  readonly kind: "steps";
  readonly name: string;
  readonly label: string;
  /** How many steps there are, counted from 0. */
  readonly count: number;
  /** Another control on which the number of steps depends, and the numbers for its values. */
  readonly by?: string;
  readonly counts?: readonly number[];
  /** Milliseconds between steps when playing. */
  readonly interval?: number;
}

export interface SliderControl {
  /** Shown only where that control is at least that. */
  readonly when?: { readonly name: string; readonly least: number };
  readonly kind: "slider";
  readonly name: string;
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  /** Written after the value, such as " %". */
  readonly unit?: string;
}

export interface ChoiceControl {
  readonly kind: "choice";
  readonly name: string;
  readonly label: string;
  readonly options: readonly string[];
}

export interface ToggleControl {
  readonly kind: "toggle";
  readonly name: string;
  readonly label: string;
}

export type Control = StepsControl | SliderControl | ChoiceControl | ToggleControl;

/** A part of the picture whose values can be read: by the pointer and by the arrow keys. */
export interface Region {
  /** Where it stands, in the picture's units. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** The raster that it shows, and which of the raster's pixels. */
  readonly raster: number;
  readonly left: number;
  readonly top: number;
  readonly columns: number;
  readonly rows: number;
  /** The colours' scale: values are read back from them. */
  readonly scale: Scale | "colour";
  readonly low: number;
  readonly high: number;
  /** Names of classes, whose colours are `kit.classColour`'s: then the value is a class. */
  readonly classes?: readonly string[];
  /** Whether some of its values are not finite and have the colours of `kit.shade` for that. */
  readonly odd?: boolean;
  /** Cells of the tensor that one pixel stands for, down and across; default 1. */
  readonly shrink?: number;
  /** Row and column of the tensor at which a detail begins; default its first. */
  readonly first?: readonly [number, number];
  /** Said before the place and the value. */
  readonly label: string;
  /** Said after them. */
  readonly note?: string;
}

/** A finished picture: `body` is the inside of an SVG of that size, `status` says in words what it shows. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly body: string;
  readonly status?: string;
  readonly regions?: readonly Region[];
}

/**
 * Draws a scene in a state. Sent to the page as its own source text: it uses its arguments and nothing else.
 * The state also holds `narrow` (1 where the page gives less than 560 px) and `live` (1 once a reader has
 * touched the figure; 0 in the static picture). A long one is made of pieces, functions that are sent likewise.
 */
export type Draw<S, P = unknown> = (scene: S, state: State, kit: Kit, pieces: P) => Drawing;

/** All that the page's runtime is given. */
export interface Scenario<S> {
  readonly key: string;
  readonly name: string;
  readonly scene: S;
  readonly initial: State;
  readonly controls: readonly Control[];
  readonly draw: Draw<S>;
  readonly pieces: unknown;
  readonly makeProber: (figure: ProbedFigure) => Prober;
  readonly makeWalker: typeof makeWalker;
  readonly drawChart: DrawChart;
  readonly makeKit: (escape: (text: string) => string, drawChart: DrawChart) => Kit;
  readonly style: string;
  readonly controlStyle: string;
}
