import { InvalidArgumentError } from "commander";

function number(text: string, expected: string, valid: (value: number) => boolean): number {
  const value = Number(text);
  if (text.trim() === "" || !valid(value)) throw new InvalidArgumentError(`Expected ${expected}.`);
  return value;
}

/** A count of things: 1, 2, 3 … */
export function parseCount(text: string): number {
  return number(text, "a whole number of at least 1", (value) => Number.isSafeInteger(value) && value >= 1);
}

export function parseSeconds(text: string): number {
  // Node's timers hold at most 2³¹ − 1 milliseconds.
  return number(text, "a number of seconds above 0", (value) => value > 0 && value <= 2_000_000);
}

/** A TCP port; 0 lets the system choose one. */
export function parsePort(text: string): number {
  return number(
    text,
    "a port from 0 to 65535",
    (value) => Number.isInteger(value) && value >= 0 && value <= 65535,
  );
}
