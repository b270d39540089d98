/** The names of what a value has, found without running any code of a cell: no getter, no trap of a proxy. */
import { types } from "node:util";
import type { CompletionItem } from "../checker/messages";
import { world } from "./world";

const { getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;
const { isProxy, isTypedArray } = types;
const { isArray } = Array;
// A string's or a number's members are those of the cells' world.
const asObject = world.Object;
const objects = world.Object.prototype;

/** A reader looks through no more. */
const most = 1000;

/** Members of the value that `path` leads to, from a name in `scope` on; none where a getter or proxy is on the way. */
export function membersOf(scope: object, path: readonly string[]): CompletionItem[] {
  try {
    let value: unknown = scope;
    for (const name of path) {
      const found = property(value, name);
      if (!found || !("value" in found)) return [];
      value = found.value;
    }
    return list(value);
  } catch {
    // A module's name that has no value yet throws, however it is read.
    return [];
  }
}

function list(value: unknown): CompletionItem[] {
  const items = new Map<string, CompletionItem>();
  for (let holder = holderOf(value); holder && items.size < most; holder = getPrototypeOf(holder)) {
    // What every object has, an object's own members would drown in.
    if (isProxy(holder) || (holder === objects && items.size > 0)) break;
    // The elements of an array have no names, and may be millions.
    if (isTypedArray(holder) || (isArray(holder) && holder.length > most)) continue;
    for (const key of ownKeys(holder)) {
      if (typeof key !== "string" || items.has(key) || !/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key))
        continue;
      const found = getOwnPropertyDescriptor(holder, key);
      items.set(key, { text: key, kind: typeof found?.value === "function" ? "method" : "property" });
      if (items.size === most) break;
    }
  }
  return [...items.values()];
}

function property(value: unknown, name: string): PropertyDescriptor | undefined {
  for (let holder = holderOf(value); holder && !isProxy(holder); holder = getPrototypeOf(holder)) {
    const found = getOwnPropertyDescriptor(holder, name);
    if (found) return found;
  }
  return undefined;
}

function holderOf(value: unknown): object | null {
  return value === undefined || value === null ? null : (asObject(value) as object);
}
