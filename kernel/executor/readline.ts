/**
 * What readline tells about who waits: an interface that has a question open, was told to show its prompt, or whose
 * lines somebody listens to. Its prompt goes with the question to the front end and not to the cell's output.
 */
import type { Interface } from "node:readline";
import { stripVTControlCharacters } from "node:util";
import { type CellRun, currentRun } from "./context";
import type { FromExecutor } from "./messages";
import { NotebookInput, Stdin, type Waiting } from "./stdin";

/** `readline.Interface` and that of `readline/promises` are two classes with one parent: its methods. */
interface Methods {
  setPrompt: (this: Interface, prompt: string) => void;
  prompt: (this: Interface, preserveCursor?: boolean) => void;
}

/** What @types/node does not declare of an interface. */
interface Particulars {
  input: unknown;
  output: unknown;
  paused?: boolean;
}

class Prompting implements Waiting {
  run: CellRun = currentRun();
  prompted = false;

  constructor(
    private readonly lines: Interface,
    stream: NotebookInput,
    stdin: Stdin,
  ) {
    stream.addWaiting(this);
    lines.on("newListener", (event) => {
      if (event !== "line") return;
      this.run = currentRun();
      stdin.look();
    });
    for (const event of ["removeListener", "pause", "resume"]) lines.on(event, () => stdin.look());
    lines.on("line", (this.onLine = () => (this.prompted = false)));
    lines.on("close", () => {
      stream.removeWaiting(this);
    });
  }

  private readonly onLine: () => void;

  readonly waits = (): boolean => {
    if ((this.lines as unknown as Particulars).paused === true) return false;
    return (
      this.prompted || Array.from(this.lines.listeners("line")).some((listener) => listener !== this.onLine)
    );
  };

  /** A question whose answer is not to be seen: what is typed is not echoed, or goes to a stream that drops it. */
  get isSecret(): boolean {
    if (Object.hasOwn(this.lines, "_writeToOutput")) return true;
    return this.lines.terminal && (this.lines as unknown as Particulars).output !== process.stdout;
  }
}

/** Makes the readline of this process ask by way of `stdin` where its input is the notebook's. */
function bridgeReadline(stdin: Stdin): void {
  const { Interface } = process.getBuiltinModule("node:readline");
  const methods = Object.getPrototypeOf(Interface.prototype) as Methods;
  const { setPrompt, prompt } = methods;
  const known = new WeakMap<Interface, Prompting>();
  const withhold = withholder();

  methods.setPrompt = function (text) {
    const stream: unknown = (this as unknown as Particulars).input;
    if (stream instanceof NotebookInput) {
      const prompting = known.get(this);
      // The constructor's first call: the listeners that follow on the stream are readline's own.
      if (!prompting) {
        known.set(this, new Prompting(this, stream, stdin));
        stream.beginWrapping();
      } else {
        // Before a question its text, after it the text of before.
        prompting.prompted = false;
        stdin.look();
      }
    }
    Reflect.apply(setPrompt, this, [text]);
  };

  methods.prompt = function (preserveCursor) {
    const stream: unknown = (this as unknown as Particulars).input;
    const prompting = known.get(this);
    if (!prompting || !(stream instanceof NotebookInput)) {
      Reflect.apply(prompt, this, [preserveCursor]);
      return;
    }
    const written = withhold(() => Reflect.apply(prompt, this, [preserveCursor]));
    prompting.run = currentRun();
    prompting.prompted = true;
    const shown = (this as unknown as Particulars).output == null ? this.getPrompt() : written;
    const text = stripVTControlCharacters(shown);
    if (!stdin.ask(stream, prompting.run, text, prompting.isSecret)) process.stdout.write(written);
  };
}

/** Gives what an action writes to the cell's output, which does not get it. */
function withholder(): (action: () => void) => string {
  let open: { run: CellRun; text: string } | undefined;
  const { stdout } = process;
  const { write: original } = stdout as unknown as { write: (...args: unknown[]) => boolean };
  const write = (...args: unknown[]): boolean => Reflect.apply(original, stdout, args);
  stdout.write = (chunk: unknown, encoding?: unknown, done?: unknown) => {
    // By the cell's run: an interrupt by force may leave it open.
    if (open?.run !== currentRun()) return write(chunk, encoding, done);
    open.text += String(chunk);
    for (const callback of [encoding, done])
      if (typeof callback === "function") queueMicrotask(callback as () => void);
    return true;
  };
  return (action) => {
    const mine = { run: currentRun(), text: "" };
    open = mine;
    try {
      action();
    } finally {
      open = undefined;
    }
    return mine.text;
  };
}

/** Makes `process.stdin`; readline is loaded when a cell first looks at it. */
export function provideStdin(send: (message: FromExecutor) => void): Stdin {
  const stdin = new Stdin(send);
  let isBridged = false;
  Object.defineProperty(process, "stdin", {
    configurable: true,
    enumerable: true,
    get: () => {
      if (!isBridged) bridgeReadline(stdin);
      isBridged = true;
      return stdin.stream;
    },
  });
  return stdin;
}
