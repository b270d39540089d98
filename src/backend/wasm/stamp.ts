/** Which sources in assembly/ this driver belongs to. Written by the build; a module made from others is refused. */
export const STAMP = "b9e3c86e66a8";
