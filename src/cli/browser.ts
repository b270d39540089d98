import { spawn } from "node:child_process";

/** Opens an address in the user's browser where there is a desktop and someone at it; says nothing if it cannot. */
export function openBrowser(url: string): void {
  const { DISPLAY, WAYLAND_DISPLAY, SSH_CONNECTION, CI } = process.env;
  if (!process.stdout.isTTY || CI !== undefined) return;
  const opener = { darwin: "open", win32: "explorer" }[process.platform as string] ?? "xdg-open";
  const desktop =
    opener !== "xdg-open" || ((DISPLAY ?? WAYLAND_DISPLAY) !== undefined && SSH_CONNECTION === undefined);
  if (!desktop) return;
  const child = spawn(opener, [url], { stdio: "ignore", detached: true });
  child.on("error", () => undefined);
  child.unref();
}
