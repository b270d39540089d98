/** Names under which the executor hands its parts to a cell's code: none that a reader would choose. */
export const runtime = {
  scope: "__convlab_scope",
  here: "__convlab_here",
  hold: "__convlab_hold",
  resume: "__convlab_resume",
  import: "__convlab_import",
  meta: "__convlab_meta",
} as const;

/** Before the name of a package that a local module imports: its compiled code asks for it by `require`. */
export const importMark = "import:";
