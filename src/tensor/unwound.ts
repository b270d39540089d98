/**
 * What a function sets for as long as it runs, and sets back in a `finally`: the innermost scope, whether operations are
 * recorded, memory that a kernel call borrows. Code that is stopped by force, as a notebook's stop button does, runs no
 * `finally`. So whoever opens such a context says so here, and once the stack is empty, which it is whenever the event
 * loop turns, everything is set back as it is outside of all contexts.
 */
// Node's own: a notebook kernel replaces the global one, and cancels there what an interrupted cell has asked for.
import { setImmediate } from "node:timers";

/** A loop that never awaits opens many contexts before the event loop turns: it asks once in so many milliseconds. */
const PATIENCE = 1000;

const resets: (() => void)[] = [];
let asked = -Infinity;

/** Has `reset` go back to the state outside of all contexts, if there still is one when the stack is empty. */
export function onUnwound(reset: () => void): void {
  resets.push(reset);
}

/** To be called where an outermost context opens. */
export function contextOpens(): void {
  const now = performance.now();
  if (now - asked < PATIENCE) return;
  asked = now;
  setImmediate(() => {
    asked = -Infinity;
    for (const reset of resets) reset();
  });
}
