/** The notebook's own source modules: what is wrong with them, and what the executor gets of them. */
import type ts from "typescript";
import { transformers } from "./awaits";
import { errorsIn, isLeftToNode } from "./diagnostics";
import type { CompiledModule, Diagnostic } from "./messages";
import { moduleEnd, moduleTransformer } from "./module-transform";
import { moduleOptions } from "./options";
import { usesDecorators } from "./syntax";
import { typescript } from "./typescript";
import type { Workspace } from "./workspace";

export class LocalModules {
  /** As the executor has them. */
  private readonly sent = new Map<string, ts.SourceFile>();
  /** Which of them are written for TypeScript's decorators of old. */
  private readonly legacy = new WeakMap<ts.SourceFile, boolean>();

  constructor(private readonly workspace: Workspace) {}

  reset(): void {
    this.sent.clear();
  }

  /** Asked of every cell that imports the module: what it imports in turn may have changed, and with it its types. */
  errors(module: ts.SourceFile): Diagnostic[] {
    const [first, other] = this.workspace.decoratorKinds;
    this.legacy.set(module, first);
    const found = errorsIn(this.workspace.program(first), module);
    if (found.length === 0 || !usesDecorators(module)) return found;
    if (errorsIn(this.workspace.program(other), module).length > 0) return found;
    this.legacy.set(module, other);
    return [];
  }

  /** Those that are new or edited since they were last handed out. */
  compile(modules: readonly ts.SourceFile[]): CompiledModule[] {
    return modules.filter((file) => this.isToSend(file)).map((file) => this.compiled(file));
  }

  private isToSend(file: ts.SourceFile): boolean {
    const isSource = /\.[mc]?[jt]sx?$/.test(file.fileName) && !isLeftToNode(file);
    return isSource && this.sent.get(file.fileName) !== file;
  }

  private compiled(file: ts.SourceFile): CompiledModule {
    this.sent.set(file.fileName, file);
    const { outputText, sourceMapText } = typescript.transpileModule(file.text, {
      // By its ending a file of `.mts` or `.mjs` would stay an ECMAScript module.
      fileName: file.fileName.replace(/\.m([jt]s)$/, ".$1"),
      transformers: transformers(file.text, moduleTransformer),
      compilerOptions: moduleOptions(this.legacy.get(file) ?? false),
    });
    const javascript = outputText.replace(/\/\/# sourceMappingURL=.*\s*$/, "") + moduleEnd;
    return { path: file.fileName, source: file.text, javascript, map: sourceMapText ?? "" };
  }
}
