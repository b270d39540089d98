/**
 * A thread beside the one that runs cells. It sleeps on a pipe; a byte there ends whatever the other thread is
 * executing, even a loop that never returns to its event loop. When the kernel goes away, so does the process.
 */
import { Session } from "node:inspector";
import { Socket } from "node:net";
import { pipes } from "./messages";

const pipe = new Socket({ fd: pipes.interrupts, readable: true, writable: true });
pipe.on("data", () => {
  // Connected no longer than needed: a process with a debugger attached waits for it when it ends.
  const session = new Session();
  session.connectToMainThread();
  // It answers when something has been ended.
  session.post("Runtime.terminateExecution", () => {
    session.disconnect();
    pipe.write("!");
  });
});
pipe.on("close", () => {
  process.kill(process.pid, "SIGKILL");
});
