/** The files of the program, read once: those of packages for good, the notebook's own until they are edited. */
import path from "node:path";
import type ts from "typescript";
import type { Builtins } from "./builtins";
import { withoutComments } from "./documentation";
import { standardOptions, target } from "./options";
import { asNodeHasIt } from "./standard-library";
import { type BoundSourceFile, internals, typescript } from "./typescript";

interface LocalFile {
  file: BoundSourceFile;
  changed: number;
}

export class SourceFiles {
  private readonly ofPackages: Map<string, BoundSourceFile>;
  private readonly own = new Map<string, LocalFile>();

  /**
   * What lies in the folder `packages` is read once, as all below a node_modules is; `warm` has read it. `onRead`
   * hears the text of every file of the notebook's own.
   */
  constructor(
    private readonly packages: string,
    private readonly library: string,
    private readonly builtins: () => Builtins,
    private readonly onRead: (text: string) => void,
    warm?: SourceFiles,
  ) {
    this.ofPackages = warm?.ofPackages ?? new Map<string, BoundSourceFile>();
  }

  read(name: string): BoundSourceFile | undefined {
    const known = this.ofPackages.get(name) ?? this.local(name);
    if (known) return known;
    const text = typescript.sys.readFile(name);
    if (text === undefined) return undefined;
    const changed = modificationTime(name);
    const isLibrary = path.posix.dirname(name) === this.library;
    const isNodes = /\/node_modules\/(?:@types\/node|undici-types)\//.test(name);
    const file = parse(
      name,
      isLibrary ? asNodeHasIt(name, text, this.builtins()) : text,
      String(changed),
      isLibrary || isNodes ? withoutComments : undefined,
    );
    if (name.includes("/node_modules/") || name.startsWith(this.packages)) {
      this.ofPackages.set(name, file);
    } else {
      this.own.set(name, { file, changed });
      this.onRead(text);
    }
    return file;
  }

  /** The file where it is one of the notebook's own and has been read. */
  local(name: string): BoundSourceFile | undefined {
    return this.own.get(name)?.file;
  }

  /** What has been edited or deleted will be read again. True if anything was. */
  forgetChanged(): boolean {
    const before = this.own.size;
    for (const [name, { changed }] of this.own) {
      if (modificationTime(name) !== changed) this.own.delete(name);
    }
    return this.own.size < before;
  }
}

const asModule = internals.getSetExternalModuleIndicator(standardOptions);

export function parse(
  name: string,
  text: string,
  version: string,
  jsDocParsingMode?: ts.JSDocParsingMode,
): BoundSourceFile {
  const isSource = !name.includes("/node_modules/") && !name.endsWith(".d.ts");
  const options: ts.CreateSourceFileOptions = { languageVersion: target };
  if (isSource) options.setExternalModuleIndicator = asModule;
  if (jsDocParsingMode !== undefined) options.jsDocParsingMode = jsDocParsingMode;
  const file = typescript.createSourceFile(name, text, options, true) as BoundSourceFile;
  file.version = version;
  return file;
}

function modificationTime(name: string): number {
  return typescript.sys.getModifiedTime?.(name)?.getTime() ?? 0;
}
