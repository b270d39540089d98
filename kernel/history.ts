/** What was run, kept across restarts in a file of one JSON line an entry. */
import { appendFile, mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { userFolder } from "./user-folders";

interface Entry {
  session: number;
  line: number;
  input: string;
  output?: string;
}

/** Jupyter's form: [session, line, input] or [session, line, [input, output]]. */
export type HistoryItem = [number, number, string | [string, string | null]];

export interface HistoryRequest {
  hist_access_type?: unknown;
  output?: unknown;
  unique?: unknown;
  session?: unknown;
  start?: unknown;
  stop?: unknown;
  n?: unknown;
  pattern?: unknown;
}

/** At most so many entries of the past are read. */
const limit = 10_000;

/** Undefined where there is no place to keep it. */
function historyFile(): string | undefined {
  const { CONVLAB_HISTORY, XDG_DATA_HOME } = process.env;
  if (CONVLAB_HISTORY) return CONVLAB_HISTORY;
  const data = userFolder(XDG_DATA_HOME, ".local", "share");
  return data === undefined ? undefined : path.join(data, "convlab", "history.jsonl");
}

/** Milliseconds between a cell's end and its line in the file. */
const writeDelay = 100;

interface Past {
  entries: Entry[];
  /** The number of this session. */
  session: number;
}

export class History {
  private reading: Promise<Past> | undefined;
  private noting: Promise<void> = Promise.resolve();
  private writing: Promise<void> = Promise.resolve();
  private readonly unwritten: string[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly file: string | undefined = historyFile()) {}

  /** Notes a cell that has run; what is asked for afterwards has it. */
  add(line: number, input: string, output: string | undefined): void {
    this.noting = this.noting.then(async () => {
      const { entries, session } = await this.past();
      const entry: Entry = { session, line, input, ...(output !== undefined && { output }) };
      entries.push(entry);
      this.unwritten.push(`${JSON.stringify(entry)}\n`);
      // After the reply, and once for cells that follow each other quickly.
      this.timer ??= setTimeout(() => void this.write(), writeDelay);
    });
  }

  /** Waits until everything is on disk. */
  async settled(): Promise<void> {
    await this.noting;
    await this.write();
  }

  private write(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const text = this.unwritten.splice(0).join("");
    const { file } = this;
    if (text === "" || file === undefined) return this.writing;
    this.writing = this.writing.then(async () => {
      try {
        await mkdir(path.dirname(file), { recursive: true });
        await appendFile(file, text);
      } catch {
        // A history that cannot be written lives in memory only.
      }
    });
    return this.writing;
  }

  async find(request: HistoryRequest): Promise<HistoryItem[]> {
    await this.noting;
    const { entries, session: current } = await this.past();
    const chosen = newestOf(select(entries, current, request), request);
    return chosen.map(({ session, line, input, output }) => [
      session,
      line,
      request.output === true ? [input, output ?? null] : input,
    ]);
  }

  /** Read when it is first needed: a kernel's start does not wait for it. */
  private past(): Promise<Past> {
    this.reading ??= readEntries(this.file).then((entries) => ({
      entries,
      session: entries.reduce((last, { session }) => Math.max(last, session), 0) + 1,
    }));
    return this.reading;
  }
}

function select(entries: readonly Entry[], current: number, request: HistoryRequest): Entry[] {
  if (request.hist_access_type === "range") {
    const { start = 0, stop } = request;
    // 0 is the current session, −1 the one before.
    const number = typeof request.session === "number" ? request.session : 0;
    const session = number > 0 ? number : current + number;
    return entries.filter(
      (e) => e.session === session && e.line >= Number(start) && (typeof stop !== "number" || e.line < stop),
    );
  }
  if (request.hist_access_type === "search") {
    const pattern = glob(typeof request.pattern === "string" ? request.pattern : "*");
    return entries.filter(({ input }) => pattern.test(input));
  }
  return [...entries];
}

function newestOf(entries: Entry[], { unique, n, hist_access_type: type }: HistoryRequest): Entry[] {
  let chosen = entries;
  if (unique === true) {
    const last = new Map(chosen.map((entry) => [entry.input, entry]));
    chosen = chosen.filter((entry) => last.get(entry.input) === entry);
  }
  return type !== "range" && typeof n === "number" ? chosen.slice(Math.max(0, chosen.length - n)) : chosen;
}

/** `*` and `?` as in a shell, over the whole text. */
function glob(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*/g, "[^]*")
    .replace(/\?/g, "[^]");
  return new RegExp(`^${source}$`);
}

async function readEntries(file: string | undefined): Promise<Entry[]> {
  if (file === undefined) return [];
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch {
    return [];
  }
  const entries: Entry[] = [];
  for (const line of text.split("\n").slice(-limit - 1)) {
    try {
      const entry = JSON.parse(line) as Partial<Entry>;
      if (
        typeof entry.session === "number" &&
        typeof entry.line === "number" &&
        typeof entry.input === "string"
      ) {
        entries.push(entry as Entry);
      }
    } catch {
      // A line cut short by a killed process is no entry.
    }
  }
  return entries;
}
