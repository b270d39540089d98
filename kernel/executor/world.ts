/**
 * The cells' world, seen from outside. The executor's own code runs in a realm of its own (see main.ts), with an
 * `Array`, a `Promise` and a `JSON` that no cell can reach: a cell that replaces `Array.prototype.map` changes its own
 * world, and the code that has to run and stop cells goes on.
 *
 * Three rules follow for the executor's code. What a cell is to see (a promise, an error, an object to inspect) is
 * made with the world's constructors. A value that comes from a cell is read without calling its methods: by
 * `Reflect.apply` of the realm's own, by index, or by Node's functions, which do not trust prototypes either. A
 * cell's promise is waited for by `settled`.
 */
import { types } from "node:util";
import vm from "node:vm";

/** The global object of the cells. Outside of the executor, in tests, it is the only one there is. */
export const world: typeof globalThis = (globalThis as { world?: typeof globalThis }).world ?? globalThis;

type Adopt = (value: unknown, done: (value: unknown) => void, fail: (error: unknown) => void) => void;

/** An `await` in the cells' world looks up no `then` of a promise of that world, whatever a cell has made of it. */
const adopt = new vm.Script(
  `(async (value, done, fail) => {
    let result;
    try { result = await value; } catch (error) { fail(error); return; }
    done(result);
  })`,
).runInThisContext() as Adopt;

/** What a value that a cell gave, perhaps a promise, comes to. */
export function settled(value: unknown): Promise<unknown> {
  return new Promise((done, fail) => {
    adopt(value, done, fail);
  });
}

/** Errors of either realm. */
export function isError(value: unknown): value is Error {
  return (
    types.isNativeError(value) ||
    // An error's heir without the engine's mark.
    (value !== null && typeof value === "object" && isHeirOfError(value))
  );
}

const worldsError: unknown = world.Error.prototype;

function isHeirOfError(value: object): boolean {
  try {
    for (
      let at = Object.getPrototypeOf(value) as object | null;
      at;
      at = Object.getPrototypeOf(at) as object | null
    )
      if (at === worldsError || at === Error.prototype) return true;
  } catch {
    // A proxy may refuse to say.
  }
  return false;
}

/** An object without a class of its own: a literal, or one without a prototype. */
export function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
