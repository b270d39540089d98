/**
 * What cells write and show, on its way to the front end: gathered, so that ten thousand lines are some dozens of
 * messages, and bounded, so that a loop without end fills neither a page nor a process.
 *
 * Text of one stream is joined, an update takes the place of an older one of the same picture, and whatever would be
 * cleared at once is not sent. What is sent stays below the limits at which a Jupyter server cuts a notebook off: where
 * a cell is faster, `pressure` asks to leave its output in the pipe, and so the cell waits. A cell that has shown more
 * than a page can hold goes on; of its text the beginning and the end are shown, and a line between them says how
 * much was left out.
 */
import { CellAccount, type CellLimits, lineEnds } from "./cell-account";
import type { FromExecutor } from "./executor/messages";

export type OutputMessage = Extract<
  FromExecutor,
  { type: "stream" | "display" | "clear" | "result" | "comm" }
>;
type Text = Extract<OutputMessage, { type: "stream" }>;

export interface OutboxLimits extends CellLimits {
  /** Milliseconds between two deliveries. */
  interval: number;
  /** How much may be sent at once, and how much a second after that. */
  burst: Amount;
  rate: Amount;
}

interface Amount {
  messages: number;
  bytes: number;
}

const ofCells = { interval: 50, text: 16_000_000, pictureBytes: 128_000_000, pictures: 10_000 };

/**
 * jupyter_server's defaults are 1,000 messages and 1,000,000 bytes a second, measured over three seconds. What comes at
 * a cell's end is delivered at once: for that there is some room.
 */
export const serverLimits: OutboxLimits = {
  ...ofCells,
  burst: { messages: 700, bytes: 1_000_000 },
  rate: { messages: 450, bytes: 500_000 },
};

/** More than this is delivered without waiting for the interval. */
const pieceBytes = 64_000;
/** Where the two streams alternate more often than this in one delivery, each is joined: their order is given up. */
const mostTurns = 64;

export class Outbox {
  private pending: OutputMessage[] = [];
  private pendingBytes = 0;
  private readonly accounts = new Map<number, CellAccount>();
  /** Cells that have asked to be cleared once something new comes. */
  private readonly clearing = new Set<number>();
  private timer: NodeJS.Timeout | undefined;
  private delivered = 0;
  private pressed = false;
  /** The cell that runs, and whether it is being stopped. */
  private running: number | undefined;
  private stopping = false;
  private allowance: Amount;
  private counted = performance.now();

  constructor(
    private readonly publish: (message: OutputMessage) => void,
    /** Asks to hold the cells' output back, and to let it come again. */
    private readonly pressure: (on: boolean) => void,
    private readonly limits: OutboxLimits,
  ) {
    this.allowance = { ...limits.burst };
  }

  add(message: OutputMessage): void {
    const account = this.account(message.cell);
    if (this.clearing.has(message.cell) && (message.type === "stream" || message.type === "display"))
      this.carryOutClear(message.cell);
    switch (message.type) {
      case "stream":
        if (account.isFull) this.keepBack(account, message);
        else this.addText(account, message);
        break;
      case "display":
        if (message.update) this.replace(message);
        else if (account.addPicture(bytesOf(message))) this.push(message);
        break;
      case "clear":
        this.clear(message);
        break;
      case "result":
      case "comm":
        this.push(message);
        break;
    }
    this.deliverSoon(message.type === "comm");
  }

  begin(cell: number): void {
    this.running = cell;
    this.stopping = false;
  }

  /** The cell that runs is being stopped: it may still say what it has to, but no flood of it holds up its end. */
  stop(): void {
    // Also where no cell runs: the answers to an interrupt come by the same pipe.
    this.press(false);
    if (this.running === undefined) return;
    this.account(this.running).stop();
    this.stopping = true;
  }

  /** The cell that runs has ended: all that it has shown is delivered, and what was left out is said. */
  end(): void {
    const { running: cell } = this;
    const account = cell === undefined ? undefined : this.accounts.get(cell);
    if (cell !== undefined && account) {
      for (const text of account.rest(cell)) this.join(text);
      this.accounts.delete(cell);
    }
    const wasStopped = this.stopping;
    this.running = undefined;
    this.stopping = false;
    this.flush();
    // The next cell does not wait because this one had to be stopped.
    if (wasStopped) {
      this.allowance.messages = Math.max(this.allowance.messages, 50);
      this.allowance.bytes = Math.max(this.allowance.bytes, 50_000);
      this.press(false);
    }
  }

  /** Delivers all that is pending, whatever the limits say. */
  flush(): void {
    this.deliver(() => true);
  }

  /** Delivers what is pending, from the first on, as long as `goesOn`. */
  private deliver(goesOn: () => boolean): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = undefined;
    let sent = 0;
    for (; sent < this.pending.length && goesOn(); sent++) {
      const message = this.pending[sent];
      this.allowance.messages--;
      this.allowance.bytes -= bytesOf(message);
      this.publish(message);
    }
    this.delivered = performance.now();
    this.pending = this.pending.slice(sent);
    this.countPending();
    for (const cell of this.clearing)
      if (!this.pending.some((message) => message.cell === cell && message.type === "clear"))
        this.clearing.delete(cell);
    this.press(this.isBehind());
    if (this.pending.length > 0) this.schedule(this.limits.interval);
  }

  private countPending(): void {
    this.pendingBytes = this.pending.reduce((sum, message) => sum + bytesOf(message), 0);
  }

  private push(message: OutputMessage): void {
    this.pendingBytes += bytesOf(message);
    this.pending.push(message);
  }

  private addText(account: CellAccount, message: Text): void {
    account.addText(message.text.length);
    this.join(message);
  }

  /** Text behind text of the same stream and cell is one with it. */
  private join(message: Text): void {
    const { pending } = this;
    const isOther = (other: OutputMessage): boolean => other.type !== "stream" || other.cell !== message.cell;
    const turns = pending.length - 1 - pending.findLastIndex(isOther);
    const far = turns > mostTurns ? 2 : 1;
    for (let i = pending.length - 1; i >= pending.length - Math.min(far, turns); i--) {
      const earlier = pending[i];
      if (earlier.type !== "stream" || earlier.name !== message.name) continue;
      pending[i] = { ...earlier, text: earlier.text + message.text };
      this.pendingBytes += bytesOf(message);
      return;
    }
    this.push(message);
  }

  /** A newer state of a picture in the place of one that was not sent yet. */
  private replace(message: Extract<OutputMessage, { type: "display" }>): void {
    const at = this.pending.findIndex(
      (other) => other.type === "display" && other.update && other.displayId === message.displayId,
    );
    if (at >= 0) this.pending[at] = message;
    else this.push(message);
  }

  private clear(message: Extract<OutputMessage, { type: "clear" }>): void {
    const { cell, wait } = message;
    this.account(cell).clear();
    if (wait) this.clearing.add(cell);
    else this.dropBefore(cell, this.pending.length);
    this.push(message);
  }

  /** Something takes the place of what the cell has shown before it asked for that. */
  private carryOutClear(cell: number): void {
    const at = this.pending.findLastIndex((other) => other.cell === cell && other.type === "clear");
    if (at > 0) this.dropBefore(cell, at);
    this.clearing.delete(cell);
  }

  /** What would be gone as soon as it is shown is not sent. */
  private dropBefore(cell: number, end: number): void {
    const isGone = (message: OutputMessage): boolean =>
      message.cell === cell &&
      (message.type === "stream" ||
        message.type === "clear" ||
        (message.type === "display" && !message.update));
    this.pending = this.pending.filter((message, i) => i >= end || !isGone(message));
    this.countPending();
  }

  private keepBack(account: CellAccount, message: Text): void {
    if (message.cell === this.running) {
      account.keepBack(message);
      return;
    }
    // What comes after its cell has ended has no end of its own at which it could be shown.
    if (!account.isClosed) this.join({ ...message, text: noMore });
    account.isClosed = true;
  }

  private account(cell: number): CellAccount {
    let account = this.accounts.get(cell);
    if (!account) this.accounts.set(cell, (account = new CellAccount(this.limits)));
    return account;
  }

  private deliverSoon(atOnce: boolean): void {
    const isBehind = this.isBehind();
    if (isBehind) this.press(true);
    if (!isBehind && (atOnce || this.pendingBytes > pieceBytes)) this.flush();
    // Not at once: what comes in the same turn goes with it.
    else this.schedule(Math.max(0, this.delivered + this.limits.interval - performance.now()));
  }

  private schedule(ms: number): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.deliver(() => this.allowance.messages > 0 && this.allowance.bytes > 0);
    }, ms);
  }

  /** More is sent or pending than the limits allow at this moment. */
  private isBehind(): boolean {
    const { burst, rate } = this.limits;
    const now = performance.now();
    const seconds = (now - this.counted) / 1000;
    this.counted = now;
    const grown = (unit: keyof Amount): number =>
      Math.min(burst[unit], this.allowance[unit] + rate[unit] * seconds);
    this.allowance = { messages: grown("messages"), bytes: grown("bytes") };
    const { messages, bytes } = this.allowance;
    return messages <= this.pending.length || bytes <= this.pendingBytes;
  }

  private press(on: boolean): void {
    if (on && this.stopping) return;
    // Who is held back is let go on by the next delivery.
    if (on) this.schedule(this.limits.interval);
    if (on === this.pressed) return;
    this.pressed = on;
    this.pressure(on);
  }
}

function bytesOf(message: OutputMessage): number {
  switch (message.type) {
    case "stream":
      // A line's end takes two in JSON.
      return Buffer.byteLength(message.text) + lineEnds(message.text);
    case "display":
    case "result":
      return Object.values(message.data).reduce<number>(
        (sum, value) => sum + Buffer.byteLength(typeof value === "string" ? value : JSON.stringify(value)),
        0,
      );
    case "comm":
      return message.buffers.reduce((sum, { byteLength }) => sum + byteLength, 200);
    case "clear":
      return 0;
  }
}

const noMore = "\n… What this cell has written from here on is left out.\n";
