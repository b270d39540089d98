import type ts from "@tslab/typescript-for-tslab";
import type { Inspection } from "./messages";
import { type BoundSourceFile, internals, neverCancelled, typescript } from "./typescript";

/** Type and documentation of the name at `offset`, or of the one that just ended there. */
export function inspectionAt(program: ts.Program, file: BoundSourceFile, offset: number): Inspection | null {
  const checker = program.getTypeChecker();
  for (const position of [offset, offset - 1]) {
    if (position < 0) continue;
    const info = internals.getQuickInfoAtPosition(file, checker, neverCancelled, position);
    if (!info) continue;
    const signature = typescript.displayPartsToString(info.displayParts);
    // A name that nothing declares is "any", of no kind.
    if (signature === "" || (signature === "any" && info.kind === typescript.ScriptElementKind.unknown))
      continue;
    return {
      signature,
      documentation: typescript.displayPartsToString(info.documentation),
      tags: (info.tags ?? []).map((tag) => ({
        name: tag.name,
        text: typescript.displayPartsToString(tag.text),
      })),
    };
  }
  return null;
}
