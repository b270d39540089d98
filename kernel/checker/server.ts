/** The process that checks cells: one question a line on standard input, one answer a line on standard output. */
import { Checker } from "./checker";
import type { Question, Questions } from "./messages";
import type { Places } from "./workspace";

interface Request {
  id: number;
  question: Question | "start";
  parameter: unknown;
}

type Answers = { [Q in Question]: (parameter: Questions[Q][0]) => Questions[Q][1] };

export function serve(warm?: Checker): void {
  let checker: Checker | undefined;
  const answers: Answers = {
    compile: ({ source }) => opened().compile(source),
    commit: ({ assigned }) => {
      opened().commit(assigned);
      return null;
    },
    reset: () => {
      opened().reset();
      return null;
    },
    complete: ({ source, offset }) => opened().complete(source, offset),
    inspect: ({ source, offset }) => opened().inspect(source, offset),
    isComplete: ({ source }) => opened().isComplete(source),
  };
  const opened = (): Checker => {
    if (!checker) throw new Error("The checker has not been started.");
    return checker;
  };
  const answer = (line: string): void => {
    const { id, question, parameter } = JSON.parse(line) as Request;
    let reply: object;
    try {
      if (question === "start") {
        checker = new Checker(parameter as Places, warm);
        reply = { id, result: null };
      } else {
        const ask = answers[question] as (parameter: unknown) => unknown;
        reply = { id, result: ask(parameter) };
      }
    } catch (error) {
      checker?.recover();
      reply = { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
    process.stdout.write(`${JSON.stringify(reply)}\n`);
  };
  let rest = "";
  process.stdin.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(answer);
  });
}
