/**
 * The kernel's side of the checker: starts its process, asks it one question after the other. A checker that dies is
 * started anew and told the cells that have run, so that nobody notices.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { pipes, type Question, type Questions } from "./messages";
import { placesFor } from "./places";
import { checkerArguments, checkerEnvironment, forgetSnapshot, type Start } from "./snapshot";

interface Waiting {
  question: string;
  parameter: unknown;
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
  /** It was asked when a checker died: perhaps it is what killed it. */
  suspect: boolean;
}

/** Milliseconds after which the checker is told what a cell has assigned, unless it is asked something before. */
const commitDelay = 10;

export class CheckerProcess {
  private child: ChildProcess;
  private readonly waiting = new Map<number, Waiting>();
  private asked = 0;
  /** Questions that are not yet on their way. */
  private unsent = "";
  private timer: NodeJS.Timeout | undefined;
  private closed = false;
  /** Cells that have run, in order: what a new process has to be told. */
  private committed: { source: string; assigned: string[] | "all" }[] = [];
  private source = "";
  /** The snapshot that this process has started from. */
  private blob: string | undefined;
  /** Has this process answered anything? One that has not will not the next time either. */
  private proven = false;

  constructor(
    private readonly folder: string,
    private readonly how: (snapshot: boolean) => Start = checkerArguments,
  ) {
    this.child = this.start();
  }

  ask<Q extends Question>(question: Q, parameter: Questions[Q][0]): Promise<Questions[Q][1]> {
    if (question === "compile") this.source = (parameter as Questions["compile"][0]).source;
    if (question === "commit") {
      this.committed.push({ source: this.source, ...(parameter as Questions["commit"][0]) });
    }
    if (question === "reset") this.committed = [];
    return this.send(question, parameter) as Promise<Questions[Q][1]>;
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.child.kill("SIGKILL");
  }

  private start(snapshot = true): ChildProcess {
    const { args, blob } = this.how(snapshot);
    this.blob = blob;
    this.unsent = "";
    const child = spawn(process.execPath, args, {
      env: checkerEnvironment(),
      stdio: ["ignore", "ignore", "inherit", "pipe", "pipe"],
      detached: true,
    });
    this.child = child;
    createInterface({ input: child.stdio[pipes.answers] as Readable }).on("line", (line) =>
      this.receive(line),
    );
    this.questions.on("error", () => undefined);
    child.on("error", () => this.ended(child));
    child.on("exit", () => this.ended(child));
    void this.send("start", placesFor(this.folder)).catch(() => undefined);
    return child;
  }

  private get questions(): Writable {
    return this.child.stdio[pipes.questions] as Writable;
  }

  private ended(child: ChildProcess): void {
    if (this.closed || child !== this.child) return;
    const unanswered = [...this.waiting.values()].filter(({ question }) => question !== "start");
    this.waiting.clear();
    const error = new Error("The type checker has ended.");
    const { blob } = this;
    if (!this.proven && blob === undefined) {
      this.closed = true;
      for (const { reject } of unanswered) reject(error);
      return;
    }
    if (!this.proven && blob !== undefined) {
      // It does not fit this machine or is damaged. Nobody is at fault for asking.
      forgetSnapshot(blob);
      this.start(false);
      for (const { question, parameter, resolve, reject } of unanswered)
        this.send(question, parameter).then(resolve, reject);
      return;
    }
    this.proven = false;
    this.start();
    const { committed } = this;
    for (const { source, assigned } of committed) {
      for (const [question, parameter] of [
        ["compile", { source }],
        ["commit", { assigned }],
      ] as const)
        // prettier-ignore
        void this.send(question, parameter).catch(() => undefined);
    }
    for (const waiting of unanswered) {
      if (waiting.suspect) waiting.reject(error);
      else this.send(waiting.question, waiting.parameter, true).then(waiting.resolve, waiting.reject);
    }
  }

  private send(question: string, parameter: unknown, suspect = false): Promise<unknown> {
    const id = ++this.asked;
    return new Promise((resolve, reject) => {
      if (this.closed) {
        reject(new Error("The type checker has ended."));
        return;
      }
      this.waiting.set(id, { question, parameter, resolve, reject, suspect });
      this.unsent += `${JSON.stringify({ id, question, parameter })}\n`;
      // What a cell has assigned is needed for the next question and not before: the reader's answer goes first.
      if (question === "commit") this.timer ??= setTimeout(() => this.write(), commitDelay);
      else this.write();
    });
  }

  private write(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.unsent !== "") this.questions.write(this.unsent);
    this.unsent = "";
  }

  private receive(line: string): void {
    const answer = parseAnswer(line);
    if (!answer) {
      console.error(`convlab: the type checker said what is no answer: ${line.slice(0, 200)}`);
      return;
    }
    this.proven = true;
    const waiting = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if (answer.error === undefined) waiting?.resolve(answer.result);
    else waiting?.reject(new Error(`The type checker failed on this cell.\n${answer.error}`));
  }
}

interface Answer {
  id: number;
  result?: unknown;
  error?: string;
}

function parseAnswer(line: string): Answer | undefined {
  try {
    const answer = JSON.parse(line) as Partial<Answer> | null;
    return typeof answer?.id === "number" ? (answer as Answer) : undefined;
  } catch {
    return undefined;
  }
}
