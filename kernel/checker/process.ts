/** The kernel's side of the checker: starts its process, asks it one question after the other. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Question, Questions } from "./messages";
import { placesFor } from "./places";
import { checkerArguments } from "./snapshot";

interface Waiting {
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
}

export class CheckerProcess {
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, Waiting>();
  private asked = 0;
  private ended = false;

  constructor(folder: string, args: readonly string[] = checkerArguments()) {
    this.child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"], detached: true });
    if (this.child.stdout) {
      createInterface({ input: this.child.stdout }).on("line", (line) => this.receive(line));
    }
    this.child.stdin?.on("error", () => undefined);
    this.child.on("exit", () => {
      this.ended = true;
      for (const { reject } of this.waiting.values()) reject(new Error("The type checker ended."));
      this.waiting.clear();
    });
    void this.send("start", placesFor(folder)).catch(() => undefined);
  }

  get alive(): boolean {
    return !this.ended;
  }

  ask<Q extends Question>(question: Q, parameter: Questions[Q][0]): Promise<Questions[Q][1]> {
    return this.send(question, parameter) as Promise<Questions[Q][1]>;
  }

  close(): void {
    this.child.kill("SIGKILL");
  }

  private send(question: string, parameter: unknown): Promise<unknown> {
    const id = ++this.asked;
    return new Promise((resolve, reject) => {
      if (this.ended) {
        reject(new Error("The type checker ended."));
        return;
      }
      this.waiting.set(id, { resolve, reject });
      this.child.stdin?.write(`${JSON.stringify({ id, question, parameter })}\n`);
    });
  }

  private receive(line: string): void {
    const { id, result, error } = JSON.parse(line) as { id: number; result?: unknown; error?: string };
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(`The type checker failed on this cell.\n${error}`));
  }
}
