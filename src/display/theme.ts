/**
 * Colours by role, light and dark, as CSS custom properties.
 *
 * A page's own theme wins over the system's: JupyterLab and the lab (`data-jp-theme-light`), Jupyter Book
 * (`data-theme`), VS Code (`.vscode-dark`). Input is always blue, output orange, kernel green, from the
 * Okabe–Ito colours, which colour-blind readers tell apart.
 */
const roles = {
  surface: ["#ffffff", "#14171c"],
  raised: ["#f4f5f7", "#20252d"],
  ink: ["#1d2228", "#e8eaed"],
  muted: ["#5c6570", "#a3acb8"],
  line: ["#c9ced6", "#444c58"],
  input: ["#d6e8f8", "#17395a"],
  "input-strong": ["#0062a8", "#6db8f2"],
  output: ["#ffe6c2", "#583806"],
  "output-strong": ["#a85400", "#f5b04e"],
  kernel: ["#d3efe4", "#0d4032"],
  "kernel-strong": ["#00704f", "#4fd0a4"],
  accent: ["#8a2f7f", "#dd92d4"],
  warning: ["#b3261e", "#ff8a80"],
} as const;

/** The roles a figure may colour with: `f-<role>` fills, `s-<role>` strokes. */
export type Role = keyof typeof roles;

/** `auto` follows the page; the others are fixed, for pictures that leave it. */
export type Theme = "auto" | "light" | "dark";

const names = Object.keys(roles) as Role[];
const fonts =
  "var(--jp-ui-font-family,system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue','Noto Sans',Arial,sans-serif)";
const plainFonts = "system-ui,'Segoe UI',Roboto,'Helvetica Neue','Noto Sans','DejaVu Sans',Arial,sans-serif";

function variables(index: 0 | 1): string {
  return names.map((name) => `--cl-${name}:${roles[name][index]}`).join(";");
}

/** The style sheet of a picture in a theme. */
export function styleSheet(theme: Theme): string {
  const paint = (name: Role): string =>
    theme === "auto" ? `var(--cl-${name},${roles[name][0]})` : roles[name][theme === "light" ? 0 : 1];
  const rules = names.map(
    (name) => `.convlab .f-${name}{fill:${paint(name)}}.convlab .s-${name}{stroke:${paint(name)}}`,
  );
  rules.push(
    `.convlab text{font-family:${theme === "auto" ? fonts : plainFonts};font-variant-numeric:tabular-nums}`,
  );
  if (theme !== "auto") return rules.join("");
  const light = variables(0);
  const dark = variables(1);
  return [
    `.convlab{${light}}`,
    `@media (prefers-color-scheme:dark){.convlab{${dark}}}`,
    `[data-jp-theme-light="true"] .convlab,[data-theme="light"] .convlab,.vscode-light .convlab{${light}}`,
    `[data-jp-theme-light="false"] .convlab,[data-theme="dark"] .convlab,.vscode-dark .convlab{${dark}}`,
    `@media print{.convlab.convlab{${light}}}`,
    ...rules,
  ].join("");
}

/** The style of the controls that the page's script adds under a picture. */
export const controlStyle: string = [
  ".convlab{display:block;position:relative;max-width:860px;margin:4px 0;color:var(--cl-ink)}",
  ".convlab>svg{display:block;width:100%;height:auto;border-radius:8px;outline-offset:2px}",
  ".convlab :focus-visible,.convlab:focus-visible{outline:3px solid var(--cl-input-strong);outline-offset:2px}",
  `.convlab .cl-bar{display:flex;flex-wrap:wrap;align-items:center;gap:6px 14px;padding:6px 2px;font:13px/1.4 ${fonts}}`,
  ".convlab .cl-set{display:inline-flex;align-items:center;gap:6px;border:0;margin:0;padding:0}",
  ".convlab .cl-set[hidden]{display:none}.convlab .cl-label{white-space:nowrap}",
  ".convlab .cl-wide{flex:1 1 260px}.convlab .cl-wide input{flex:1;min-width:90px}",
  // Four sliders stand in one line of a notebook's cell.
  ".convlab .cl-short{flex:1 1 150px;max-width:240px}.convlab .cl-short input{flex:1;width:60px;min-width:60px}.convlab .cl-set.cl-short output{min-width:2.4em}",
  ".convlab button,.convlab select{font:inherit;color:var(--cl-ink);background:var(--cl-raised);border:1px solid var(--cl-line);border-radius:6px;padding:3px 9px;min-width:34px;min-height:28px;cursor:pointer}",
  ".convlab button:hover,.convlab select:hover{border-color:var(--cl-input-strong)}",
  ".convlab button[aria-pressed=true]{background:var(--cl-input);border-color:var(--cl-input-strong)}",
  ".convlab input{accent-color:var(--cl-input-strong)}",
  ".convlab output{min-width:4.5em;color:var(--cl-muted)}",
  ".convlab .cl-tip{position:absolute;z-index:9;pointer-events:none;max-width:280px;padding:3px 8px;border-radius:6px;background:var(--cl-ink);color:var(--cl-surface);font:12px/1.4 system-ui,sans-serif;white-space:pre-line}",
  ".convlab .cl-status{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}",
  ".convlab [data-click]{cursor:pointer}",
].join("");
