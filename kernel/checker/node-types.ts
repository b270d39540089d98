/**
 * Which of Node's declarations are in the program. All of them are 110,000 nodes of syntax, and half of that describes
 * modules that few notebooks import: those come in with the first import of them, by a cell or by any other file.
 */
import path from "node:path";
import { typescript } from "./typescript";

/** Modules whose declarations wait until they are imported. */
const rare =
  "child_process cluster crypto dgram dns dns/promises domain fs fs/promises http http2 https inspector.generated punycode readline " +
  "readline/promises repl sea test tls trace_events v8 vm wasi zlib";

export class NodeTypes {
  /** The files that are in every program, by their absolute paths. */
  readonly files: readonly string[];
  /** Of each module that waits, the file that declares it. */
  private readonly waiting: ReadonlyMap<string, string>;
  private readonly wanted: Set<string>;

  /** `warm` has read the same folder. */
  constructor(
    private readonly folder: string,
    warm?: NodeTypes,
  ) {
    const isRare = (file: string): boolean =>
      rare.split(" ").some((name) => file === `${folder}/${name}.d.ts`);
    const all = warm ? [] : references(entry(folder));
    this.files = warm?.files ?? all.filter((file) => !isRare(file));
    this.waiting = warm?.waiting ?? new Map(all.filter(isRare).flatMap((file) => declared(file).map((name) => [name, file]))); // prettier-ignore
    this.wanted = new Set(warm?.wanted);
  }

  /**
   * The file that has to come into the program where `importer` imports the module `name`. Node's own declarations
   * mention most others and do without what waits.
   */
  want(name: string, importer: string): string | undefined {
    const isNodes =
      importer.startsWith(`${this.folder}/`) || importer.includes("/node_modules/undici-types/");
    const file = this.waiting.get(name);
    if (file === undefined || (isNodes && !this.wanted.has(importer))) return undefined;
    this.wanted.add(file);
    return file;
  }

  /** The modules whose declarations still wait. */
  get left(): readonly string[] {
    return [...this.waiting].filter(([, file]) => !this.wanted.has(file)).map(([name]) => name);
  }
}

/** Of the modules that wait one declares a name for everybody: whoever writes that name wants it. */
export function mentioned(text: string): readonly string[] {
  return /\bcrypto\b/.test(text) ? ["crypto"] : [];
}

/** The package has other declarations of buffers for older TypeScripts, and says which in `typesVersions`. */
function entry(folder: string): string {
  const options = { typeRoots: [path.posix.dirname(folder)] };
  const found = typescript.resolveTypeReferenceDirective("node", undefined, options, typescript.sys);
  return found.resolvedTypeReferenceDirective?.resolvedFileName ?? `${folder}/index.d.ts`;
}

function references(file: string): string[] {
  const { referencedFiles } = typescript.preProcessFile(typescript.sys.readFile(file) ?? "");
  return referencedFiles.map(({ fileName }) => path.posix.join(path.posix.dirname(file), fileName));
}

/** The modules that a file declares: `declare module "http"`. */
function declared(file: string): string[] {
  const text = typescript.sys.readFile(file) ?? "";
  return [...text.matchAll(/^declare module ["']([^"']+)["']/gm)].map(([, name]) => name);
}
