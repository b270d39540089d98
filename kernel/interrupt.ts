/** How a cell is stopped: by asking, then by ending what its thread executes, at last by ending its process. */
import type { ExecutorProcess } from "./executor/process";

export interface Target {
  readonly executor: ExecutorProcess;
  /** The cell that runs, if one does; without one it may still be a timer's callback that never ends. */
  readonly cell: number | undefined;
  /** The last cell that was begun. */
  readonly latest: number;
  isRunning(): boolean;
  /** Whether the process is still the one that runs cells. */
  isHere(): boolean;
  /** The question that the cell waits with. */
  asking(): number | undefined;
}

const graceMs = 30;
/** A stalled machine may keep an answer back for seconds, and ending the process costs every variable. */
const patienceMs = 10_000;

/** Resolves when the cell has ended and the process's event loop turns, or the process had to go. */
export async function interrupt(target: Target): Promise<void> {
  try {
    await stop(target);
  } finally {
    // What earlier cells have under way, such as sliders, goes on.
    target.executor.release();
  }
}

async function stop(target: Target): Promise<void> {
  const { executor, cell, latest } = target;
  // Said again each time: force may have struck the code that was reading it.
  const request = (): Promise<void> => {
    const ask = target.asking();
    if (ask !== undefined) executor.answerInput({ ask, interrupted: true });
    if (cell !== undefined && target.isRunning()) {
      executor.stop(cell);
      executor.send({ type: "interrupt", cell });
    }
    return executor.ping();
  };
  let turns = 0;
  let since: number | undefined;
  for (let tries = 0; target.isHere(); tries++) {
    const before = turns;
    // One answer may come from the midst of a turn that then never ends; a second one cannot.
    void request()
      .then(request)
      .then(() => turns++);
    // The cell may have ended while a loop of its promises runs on; and a termination that found nothing to end
    // strikes whatever runs next, which must not be the next cell.
    const isOver = (): boolean =>
      !target.isHere() || (turns > before && !target.isRunning() && !executor.terminating);
    // Force comes ever later: it may strike the very code that was about to answer.
    const patience = Math.min(graceMs * 2 ** tries, 1000);
    await until(isOver, patience);
    if (isOver()) return;
    if (!executor.ready) {
      tries = -1; // A process that is still starting would not survive it.
      continue;
    }
    since ??= Date.now();
    // One that the cell waits for (`execSync`) blocks the thread outside of JavaScript.
    if (tries === 1) executor.interruptGroup();
    if (Date.now() - since > patienceMs) executor.kill();
    if (turns > before) continue;
    // A loop of promises that an earlier cell has left running may keep all others from their turn, and survive.
    if (tries > 1) executor.stopUpTo(latest);
    executor.terminate();
    // Where nothing runs any more, something must, or the next request would be what is ended.
    void executor.ping();
    await until(() => !target.isHere() || !executor.terminating, patience);
  }
}

async function until(condition: () => boolean, ms: number): Promise<void> {
  for (const end = Date.now() + ms; !condition() && Date.now() < end;)
    await new Promise((resolve) => setTimeout(resolve, 2));
}
