/**
 * The process that checks cells: one question a line by one pipe, one answer a line by another. Standard output is
 * not among them: whatever is made to run in every Node process may write there.
 */
import { readSync, writeSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { Checker } from "./checker";
import { pipes, type Question, type Questions } from "./messages";
import type { Places } from "./places";

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
    const request = parseRequest(line);
    if (!request) return;
    const { id, question, parameter } = request;
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
    write(`${JSON.stringify(reply)}\n`);
  };
  // The process has nothing else to do, so it waits in `readSync`: Node's streams would hand each question from thread
  // to thread.
  const chunk = Buffer.alloc(65_536);
  const decoder = new StringDecoder("utf8");
  let rest = "";
  for (;;) {
    const lines = (rest + decoder.write(read(chunk))).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(answer);
  }
}

/** The next bytes of questions. Where there are no more, the kernel has gone, and with it all need for a checker. */
function read(chunk: Buffer): Buffer {
  try {
    const count = readSync(pipes.questions, chunk);
    if (count > 0) return chunk.subarray(0, count);
  } catch {
    // As at the end.
  }
  process.exit(0);
}

function parseRequest(line: string): Request | undefined {
  try {
    const request = JSON.parse(line) as Partial<Request> | null;
    if (typeof request?.id === "number" && typeof request.question === "string") return request as Request;
  } catch {
    // Said below.
  }
  console.error(`convlab's checker passes over what is no question: ${line.slice(0, 200)}`);
  return undefined;
}

function write(text: string): void {
  const bytes = Buffer.from(text);
  try {
    for (let written = 0; written < bytes.length;) written += writeSync(pipes.answers, bytes, written);
  } catch {
    process.exit(0); // Nobody listens any more.
  }
}
