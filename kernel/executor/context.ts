/**
 * Which cell the running code belongs to, through every await, timer and promise callback that it started; and how a
 * cell is stopped.
 *
 * Node's AsyncLocalStorage would tell as much, but in Node 20 it works by hooks on every promise, and ending a loop of
 * promises by force leaves those hooks' stack standing, which aborts the process. So a cell's own awaits carry their
 * cell (see checker/transform.ts), and timers and `then` are wrapped here.
 */

import { CellImmediate, setCellImmediate } from "./immediates";
import { world } from "./world";

/** One run of one cell. */
export interface CellRun {
  readonly cell: number;
  interrupted: boolean;
  /** Ends the wait for the cell; set while it runs. */
  stop: (() => void) | undefined;
  /** Says that the run has ended, with what it threw if it did; undefined once that has been said. */
  done: ((error?: { thrown: unknown }) => void) | undefined;
  /** How often its code has been told of the interrupt, and has perhaps caught that. */
  told: number;
  readonly timers: Map<Timer, Callback>;
}

type Timer = NodeJS.Timeout | CellImmediate;

/** What an interrupted cell throws at its next `await`. */
export class Interrupted extends world.Error {
  override name = "Interrupted";
  constructor() {
    super("The cell was interrupted.");
  }
}

/**
 * Which cells are to stop, as the thread beside this one says it (see interrupter.ts): one cell's number, and one up
 * to which all are meant. A loop of promises sees it here, though it never lets the event loop bring a message.
 */
export const marks: Int32Array = new Int32Array(new SharedArrayBuffer(8)).fill(-1);

export function isToStop(run: CellRun): boolean {
  return run.interrupted || Atomics.load(marks, 0) === run.cell || Atomics.load(marks, 1) >= run.cell;
}

let current: CellRun = newRun(0);

export function newRun(cell: number): CellRun {
  return { cell, interrupted: false, stop: undefined, done: undefined, told: 0, timers: new Map() };
}

/** The run that the current code belongs to. */
export function currentRun(): CellRun {
  return current;
}

/** From here on, until told otherwise, code belongs to `run`. */
export function begin(run: CellRun): void {
  current = run;
}

/** Runs `action` as part of `run`. */
export function inCell<T>(run: CellRun, action: () => T): T {
  const before = current;
  current = run;
  try {
    return action();
  } finally {
    current = before;
  }
}

/**
 * Stands around every `await` of a cell: takes up the run that began to wait, and lets the value through unless that
 * run has been interrupted meanwhile.
 */
export function resume<T>(run: CellRun, value: T): T {
  current = run;
  if (isToStop(run)) {
    run.told++;
    throw new Interrupted();
  }
  return value;
}

/** Enough for all that a cell has under way to clean up after itself. */
const patience = 1000;

const forever = new Promise<never>(() => undefined);
/** Waited for, or looped over, it gives nothing, ever. */
const never = Object.assign(forever, { [Symbol.asyncIterator]: () => ({ next: () => forever }) });

/**
 * Stands before every wait of a cell. A loop that catches `Interrupted` and goes on would never end, and never let
 * the event loop turn; told a thousand times, it waits for ever instead.
 */
export function hold<T>(awaited: T): T {
  return current.told < patience ? awaited : (never as T);
}

/** Stops what `run` has under way: its wait, its timers, and at their next `await` its loops. */
export function interrupt(run: CellRun): void {
  run.interrupted = true;
  for (const [timer, callback] of run.timers) {
    clear(timer);
    // What waits with `new Promise((resolve) => setTimeout(resolve, ms))` is told now, so that it can clean up.
    if (isResolver(callback)) callback();
  }
  run.timers.clear();
  run.stop?.();
}

const { toString: sourceOf } = Function.prototype;

/** Whether a function is the one that a promise has handed out to be resolved with: nobody else's code runs in it. */
function isResolver(callback: Callback): boolean {
  return (
    callback.name === "" &&
    callback.length === 1 &&
    /\[native code\]/.test(Reflect.apply(sourceOf, callback, []))
  );
}

function clear(timer: Timer): void {
  if (timer instanceof CellImmediate) timer[Symbol.dispose]();
  else clearTimeout(timer);
}

type Callback = (this: unknown, ...args: unknown[]) => unknown;
type Scheduler = (callback: Callback, ...rest: unknown[]) => Timer;

/** Makes timers and promise callbacks belong to the cell that set them; an interrupt ends them too. */
export function ownCallbacks(): void {
  const scope = world as unknown as Record<string, Scheduler>;
  for (const name of ["setTimeout", "setInterval", "setImmediate"]) {
    const node = scope[name];
    const original: Scheduler = name === "setImmediate" ? setCellImmediate : node;
    const owned: Scheduler = (callback, ...rest) => {
      if (typeof callback !== "function") return original(callback, ...rest);
      const run = current;
      const timer = original(
        (...args: unknown[]) => {
          if (name !== "setInterval") run.timers.delete(timer);
          inCell(run, () => callback(...args));
        },
        ...rest,
      );
      if (run.interrupted) clear(timer);
      else run.timers.set(timer, callback);
      return timer;
    };
    scope[name] = likeness(owned, node);
  }
  for (const name of ["clearTimeout", "clearInterval", "clearImmediate"]) {
    const original = scope[name] as unknown as (timer: unknown) => void;
    const owned = (timer: unknown): void => {
      current.timers.delete(timer as Timer);
      if (timer instanceof CellImmediate) clear(timer);
      else original(timer);
    };
    (scope as Record<string, unknown>)[name] = likeness(owned, original);
  }
  const prototype = world.Promise.prototype as unknown as {
    then: (...callbacks: unknown[]) => Promise<unknown>;
  };

  const { then } = prototype;
  const owned = function (this: unknown, ...callbacks: unknown[]): Promise<unknown> {
    const run = current;
    const wrapped = callbacks.map((callback) =>
      typeof callback === "function" ? within(run, callback as Callback) : callback,
    );
    return Reflect.apply(then, this, wrapped);
  };
  prototype.then = likeness(owned, then);
}

function within(run: CellRun, callback: Callback): Callback {
  return function (this: unknown, ...args) {
    current = run;
    // A chain of callbacks that never ends stops here, as a loop of awaits stops in `resume`.
    if (isToStop(run)) throw new Interrupted();
    return Reflect.apply(callback, this, args);
  };
}

/** The same name, properties and kind: `util.promisify(setTimeout)` and its like stay what they are. */
function likeness<F extends object>(made: F, original: object): F {
  Object.setPrototypeOf(made, Object.getPrototypeOf(original) as object);
  return Object.defineProperties(made, Object.getOwnPropertyDescriptors(original));
}
