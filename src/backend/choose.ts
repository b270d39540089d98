import { describe } from "../tensor/errors.js";
import { setAllocator } from "../tensor/storage.js";
import type { Backend } from "./backend.js";
import { reference } from "./reference.js";

/** Makes a backend, or returns `undefined` where this machine cannot run it. */
export type BackendFactory = () => Backend | undefined;

const factories = new Map<string, BackendFactory>([["reference", () => reference]]);
const made = new Map<string, Backend | undefined>();
let current: Backend | undefined;

/**
 * Offers a backend under `name`. The one offered last is the first choice; the reference is the last resort.
 *
 * @example
 * offerBackend("nowhere", () => undefined);
 * findBackend("nowhere") === undefined;
 * // → true
 */
export function offerBackend(name: string, factory: BackendFactory): void {
  factories.set(name, factory);
}

/**
 * The backend of that name, or `undefined` where this machine cannot run it.
 *
 * @example
 * findBackend("reference")?.name;
 * // → "reference"
 */
export function findBackend(name: string): Backend | undefined {
  if (!made.has(name)) made.set(name, factories.get(name)?.());
  return made.get(name);
}

/**
 * The names of all backends, first choice first.
 *
 * @example
 * backendNames().includes("reference");
 * // → true
 */
export function backendNames(): string[] {
  return [...factories.keys()].reverse();
}

/**
 * The backend that computes: the one `useBackend` or the environment variable `CONVLAB_BACKEND` named, otherwise
 * the first that this machine can run.
 *
 * @example
 * backendNames().includes(backend().name);
 * // → true
 */
export function backend(): Backend {
  if (current !== undefined) return current;
  const forced = process.env["CONVLAB_BACKEND"];
  if (forced !== undefined && forced !== "" && forced !== "auto") return named(forced, "CONVLAB_BACKEND");
  for (const name of backendNames()) {
    const found = findBackend(name);
    if (found !== undefined) return install(found);
  }
  return install(reference);
}

/**
 * Computes with the backend of that name from here on; `"auto"` chooses again. Tensors made before stay usable.
 *
 * Throws if there is no such backend or this machine cannot run it.
 *
 * @example
 * useBackend("reference").name;
 * // → "reference"
 */
export function useBackend(name: string): Backend {
  if (name === "auto") {
    current = undefined;
    return backend();
  }
  return named(name, "useBackend: name");
}

/** Installs the backend of that name, which `asker` wants. */
function named(name: string, asker: string): Backend {
  if (!factories.has(name)) {
    throw new Error(`${asker}: expected one of ${backendNames().join(", ")} or auto, got ${describe(name)}`);
  }
  const found = findBackend(name);
  if (found === undefined) throw new Error(`${asker}: this machine cannot run the backend "${name}"`);
  return install(found);
}

function install(next: Backend): Backend {
  current = next;
  setAllocator(next);
  return next;
}

// The first allocation chooses the backend, so that importing convlab costs nothing.
setAllocator({ allocate: (length, owned) => backend().allocate(length, owned) });
