import type { Kit } from "./kit.js";

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
  /** Milliseconds between steps when playing. */
  readonly interval?: number;
}

export interface SliderControl {
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

/** A finished picture: `body` is the inside of an SVG of that size, `status` says in words what it shows. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly body: string;
  readonly status?: string;
}

/**
 * Draws a scene in a state. Sent to the page as its own source text: it uses its arguments and nothing else.
 * The state also holds `narrow` (1 where the page gives less than 560 px) and `live` (1 once a reader has
 * touched the figure; 0 in the static picture).
 */
export type Draw<S> = (scene: S, state: State, kit: Kit) => Drawing;

/** What stands under the pointer: words, and the box they speak of in the picture's units. */
export interface Probe {
  readonly tip: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The colour of one pixel of a raster, as it was drawn. */
export type PixelReader = (
  raster: number,
  x: number,
  y: number,
) => readonly [number, number, number, number] | undefined;

/** Says what stands at a point of the picture; sent to the page like a draw function. */
export type ProbeFunction<S> = (
  scene: S,
  state: State,
  x: number,
  y: number,
  pixel: PixelReader,
  kit: Kit,
) => Probe | undefined;

/** All that the page's runtime is given. */
export interface Scenario<S> {
  readonly key: string;
  readonly name: string;
  readonly scene: S;
  readonly initial: State;
  readonly controls: readonly Control[];
  readonly draw: Draw<S>;
  readonly makeKit: (escape: (text: string) => string) => Kit;
  readonly probe: ProbeFunction<S> | undefined;
  readonly style: string;
  readonly controlStyle: string;
}
