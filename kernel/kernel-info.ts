/** Who this kernel is: the content of a kernel_info_reply. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { packageRoot } from "./package-root";
import { protocolVersion } from "./wire";

/** From package files alone: the answer to the first question must not wait for TypeScript. */
function readVersion(file: string): string {
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

function typescript(version: string): object {
  return {
    name: "typescript",
    version,
    mimetype: "text/typescript",
    file_extension: ".ts",
    pygments_lexer: "typescript",
    codemirror_mode: { name: "typescript", mode: "typescript", typescript: true },
  };
}

/** For a kernelspec whose cells are JavaScript unless they say otherwise. */
const javascript: object = {
  name: "javascript",
  version: process.versions.node,
  mimetype: "text/javascript",
  file_extension: ".js",
  pygments_lexer: "javascript",
  codemirror_mode: { name: "javascript" },
};

function createKernelInfo(): Record<string, unknown> {
  const version = readVersion(path.join(packageRoot, "package.json"));
  const language = readVersion(require.resolve("typescript/package.json"));
  return {
    status: "ok",
    protocol_version: protocolVersion,
    implementation: "convlab",
    implementation_version: version,
    language_info: process.env["CONVLAB_LANGUAGE"] === "javascript" ? javascript : typescript(language),
    banner: `convlab ${version}: TypeScript ${language} on Node ${process.versions.node}`,
    help_links: [
      { text: "TypeScript handbook", url: "https://www.typescriptlang.org/docs/handbook/" },
      { text: "Node.js", url: "https://nodejs.org/docs/latest-v20.x/api/" },
    ],
    debugger: false,
  };
}

export const kernelInfo: Record<string, unknown> = createKernelInfo();
