/** The form of every complaint: the operation, the argument, what was expected, what came. */
export function refusal(operation: string, argument: string, expected: string, came: unknown): Error {
  return complaint(operation, argument, expected, describe(came));
}

/** The same, where what came is said in words or as a formula with its numbers. */
export function complaint(operation: string, argument: string, expected: string, came: string): Error {
  return new Error(`${operation}: ${argument}: expected ${expected}, got ${came}`);
}

/** A value as a reader would write it, short enough for one line of an error. */
export function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return "a function";
  if (ArrayBuffer.isView(value)) return value.constructor.name;
  if (Array.isArray(value)) {
    const shown = value.slice(0, 8).map((item) => describe(item));
    return `[${shown.join(", ")}${value.length > 8 ? ", …" : ""}]`;
  }
  if (typeof value === "object" && value !== null) {
    const shape: unknown = (value as { shape?: unknown }).shape;
    if (Array.isArray(shape)) return `a tensor of shape ${describe(shape)}`;
    return `an object with keys ${describe(Object.keys(value))}`;
  }
  return String(value);
}

/** `value` if it is a whole number of at least `minimum`; otherwise throws. */
export function wholeNumber(operation: string, argument: string, value: unknown, minimum: number): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= minimum) return value;
  const kinds: Record<number, string> = { 0: "a whole number ≥ 0", 1: "a whole number ≥ 1" };
  const kind = kinds[minimum] ?? `a whole number ≥ ${minimum}`;
  const inexact = Number.isInteger(value) && !Number.isSafeInteger(value);
  throw refusal(operation, argument, inexact ? `${kind}, below 2⁵³` : kind, value);
}

/** `value` if it is a number that is neither infinite nor NaN, from `minimum` to `maximum`; otherwise throws. */
export function finiteNumber(
  operation: string,
  argument: string,
  value: unknown,
  minimum: number = -Infinity,
  maximum: number = Infinity,
): number {
  if (typeof value === "number" && Number.isFinite(value) && value >= minimum && value <= maximum)
    return value;
  const bounds = [minimum > -Infinity ? `≥ ${minimum}` : "", maximum < Infinity ? `≤ ${maximum}` : ""];
  const range = bounds.filter((bound) => bound !== "").join(" and ");
  throw refusal(operation, argument, `a finite number${range === "" ? "" : ` ${range}`}`, value);
}

/** `value` if it is true or false; otherwise throws: a text that says "false" would count as true. */
export function trueOrFalse(operation: string, argument: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw refusal(operation, argument, "true or false", value);
}

/** `value` as `[rows, columns]`: a single number stands for both. */
export function wholePair(
  operation: string,
  argument: string,
  value: unknown,
  minimum: number,
): [number, number] {
  if (typeof value === "number") {
    wholeNumber(operation, argument, value, minimum);
    return [value, value];
  }
  if (!Array.isArray(value) || value.length !== 2) {
    throw refusal(operation, argument, "a number or [height, width]", value);
  }
  const [rows, columns] = value as unknown[];
  return [
    wholeNumber(operation, `${argument}[0]`, rows, minimum),
    wholeNumber(operation, `${argument}[1]`, columns, minimum),
  ];
}

/** Throws if `fn` gave a promise: what it does after an await would run outside of what is set for it. */
export function refusePromise(operation: string, result: unknown): void {
  if (typeof (result as { then?: unknown } | null | undefined)?.then !== "function") return;
  throw complaint(operation, "fn", "a function that does not await", "a function that returns a promise");
}

/** `value` if it is one of `choices`; otherwise throws with the list of them. */
export function oneOf<T extends string>(
  operation: string,
  argument: string,
  value: unknown,
  choices: readonly T[],
): T {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw refusal(operation, argument, `one of ${choices.map((c) => `"${c}"`).join(", ")}`, value);
}

/** Throws if `options` has a key that the operation does not know: nothing is accepted and ignored. */
export function knownOptions(operation: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw refusal(operation, "options", `an object with ${list(known)}`, options);
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw refusal(operation, "options", `only ${list(known)}`, key);
    if ((options as Record<string, unknown>)[key] === null) throw refusal(operation, key, "a value", null);
  }
}

function list(names: readonly string[]): string {
  return names.length === 0 ? "no options" : names.join(", ");
}
