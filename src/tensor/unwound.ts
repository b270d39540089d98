/**
 * What a function sets for as long as it runs, and sets back in a `finally`: the innermost scope, whether operations are
 * recorded, memory that a kernel call borrows. Code that is stopped by force, as a notebook's stop button does, runs no
 * `finally`. So whoever opens such a context, or works in one, says so here, and once the stack is empty, which it is
 * whenever a message arrives, everything is set back as it is outside of all contexts.
 */
// The global of the same name is looked up anew by a getter each time.
import { performance } from "node:perf_hooks";
import { MessageChannel, type MessagePort } from "node:worker_threads";

/** A loop that never awaits opens many contexts before a message can arrive: it asks once in so many milliseconds. */
const PATIENCE = 100;

const resets: (() => void)[] = [];
let asked = -Infinity;
let port: MessagePort | undefined;

/** Has `reset` go back to the state outside of all contexts, if there still is one when the stack is empty. */
export function onUnwound(reset: () => void): void {
  resets.push(reset);
}

/** To be called where an outermost context opens, and again while it is open: an answer may have been stopped too. */
export function contextIsOpen(): void {
  const now = performance.now();
  if (now - asked < PATIENCE) return;
  asked = now;
  port ??= openPort();
  port.postMessage(undefined);
}

/**
 * A message to ourselves, and no `setImmediate`: Node's list of immediates does not survive when one of them is stopped
 * by force.
 */
function openPort(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port1.on("message", () => {
    asked = -Infinity;
    for (const reset of resets) reset();
  });
  // A process that has nothing else to do may end.
  port1.unref();
  return port2;
}
