/**
 * The kernel's side of the checker: starts its process, asks it one question after the other. A checker that dies is
 * started anew and told the cells that have run, so that nobody notices.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Question, Questions } from "./messages";
import { placesFor } from "./places";
import { checkerArguments } from "./snapshot";

interface Waiting {
  question: string;
  parameter: unknown;
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
  /** It was asked when a checker died: perhaps it is what killed it. */
  suspect: boolean;
}

export class CheckerProcess {
  private child: ChildProcess;
  private readonly waiting = new Map<number, Waiting>();
  private asked = 0;
  private closed = false;
  /** Cells that have run, in order: what a new process has to be told. */
  private committed: { source: string; assigned: string[] | "all" }[] = [];
  private source = "";
  /** Has this process answered anything? One that has not will not the next time either. */
  private proven = false;

  constructor(
    private readonly folder: string,
    private readonly args: () => readonly string[] = checkerArguments,
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
    this.child.kill("SIGKILL");
  }

  private start(): ChildProcess {
    const child = spawn(process.execPath, this.args(), {
      env: {
        // glibc takes huge pages for the snapshot's copies: half the page faults, an eighth of the start's time.
        GLIBC_TUNABLES: "glibc.malloc.hugetlb=1",
        ...process.env,
        // Where it is set, Node reads some hundred certificates before it starts: a checker talks to nobody.
        NODE_EXTRA_CA_CERTS: undefined,
      },
      stdio: ["pipe", "pipe", "inherit"],
      detached: true,
    });
    this.child = child;
    if (child.stdout) createInterface({ input: child.stdout }).on("line", (line) => this.receive(line));
    child.stdin?.on("error", () => undefined);
    child.on("exit", () => this.ended());
    void this.send("start", placesFor(this.folder)).catch(() => undefined);
    return child;
  }

  private ended(): void {
    if (this.closed) return;
    const unanswered = [...this.waiting.values()].filter(({ question }) => question !== "start");
    this.waiting.clear();
    const error = new Error("The type checker has ended.");
    if (!this.proven) {
      this.closed = true;
      for (const { reject } of unanswered) reject(error);
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
      this.child.stdin?.write(`${JSON.stringify({ id, question, parameter })}\n`);
    });
  }

  private receive(line: string): void {
    const { id, result, error } = JSON.parse(line) as { id: number; result?: unknown; error?: string };
    this.proven = true;
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(`The type checker failed on this cell.\n${error}`));
  }
}
