/**
 * `setImmediate` for cells. Node keeps immediates in a list that does not survive when one of them is ended by force:
 * its event loop then throws at every turn. So here each is a message that the thread sends to itself.
 */
import { MessageChannel } from "node:worker_threads";

type Callback = (...args: unknown[]) => unknown;

/** What `setImmediate` gives. The process that runs cells lives on in any case, so `ref` and `unref` change nothing. */
export class CellImmediate {
  constructor(private readonly id: number) {}
  hasRef(): boolean {
    return true;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  [Symbol.dispose](): void {
    waiting.delete(this.id);
  }
}

const waiting = new Map<number, () => unknown>();
let last = 0;

const { port1: inbox, port2: outbox } = new MessageChannel();
inbox.on("message", (id: number) => {
  const callback = waiting.get(id);
  waiting.delete(id);
  callback?.();
});
inbox.unref();

export function setCellImmediate(callback: Callback, ...args: unknown[]): CellImmediate {
  const id = ++last;
  waiting.set(id, () => callback(...args));
  outbox.postMessage(id);
  return new CellImmediate(id);
}
