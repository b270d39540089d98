/** How cells and the local modules they import are compiled. */
import type ts from "typescript";
import { newestLibrary } from "./standard-library";
import { typescript } from "./typescript";

/** Node 20 has all of this edition's syntax. What is newer (`using`, standard decorators) is compiled down to it. */
export const target: ts.ScriptTarget = typescript.ScriptTarget.ES2024;

/** Which `exports` and `imports` of a package count, besides `types` and `import` or `require`: those of this Node. */
const conditions = ["node", "node-addons"];
if ((process.features as { require_module?: boolean }).require_module === true)
  conditions.push("module-sync");

const common: ts.CompilerOptions = {
  target,
  esModuleInterop: true,
  jsx: typescript.JsxEmit.React,
  sourceMap: true,
};

function cellOptions(legacyDecorators: boolean): ts.CompilerOptions {
  return {
    ...common,
    lib: [newestLibrary],
    module: typescript.ModuleKind.ESNext,
    // Honours `exports`, needs no file extensions: what notebook authors write.
    moduleResolution: typescript.ModuleResolutionKind.Bundler,
    // A local file without an import or export keeps its names to itself all the same.
    moduleDetection: typescript.ModuleDetectionKind.Force,
    customConditions: conditions,
    allowImportingTsExtensions: true,
    resolveJsonModule: true,
    experimentalDecorators: legacyDecorators,
    allowJs: true,
    preserveConstEnums: true,
    skipLibCheck: true,
    types: [],
  };
}

export const standardOptions: ts.CompilerOptions = cellOptions(false);
const legacyOptions: ts.CompilerOptions = cellOptions(true);

export function programOptions(legacyDecorators: boolean): ts.CompilerOptions {
  return legacyDecorators ? legacyOptions : standardOptions;
}

/** A local module is loaded as `require` loads: at once. */
export function moduleOptions(legacyDecorators: boolean): ts.CompilerOptions {
  return { ...common, module: typescript.ModuleKind.CommonJS, experimentalDecorators: legacyDecorators };
}

/** Whether the nearest tsconfig.json above `folder` asks for decorators as TypeScript had them before the standard. */
export function prefersLegacyDecorators(folder: string): boolean {
  const { sys } = typescript;
  const file = typescript.findConfigFile(folder, (name) => sys.fileExists(name));
  if (file === undefined) return false;
  const parsed = typescript.getParsedCommandLineOfConfigFile(file, undefined, {
    ...sys,
    // Its files are nobody's concern here.
    readDirectory: () => [],
    onUnRecoverableConfigFileDiagnostic: () => undefined,
  });
  return parsed?.options.experimentalDecorators === true;
}
