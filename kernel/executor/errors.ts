/**
 * What a cell threw, as a Jupyter error: name, message, the cell's own lines with the place marked, and the stack
 * without the frames of the engine and of the kernel.
 */
import { SourceMap } from "node:module";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { runtime } from "../checker/runtime";
import { codeFrame } from "../code-frame";
import { withBuiltins } from "./builtins";
import type { ErrorContent } from "./messages";
import { isError, world } from "./world";

interface Source {
  /** How a traceback names it: `cell 3`, or a module's path. */
  title: string;
  text: string;
  /** The compiler's source map, as JSON until somebody asks for it. */
  map: SourceMap | string;
}

interface Frame {
  function: string | undefined;
  file: string;
  title: string;
  line: number;
  column: number;
}

export class Tracebacks {
  private readonly sources = new Map<string, Source>();
  /** Of errors whose stack somebody has read. */
  private readonly known = new WeakMap<object, Frame[]>();

  /** `hidden` are folders whose frames say nothing to the reader: the kernel's and the library's own. */
  constructor(private readonly hidden: readonly string[]) {}

  /** Code compiled under `file` came from `text` by `map`. */
  register(file: string, title: string, text: string, map: string): void {
    this.sources.set(file, { title, text, map });
  }

  describe(thrown: unknown): ErrorContent {
    return withBuiltins(() => {
      try {
        return this.content(thrown);
      } catch {
        // Its getters throw, or the traps of its proxy. It was thrown all the same.
        const said = "A value that cannot be shown";
        return { ename: "Uncaught", evalue: said, traceback: [`Uncaught: ${said}`] };
      }
    });
  }

  private content(thrown: unknown): ErrorContent {
    if (!isError(thrown)) {
      const shown = typeof thrown === "string" ? thrown : inspected(thrown);
      return { ename: "Uncaught", evalue: shown, traceback: [`Uncaught: ${shown}`] };
    }
    const { name, message } = nameAndMessage(thrown);
    return { ename: name, evalue: message, traceback: this.lines(thrown, new Set()) };
  }

  private lines(error: Error, seen: Set<unknown>): string[] {
    seen.add(error);
    const lines = [header(error)];
    const frames = this.frames(error);
    const nearest = frames.find(({ file }) => this.sources.has(file));
    const source = nearest && this.sources.get(nearest.file);
    if (nearest && source) lines.push("", ...codeFrame(source.text, nearest), "");
    for (const frame of frames) {
      const where = `${frame.title}, line ${String(frame.line)}, column ${String(frame.column)}`;
      lines.push(frame.function === undefined ? `  at ${where}` : `  at ${frame.function} (${where})`);
    }
    for (const inner of causes(error)) {
      if (inner === undefined || seen.has(inner)) continue;
      const [first, ...rest] = isError(inner) ? this.lines(inner, seen) : [inspected(inner)];
      lines.push(`Caused by: ${first}`, ...rest);
    }
    return lines;
  }

  /**
   * Lets `error.stack`, and so `console.trace` and `console.error(error)`, show what tracebacks show: the cells' own
   * frames, at their own lines.
   */
  install(): void {
    const prepare = (error: Error, sites: readonly NodeJS.CallSite[]): string => {
      // By index, because the list is the cells' kind of array.
      const lines = Array.from(
        { length: sites.length },
        (_, i) => `    at ${(sites[i] as { toString(): string }).toString()}`,
      );
      const frames = lines.map((line) => this.frame(line)).filter((frame) => frame !== undefined);
      this.known.set(error, frames);
      const shown = frames.map(({ function: name, title, line, column }) => {
        const place = `${title}:${String(line)}:${String(column)}`;
        return `\n    at ${name === undefined ? place : `${name} (${place})`}`;
      });
      return header(error) + shown.join("");
    };
    Reflect.set(world.Error, "prepareStackTrace", prepare);
  }

  private frames(error: Error): Frame[] {
    const stack = stackOf(error);
    const frames = this.known.get(error) ?? stack.split("\n").map((line) => this.frame(line));
    return frames.filter((frame) => frame !== undefined);
  }

  private frame(line: string): Frame | undefined {
    // With a function's name the place stands in parentheses; what waits at the top of a cell has neither.
    const match =
      /^\s+at (.*?) \((.+):(\d+):(\d+)\)$/.exec(line) ?? /^\s+at (?:async )?()(.+):(\d+):(\d+)$/.exec(line);
    if (!match) return undefined;
    const [, name, where, row, column] = match;
    const file = where.startsWith("file:") ? pathOf(where) : where;
    const place = this.original(file, Number(row), Number(column));
    return place && { function: readable(name), file, ...place };
  }

  private original(file: string, line: number, column: number): Omit<Frame, "function" | "file"> | undefined {
    const source = this.sources.get(file);
    if (source) {
      const map = mapOf(source);
      const entry = map?.findEntry(line - 1, column - 1);
      // What the compiler wrote around the reader's code has no place in it.
      if (map && (!entry || !("originalLine" in entry))) return undefined;
      const place = entry && "originalLine" in entry ? entry : undefined;
      const row = place ? place.originalLine : line - 1;
      const at = place ? place.originalColumn : column - 1;
      return {
        title: source.title,
        line: row + 1,
        column: calleeStart(source.text.split("\n")[row] ?? "", at) + 1,
      };
    }
    const inner =
      file.startsWith("node:") ||
      !file.startsWith("/") ||
      this.hidden.some((folder) => file.startsWith(folder));
    return inner ? undefined : { title: file, line, column };
  }
}

/** A call of a shared name fails, for the engine, at its parenthesis; for the reader it does at the name. */
function calleeStart(line: string, at: number): number {
  return line[at] === "(" ? at - (/[\w$.?!]*\s*$/.exec(line.slice(0, at))?.[0].length ?? 0) : at;
}

/** ECMAScript modules are named by their URL. */
function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    return url;
  }
}

function mapOf(source: Source): SourceMap | undefined {
  if (source.map === "") return undefined;
  if (typeof source.map === "string")
    source.map = new SourceMap(JSON.parse(source.map) as ConstructorParameters<typeof SourceMap>[0]);
  return source.map;
}

/** Read with care: an error's own getters may throw. */
function nameAndMessage(error: Error): { name: string; message: string } {
  try {
    const { name, message } = error as { name: unknown; message: unknown };
    return {
      name: typeof name === "string" && name !== "" ? name : "Error",
      message: inReadersWords(String(message)),
    };
  } catch {
    return { name: "Error", message: "" };
  }
}

/** The engine quotes compiled code, where `f()` of a shared f is `(0, scope.f)()`. */
function inReadersWords(message: string): string {
  return message.replace(quotedCall, "$1").replaceAll(`${runtime.scope}.`, "");
}

const quotedCall = new RegExp(`\\(0 ?, ?${runtime.scope}\\.([^\\s)]+)\\)`, "g");

function causes(error: Error): unknown[] {
  try {
    const { cause, errors } = error as { cause?: unknown; errors?: unknown };
    return [cause, ...(Array.isArray(errors) ? (errors as unknown[]) : [])];
  } catch {
    return [];
  }
}

/** As the console shows it; where the value's own code throws while it is looked at, by its kind. */
function inspected(value: unknown): string {
  try {
    return inspect(value);
  } catch {
    return typeof value === "function"
      ? "[a function that cannot be shown]"
      : "[an object that cannot be shown]";
  }
}

/** What a stack begins with: what the error's own `toString` would say. */
function header(error: Error): string {
  const { name, message } = nameAndMessage(error);
  return message === "" ? name : `${name}: ${message}`;
}

function stackOf(error: Error): string {
  try {
    return typeof error.stack === "string" ? error.stack : "";
  } catch {
    return "";
  }
}

/** V8 calls a cell's functions by where they are stored. */
function readable(name: string | undefined): string | undefined {
  const plain = name
    ?.replace(/^async /, "")
    .replace(/^Object\./, "")
    .replace(`${runtime.scope}.`, "")
    .replace(/ \[as .*\]$/, "");
  return plain === undefined || plain === "" || plain === "<anonymous>" || plain === "eval"
    ? undefined
    : plain;
}
