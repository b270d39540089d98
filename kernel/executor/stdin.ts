/**
 * `process.stdin`: a stream that asks the reader of the notebook whenever somebody reads from it, one line at a time.
 *
 * Reading alone does not tell: readline reads from the moment it is made. So the front end is asked for a line while
 * somebody waits for one (see `Waiting`) in a cell that still runs; and a cell is over when nobody in it waits any more,
 * as a Node program is.
 */
import { Readable } from "node:stream";
import { inspect } from "node:util";
import { type CellRun, currentRun, inCell } from "./context";
import type { FromExecutor, InputReply } from "./messages";
import { world } from "./world";

/** Somebody who may be waiting for input, and the cell that it happens in. */
export interface Waiting {
  readonly run: CellRun;
  readonly waits: () => boolean;
}

interface Question {
  ask: number;
  run: CellRun;
  stream: NotebookInput;
}

/** Taken before cells run: theirs belong to them and end with an interrupt. */
const { setTimeout: later } = world;

const readingEvents = new Set<string | symbol>(["data", "readable", "keypress"]);

/** The stream of one cell's input. */
export class NotebookInput extends Readable {
  readonly fd: number = 0;
  isRaw = false;
  readonly #stdin: Stdin;
  readonly #waiting = new Set<Waiting>();
  /** While a readline interface is being made: the listeners that come are its own. */
  #isBeingWrapped = false;
  #isCounted = true;
  #isLeft = false;

  constructor(stdin: Stdin) {
    super();
    this.#stdin = stdin;
    // Whatever a cell's last value refers to is shown: a readline interface, for one, refers to its input.
    Object.defineProperty(this, inspect.custom, { value: () => "process.stdin" });
    super.on("newListener", (event: string | symbol, listener: unknown) => {
      if (!readingEvents.has(event) || this.#isBeingWrapped) return;
      const waits = (): boolean =>
        Array.from(this.listeners(event) as unknown[]).includes(listener) &&
        (event === "readable" || !this.isPaused());
      this.addWaiting({ run: currentRun(), waits });
    });
  }

  addWaiting(waiting: Waiting): void {
    this.#waiting.add(waiting);
    this.#stdin.attach(this);
  }

  removeWaiting(waiting: Waiting): void {
    this.#waiting.delete(waiting);
    this.#stdin.look();
  }

  /** A readline interface is about to listen, up to the `resume` with which its constructor ends. */
  beginWrapping(): void {
    this.#isBeingWrapped = true;
  }

  /** Its cell has ended while it waited: whoever reads from this stream still belongs to that cell. */
  leave(): void {
    this.#isLeft = true;
  }

  get isLeft(): boolean {
    return this.#isLeft;
  }

  get isOver(): boolean {
    return this.#isLeft || this.destroyed || this.readableEnded;
  }

  /** Who waits for a line that has not come, in cells for which `counts` holds. */
  reader(counts: (run: CellRun) => boolean): Waiting | undefined {
    if (this.isOver || this.readableLength > 0) return undefined;
    return [...this.#waiting].find(({ run, waits }) => counts(run) && waits());
  }

  /** Whether a cell is not over before its readers are. */
  get isCounted(): boolean {
    return this.#isCounted;
  }

  override _read(): void {
    this.#stdin.look();
  }

  // Node 20 tells of no listener that leaves a stream ("removeListener"), so each way of leaving looks.
  override removeListener(...args: Parameters<Readable["removeListener"]>): this {
    this.#stdin.look();
    return super.removeListener(...args);
  }

  override off(...args: Parameters<Readable["removeListener"]>): this {
    return this.removeListener(...args);
  }

  override removeAllListeners(event?: string | symbol): this {
    this.#stdin.look();
    return super.removeAllListeners(event);
  }

  override pause(): this {
    this.#stdin.look();
    return super.pause();
  }

  override resume(): this {
    this.#isBeingWrapped = false;
    this.#stdin.look();
    return super.resume();
  }

  /** There are no single keys here. As in a terminal's raw mode nothing is echoed, and Enter is a carriage return. */
  setRawMode(mode: boolean): this {
    this.isRaw = mode;
    return this;
  }

  ref(): this {
    this.#isCounted = true;
    return this;
  }

  unref(): this {
    this.#isCounted = false;
    this.#stdin.look();
    return this;
  }
}

/** The streams that somebody reads from, and the one question that is open. */
export class Stdin {
  private current: { stream: NotebookInput; cell: number } | undefined;
  private readonly streams = new Set<NotebookInput>();
  private asked = 0;
  private open: Question | undefined;
  /** The last cell that had to do with its input: to all others this costs nothing, and nothing here can fail them. */
  private latest = -1;
  /** Of cells whose code has run to its end, and that wait for their readers. */
  private readonly ends = new Map<number, () => void>();

  constructor(private readonly send: (message: FromExecutor) => void) {}

  /** What `process.stdin` is at this moment: each cell's own, so that nothing an earlier one left disturbs it. */
  get stream(): NotebookInput {
    const { cell } = currentRun();
    if (this.current?.cell === cell && !this.current.stream.isOver) return this.current.stream;
    const stream = new NotebookInput(this);
    const encoding = this.current?.stream.readableEncoding;
    if (encoding) stream.setEncoding(encoding);
    this.current = { stream, cell };
    return stream;
  }

  attach(stream: NotebookInput): void {
    this.streams.add(stream);
    this.look();
  }

  /** Asks for a line, unless the cell has asked already; says whether it did. */
  ask(stream: NotebookInput, run: CellRun, prompt: string, password: boolean): boolean {
    if (run.done === undefined)
      throw new world.Error(
        "process.stdin: a cell that has ended cannot ask its reader; let it await the answer",
      );
    if (stream.isLeft)
      throw new world.Error(
        "process.stdin: left by a cell that ended while it waited; use process.stdin anew",
      );
    if (this.open?.run.cell === run.cell) return false;
    this.look();
    // Numbers below zero: the answer comes as a message, because here nobody blocks to wait for it.
    this.open = { ask: --this.asked, run, stream };
    this.send({ type: "input", cell: run.cell, ask: this.asked, prompt, password });
    return true;
  }

  answer(reply: InputReply): void {
    const question = this.open;
    if (reply.ask !== question?.ask) return;
    this.open = undefined;
    const { run, stream } = question;
    if ("value" in reply) {
      const line = reply.value + (stream.isRaw ? "\r" : "\n");
      if (!stream.isOver) inCell(run, () => stream.push(line));
      this.look();
    } else if ("refused" in reply) {
      // The stream's end would not do: a promise that waits for a line is not settled by it.
      run.interrupted = true;
      run.stop?.(new world.Error("process.stdin: this front end cannot ask its reader for text"));
    }
  }

  /** Resolves when nobody waits for input in this cell any more. */
  async settled({ cell }: CellRun): Promise<void> {
    if (cell <= this.latest && this.isReading(cell))
      await new Promise<void>((resolve) => this.ends.set(cell, resolve));
  }

  /** The cell has ended; what still waits in it will not be answered. */
  end({ cell }: CellRun): void {
    if (cell > this.latest) return;
    this.ends.delete(cell);
    if (this.open?.run.cell === cell) this.open = undefined;
    for (const stream of this.streams) if (stream.reader((run) => run.cell === cell)) stream.leave();
  }

  /** Soon, when the running code has written what it has to write: asks if somebody waits, ends cells that may end. */
  look(): void {
    const { cell } = currentRun();
    if (cell > this.latest) this.latest = cell;
    later(() => {
      for (const stream of this.streams) {
        if (stream.isOver) this.streams.delete(stream);
        const reader = this.open ? undefined : stream.reader((run) => run.done !== undefined);
        if (reader) this.ask(stream, reader.run, "", stream.isRaw);
      }
      for (const [cell, resolve] of this.ends) {
        if (this.isReading(cell)) continue;
        this.ends.delete(cell);
        resolve();
      }
    }, 0);
  }

  private isReading(cell: number): boolean {
    return [...this.streams].some(
      (stream) => stream.isCounted && stream.reader((run) => run.cell === cell) !== undefined,
    );
  }
}
