import { knownOptions, refusal, trueOrFalse } from "../tensor/errors.js";

/** What a reader can move, and the Jupyter widgets that let them: plain data, models are made by `interact`. */
export interface Control<T> {
  readonly initial: T;
  /** The widgets, outermost first; the first is what is shown. */
  readonly widgets: readonly Widget[];
  /** The value that a change of a widget's state stands for; undefined where the change is none of the value. */
  read(state: Readonly<Record<string, unknown>>): T | undefined;
  /** The value in words. */
  print(value: T): string;
}

/** One widget of the package `@jupyter-widgets/controls`, without what all of them have. */
export interface Widget {
  readonly model: string;
  readonly view: string;
  readonly style: string;
  readonly state: Readonly<Record<string, unknown>>;
  /** It carries the control's name. */
  readonly labelled?: boolean;
}

export interface SliderOptions {
  /** The distance between two values; default 1. */
  readonly step?: number;
  /** The value at first; default the smallest. */
  readonly value?: number;
}

/**
 * A number between two others.
 *
 * @throws RangeError-like refusals for a range that is empty, a step that is not positive, a value outside
 * @example
 * slider(1, 4);
 */
export function slider(min: number, max: number, options: SliderOptions = {}): Control<number> {
  knownOptions("slider", options, ["step", "value"]);
  const { step = 1, value = min } = options;
  checkRange("slider", min, max, step, value);
  return { initial: value, widgets: [sliderWidget(min, max, step, value)], read: readNumber, print: String };
}

export interface PlayOptions extends SliderOptions {
  /** Milliseconds from one value to the next; default 500. */
  readonly interval?: number;
}

/**
 * A number that runs from `min` to `max` by itself when the reader presses play, with a slider beside it.
 *
 * @example
 * play(0, 9, { interval: 200 });
 */
export function play(min: number, max: number, options: PlayOptions = {}): Control<number> {
  knownOptions("play", options, ["step", "value", "interval"]);
  const { step = 1, value = min, interval = 500 } = options;
  checkRange("play", min, max, step, value);
  if (!(Number.isFinite(interval) && interval > 0))
    throw refusal("play", "interval", "a positive number of milliseconds", interval);
  const playing = { min, max, step, value, interval, playing: false, repeat: false, show_repeat: true };
  const buttons: Widget = {
    model: "PlayModel",
    view: "PlayView",
    style: "DescriptionStyleModel",
    state: playing,
  };
  return {
    initial: value,
    widgets: [buttons, sliderWidget(min, max, step, value)],
    read: readNumber,
    print: String,
  };
}

/**
 * One of several values.
 *
 * @param options the values; their text is what the reader chooses from
 * @example
 * dropdown(["zeros", "reflect", "replicate"]);
 */
export function dropdown<const T>(options: readonly T[], choice: { readonly value?: T } = {}): Control<T> {
  const listed: unknown = options;
  if (!Array.isArray(listed)) throw refusal("dropdown", "options", "a list of values", listed);
  knownOptions("dropdown", choice, ["value"]);
  const { value = options[0] } = choice;
  const index = options.indexOf(value);
  if (options.length === 0) throw refusal("dropdown", "options", "at least one value", options);
  if (index < 0) throw refusal("dropdown", "value", "one of the options", value);
  const state = { _options_labels: options.map(String), index };
  return {
    initial: value,
    widgets: [
      { model: "DropdownModel", view: "DropdownView", style: "DescriptionStyleModel", state, labelled: true },
    ],
    read: ({ index: chosen }) => (typeof chosen === "number" ? options[chosen] : undefined),
    print: String,
  };
}

/**
 * Yes or no.
 *
 * @example
 * checkbox(true);
 */
export function checkbox(value: boolean = false): Control<boolean> {
  trueOrFalse("checkbox", "value", value);
  const state = { value, indent: true };
  return {
    initial: value,
    widgets: [
      { model: "CheckboxModel", view: "CheckboxView", style: "CheckboxStyleModel", state, labelled: true },
    ],
    read: ({ value: on }) => (typeof on === "boolean" ? on : undefined),
    print: (on) => (on ? "on" : "off"),
  };
}

function sliderWidget(min: number, max: number, step: number, value: number): Widget {
  const whole = [min, max, step, value].every(Number.isInteger);
  const kind = whole ? "IntSlider" : "FloatSlider";
  const digits = Math.min(6, (String(step).split(".")[1] ?? "").length);
  const state = {
    ...{ min, max, step, value, orientation: "horizontal", behavior: "drag-tap" },
    ...{ continuous_update: true, readout: true, readout_format: whole ? "d" : `.${digits}f` },
  };
  return { model: `${kind}Model`, view: `${kind}View`, style: "SliderStyleModel", state, labelled: true };
}

function readNumber({ value }: Readonly<Record<string, unknown>>): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function checkRange(name: string, min: number, max: number, step: number, value: number): void {
  if (!Number.isFinite(min)) throw refusal(name, "min", "a number", min);
  if (!(Number.isFinite(max) && min < max)) throw refusal(name, "max", `a number above ${min}`, max);
  if (!(Number.isFinite(step) && step > 0)) throw refusal(name, "step", "a positive number", step);
  if (!(Number.isFinite(value) && value >= min && value <= max))
    throw refusal(name, "value", `a number from ${min} to ${max}`, value);
}
