/** One call of the command: how it is interrupted and what it will exit with. */
export class Session {
  readonly #controller = new AbortController();
  #exitCode = 0;

  /** Aborted when the user presses Ctrl-C or the process is asked to end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get exitCode(): number {
    return this.#exitCode;
  }

  /** Takes note of an exit code; the highest one counts. */
  fail(exitCode: number): void {
    this.#exitCode = Math.max(this.#exitCode, exitCode);
  }

  /** For a command that runs until it is interrupted: being interrupted is how it succeeds. */
  endCleanly(): void {
    this.#exitCode = 0;
  }

  /** Lets the first SIGINT or SIGTERM end the work in an orderly way, and a second one at once. */
  listen(): void {
    const codes = { SIGINT: 130, SIGTERM: 143 } as const;
    for (const name of ["SIGINT", "SIGTERM"] as const) {
      process.on(name, () => {
        if (this.signal.aborted) process.exit(codes[name]);
        this.#exitCode = codes[name];
        this.#controller.abort();
      });
    }
  }
}
