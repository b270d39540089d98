/**
 * A thread beside the one that runs cells. It hears what the kernel says and passes it on: the other thread may be
 * ended by force at any step, and a socket of its own would not survive that. It marks cells that are to stop where
 * their awaits see it, or ends whatever the other thread is executing, even a loop that never returns to its event
 * loop. When the kernel goes away, so does the process.
 */
import { Session } from "node:inspector";
import { Socket } from "node:net";
import { type MessagePort, workerData } from "node:worker_threads";
import { interrupts, pipes } from "./messages";

/** What the thread is started with. */
export interface InterrupterData {
  marks: Int32Array;
  commands: MessagePort;
}

const { marks, commands } = workerData as InterrupterData;

const heard = new Socket({ fd: pipes.commands, readable: true, writable: false });
// A copy of its own: what the socket gives is part of a larger buffer.
heard.on("data", (chunk: Buffer) => commands.postMessage(new Uint8Array(chunk)));

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

/** The cell is to stop, and with it, as in a terminal, the programs that it has started. */
function stop(cell: number): void {
  if (Atomics.exchange(marks, 0, cell) !== cell) process.kill(0, "SIGINT");
}

let rest = Buffer.alloc(0);
pipe.on("data", (chunk: Buffer) => {
  let orders = Buffer.concat([rest, chunk]);
  for (; orders.length >= 4; orders = orders.subarray(4)) {
    const order = orders.readInt32LE();
    if (order === interrupts.terminate) terminate();
    else if (order === interrupts.release) Atomics.store(marks, 1, -1);
    else if (order > 0) stop(order);
    else Atomics.store(marks, 1, -order);
  }
  rest = orders;
});
pipe.on("close", () => {
  process.kill(process.pid, "SIGKILL");
});
