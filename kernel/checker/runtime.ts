/** Names under which the executor hands its parts to a cell's code. */
export const runtime = {
  scope: "__scope",
  here: "__here",
  hold: "__hold",
  resume: "__resume",
  import: "__import",
  meta: "__meta",
} as const;

/** Before the name of a package that a local module imports: its compiled code asks for it by `require`. */
export const importMark = "import:";
