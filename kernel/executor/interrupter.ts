/**
 * A thread beside the one that runs cells. It sleeps on a pipe and answers there what it has done. It marks cells that
 * are to stop where their awaits see it, or ends whatever the other thread is executing, even a loop that never
 * returns to its event loop. When the kernel goes away, so does the process.
 */
import { Session } from "node:inspector";
import { Socket } from "node:net";
import { workerData } from "node:worker_threads";
import { interrupts, pipes } from "./messages";

const marks = workerData as Int32Array;
const pipe = new Socket({ fd: pipes.interrupts, readable: true, writable: true });

function terminate(): void {
  // Connected no longer than needed: a process with a debugger attached waits for it when it ends.
  const session = new Session();
  session.connectToMainThread();
  // It answers when something has been ended.
  session.post("Runtime.terminateExecution", () => {
    session.disconnect();
    pipe.write("!");
  });
}

let rest = Buffer.alloc(0);
pipe.on("data", (chunk: Buffer) => {
  let heard = Buffer.concat([rest, chunk]);
  for (; heard.length >= 4; heard = heard.subarray(4)) {
    const order = heard.readInt32LE();
    if (order === interrupts.terminate) terminate();
    else if (order === interrupts.release) Atomics.store(marks, 1, -1);
    else if (order > 0) Atomics.store(marks, 0, order);
    else Atomics.store(marks, 1, -order);
  }
  rest = heard;
});
pipe.on("close", () => {
  process.kill(process.pid, "SIGKILL");
});
