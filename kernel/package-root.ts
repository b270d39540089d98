import { existsSync } from "node:fs";
import path from "node:path";

/** convlab's own folder: the build puts some modules together into one file, so it is no fixed way up from here. */
export const packageRoot: string = above(__dirname);

/** Where the kernel's programs lie. */
export const programs: string = path.join(packageRoot, "dist", "kernel");

function above(folder: string): string {
  return existsSync(path.join(folder, "package.json")) ? folder : above(path.dirname(folder));
}
