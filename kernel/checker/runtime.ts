/** Names under which the executor hands its parts to a cell's code. */
export const runtime = {
  scope: "__scope",
  here: "__here",
  hold: "__hold",
  resume: "__resume",
  import: "__import",
  meta: "__meta",
} as const;
