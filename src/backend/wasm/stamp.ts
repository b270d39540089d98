/** Which sources in assembly/ this driver belongs to. Written by the build; a module made from others is refused. */
export const STAMP = "5ff5f75077f1";
