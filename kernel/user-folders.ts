/** Where a user's files are kept. There may be no such place: a container's user often has no home. */
import { homedir, userInfo } from "node:os";
import path from "node:path";

/** The user's home, as the environment or else the system says; undefined where neither knows one. */
export function homeFolder(): string | undefined {
  for (const find of [homedir, () => userInfo().homedir]) {
    try {
      const folder = find();
      // `HOME=` would mean the folder that happens to be the current one.
      if (path.isAbsolute(folder)) return folder;
    } catch {
      // The system does not know the user.
    }
  }
  return undefined;
}

/**
 * The folder that a variable names, or else one in the user's home; undefined where there is neither.
 * Source: XDG Base Directory Specification, by which empty and relative values do not count.
 */
export function userFolder(given: string | undefined, ...inHome: string[]): string | undefined {
  if (given !== undefined && path.isAbsolute(given)) return given;
  const home = homeFolder();
  return home === undefined ? undefined : path.join(home, ...inHome);
}
