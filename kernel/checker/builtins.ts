/**
 * What JavaScript's library has on the Node that runs. A process that makes a start-up snapshot has less of it than
 * any other (no `toSorted` in Node 20), so it is told what this one has.
 */

/** By the path to an object, such as `Array.prototype`, its properties; symbols as `@@iterator`. */
export type Builtins = Readonly<Record<string, readonly string[]>>;

export function builtinsOfThisNode(): Builtins {
  const found: Record<string, string[]> = { globalThis: Object.getOwnPropertyNames(globalThis) };
  const note = (path: string, object: object): void => void (found[path] = namesOf(object));
  const noteMembers = (path: string, holder: object): void => {
    for (const name of Object.getOwnPropertyNames(holder)) {
      // Node's own globals are got by getters, some of which load a module.
      const value = Object.getOwnPropertyDescriptor(holder, name)?.value as unknown;
      if (typeof value === "function") {
        note(path + name, value);
        if (isObject(value.prototype)) note(`${path}${name}.prototype`, value.prototype);
      } else if (isObject(value) && /^[A-Z]/.test(name)) note(path + name, value);
    }
  };
  noteMembers("", globalThis);
  noteMembers("Intl.", Intl);
  note("Iterator.prototype", aboveAll([].values()));
  note("AsyncIterator.prototype", aboveAll((async function* () {})()));
  return found;
}

/** Own and inherited ones, but not what every object has. */
function namesOf(object: object): string[] {
  const names = new Set<string>();
  for (let holder: object | null = object; holder && !isRoot(holder); holder = above(holder)) {
    for (const key of Reflect.ownKeys(holder)) {
      names.add(
        typeof key === "string" ? key : (key.description ?? "").replace(/^(?:Symbol|nodejs)\./, "@@"),
      );
    }
  }
  return [...names];
}

/** The prototype that all iterators share. */
function aboveAll(iterator: object): object {
  let found = iterator;
  for (let next = above(found); next && !isRoot(next); next = above(next)) found = next;
  return found;
}

function above(object: object): object | null {
  return Object.getPrototypeOf(object) as object | null;
}

function isRoot(object: object): boolean {
  return object === Object.prototype || object === Function.prototype;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
