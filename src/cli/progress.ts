import { clearLine, cursorTo } from "node:readline";

export interface Task {
  /** Says how far the task is: `cell` of `cells`. */
  at(step: string): void;
  end(): void;
}

/** Seconds between two plain lines about the same task, where there is no terminal to show it in place. */
const plainInterval = 10;

/**
 * Progress of tasks that run side by side: one line that changes in place on a terminal, now and then a plain
 * line elsewhere.
 */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #tasks = new Map<object, { name: string; step: string; start: number; told: number }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
  }

  start(name: string): Task {
    const key = {};
    const state = { name, step: "starting", start: Date.now(), told: Date.now() };
    this.#tasks.set(key, state);
    if (!this.#stream.isTTY) this.#stream.write(`${name} …\n`);
    this.#timer ??= setInterval(() => this.#draw(), this.#stream.isTTY ? 200 : 1000).unref();
    this.#draw();
    return {
      at: (step) => {
        state.step = step;
        this.#draw();
      },
      end: () => {
        this.#tasks.delete(key);
        if (this.#tasks.size === 0) {
          clearInterval(this.#timer);
          this.#timer = undefined;
        }
        this.#draw();
      },
    };
  }

  /** Writes a line that stays, above the line that changes. */
  log(line: string, stream: NodeJS.WriteStream = this.#stream): void {
    this.#erase();
    stream.write(`${line}\n`);
    this.#draw();
  }

  #erase(): void {
    if (!this.#stream.isTTY) return;
    cursorTo(this.#stream, 0);
    clearLine(this.#stream, 0);
  }

  #draw(): void {
    const now = Date.now();
    if (this.#stream.isTTY) {
      this.#erase();
      const line = [...this.#tasks.values()]
        .map(({ name, step, start }) => `${name}: ${step}, ${clock(now - start)}`)
        .join(" · ");
      const columns = this.#stream.columns - 1;
      this.#stream.write(line.length > columns ? `${line.slice(0, Math.max(0, columns - 1))}…` : line);
      return;
    }
    for (const task of this.#tasks.values()) {
      if (now - task.told < plainInterval * 1000) continue;
      task.told = now;
      this.#stream.write(`${task.name}: ${task.step}, ${clock(now - task.start)}\n`);
    }
  }
}

function clock(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Runs `work` over `items`, at most `jobs` at a time, results in the items' order. */
export async function inParallel<T, R>(
  items: T[],
  jobs: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(jobs, items.length) }, worker));
  return results;
}
