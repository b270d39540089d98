/**
 * The cells' console. Node's own formats what it is given with functions that a cell may have replaced.
 */
import { withBuiltins } from "./builtins";
import { world } from "./world";

type Method = (...args: unknown[]) => unknown;

export function guardConsole(): void {
  const methods = world.console as unknown as Record<string, Method>;
  for (const name of Object.keys(methods)) {
    const original = methods[name];
    if (typeof original !== "function") continue;
    const guarded = {
      [name]: (...args: unknown[]): unknown => {
        const isSimple = args.every((arg) => typeof arg === "string" || typeof arg === "number");
        const write = (): unknown => Reflect.apply(original, world.console, args);
        return isSimple ? write() : withBuiltins(write);
      },
    };
    // Where it cannot be replaced (`--frozen-intrinsics`), what it relies on cannot be either.
    Reflect.set(methods, name, guarded[name]);
  }
}
