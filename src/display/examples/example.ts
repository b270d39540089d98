import type { Figure } from "../figure.js";

/** A figure's example: gallery entry, snapshot test and documentation in one. */
export interface Example {
  /** Kebab-case and unique: the snapshot's file name. */
  readonly name: string;
  readonly title: string;
  /** What to see, in a sentence or two. */
  readonly text: string;
  readonly make: () => Figure<unknown>;
}
