/** Nothing came in the time that was given. */
export class TimeoutError extends Error {
  override name = "TimeoutError";
}

/** @throws TimeoutError with that message where `work` takes longer. */
export function withTimeout<T>(work: Promise<T>, milliseconds: number, message: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new TimeoutError(message)), milliseconds);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
