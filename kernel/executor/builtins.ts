/**
 * The world's built-in functions as the engine made them. Node's own code trusts some of them, `util.inspect` for one:
 * what is shown of a cell's values is found out with the originals in their places, whatever cells have put there.
 */
import vm from "node:vm";
import { world } from "./world";

interface Builtin {
  holder: object;
  key: PropertyKey;
  descriptor: PropertyDescriptor;
}

const names = [
  ...[
    "Array",
    "Object",
    "String",
    "Number",
    "Boolean",
    "BigInt",
    "Symbol",
    "Function",
    "RegExp",
    "Date",
    "Error",
  ],
  ...[
    "Promise",
    "Map",
    "Set",
    "WeakMap",
    "WeakSet",
    "WeakRef",
    "ArrayBuffer",
    "DataView",
    "Buffer",
    "JSON",
    "Math",
  ],
  ...[
    "Reflect",
    "Proxy",
    "AggregateError",
    "TypeError",
    "RangeError",
    "SyntaxError",
    "Int8Array",
    "Uint8Array",
  ],
  ...[
    "Uint8ClampedArray",
    "Int16Array",
    "Uint16Array",
    "Int32Array",
    "Uint32Array",
    "Float32Array",
    "Float64Array",
  ],
  ...["BigInt64Array", "BigUint64Array", "SharedArrayBuffer", "Atomics"],
];

/** The constructors and namespaces, their prototypes, and what has no name of its own. */
function holders(): object[] {
  const named = names.map((name) => (world as unknown as Record<string, object>)[name]);
  const prototypes = named.map((holder) => (holder as { prototype?: object }).prototype);
  const iterators = [new world.Array(), new world.Map(), new world.Set(), new world.String("")].map((list) =>
    prototypeOf(list[Symbol.iterator]()),
  );
  const typedArray = prototypeOf(world.Uint8Array);
  const kinds = new vm.Script("[function* () {}, async () => {}, async function* () {}]").runInThisContext();
  const functions = (kinds as object[]).map(prototypeOf);
  return [
    ...new Set([
      ...named,
      ...prototypes.filter((prototype) => prototype !== undefined),
      ...iterators,
      ...iterators.map(prototypeOf),
      typedArray,
      (typedArray as { prototype: object }).prototype,
      ...functions,
      ...functions
        .map((kind) => (kind as { prototype?: object }).prototype)
        .filter((kind) => kind !== undefined),
    ]),
  ];
}

function prototypeOf(value: object): object {
  return Object.getPrototypeOf(value) as object;
}

const builtins: Builtin[] = holders().flatMap((holder) =>
  Reflect.ownKeys(holder).flatMap((key) => {
    const descriptor = Object.getOwnPropertyDescriptor(holder, key);
    return descriptor?.configurable === true && typeof descriptor.value === "function"
      ? [{ holder, key, descriptor }]
      : [];
  }),
);

/** What `action` gives when it sees the built-in functions as they were; cells see theirs again afterwards. */
export function withBuiltins<T>(action: () => T): T {
  const replaced = builtins.filter(
    ({ holder, key, descriptor }) => Reflect.get(holder, key) !== descriptor.value,
  );
  if (replaced.length === 0) return action();
  const cells = replaced.map(({ holder, key }) => Object.getOwnPropertyDescriptor(holder, key));
  for (const { holder, key, descriptor } of replaced) Reflect.defineProperty(holder, key, descriptor);
  try {
    return action();
  } finally {
    replaced.forEach(({ holder, key }, i) => {
      const own = cells[i];
      if (own) Reflect.defineProperty(holder, key, own);
      else Reflect.deleteProperty(holder, key);
    });
  }
}

/**
 * Node keeps what is under way in a list of the world's kind, and takes from it by `list.pop()` after every callback:
 * a cell's own `pop` would be called there for ever. So that one list gets a `pop` of its own, as soon as it is seen.
 */
export function guardNodesList(): void {
  const { prototype } = world.Array;
  const descriptor = Object.getOwnPropertyDescriptor(prototype, "pop");
  if (!descriptor?.writable) return;
  const pop = descriptor.value as (this: unknown) => unknown;
  let isNext = false;
  Reflect.defineProperty(prototype, "pop", {
    ...descriptor,
    value: function (this: object): unknown {
      if (isNext) {
        Reflect.defineProperty(this, "pop", { ...descriptor, writable: false, configurable: false });
        Reflect.defineProperty(prototype, "pop", descriptor);
      }
      return Reflect.apply(pop, this, []);
    },
  });
  // What is taken next is this callback.
  process.nextTick(() => (isNext = true));
}
