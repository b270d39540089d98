import { createReadStream, readdirSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import path from "node:path";
import { exitCodes, Failure, messageOf, systemCode } from "./failure.js";

const contentTypes: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".ipynb": "application/x-ipynb+json",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
};

export interface Served {
  url: string;
  port: number;
  close(): Promise<void>;
}

const firstPort = 8888;
const portsToTry = 50;

/**
 * Serves a folder's files on this machine only.
 * @param port the port to use (0: any); by default the first free one from 8888
 */
export async function serve(folder: string, port?: number): Promise<Served> {
  // Only what the folder held at the start can be asked for, by its exact address: nothing to traverse.
  const files = listFiles(folder);
  const server = createServer((request, response) => answer(files, request, response));
  const candidates =
    port === undefined ? Array.from({ length: portsToTry }, (_, i) => firstPort + i) : [port];
  for (const candidate of candidates) {
    const bound = await listen(server, candidate, port === undefined);
    if (bound === undefined) continue;
    const close = (): Promise<void> =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    return { url: `http://127.0.0.1:${bound}/`, port: bound, close };
  }
  const last = firstPort + portsToTry - 1;
  throw new Failure(
    `The ports ${firstPort} to ${last} are all in use; choose one with --port.`,
    exitCodes.output,
  );
}

function listFiles(folder: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const address = `/${path.relative(folder, file).split(path.sep).join("/")}`;
    files.set(address, file);
    if (address.endsWith("/index.html")) files.set(address.slice(0, -"index.html".length), file);
  }
  return files;
}

/** The port listened on; nothing where it is in use and another may be tried. */
function listen(server: Server, port: number, tryOthers: boolean): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => {
      const inUse = systemCode(error) === "EADDRINUSE";
      if (inUse && tryOthers) resolve(undefined);
      else {
        const reason = inUse ? "it is in use; choose another with --port" : messageOf(error);
        reject(new Failure(`Port ${port} cannot be used: ${reason}.`, exitCodes.output));
      }
    };
    server.once("error", onError);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", onError);
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : port);
    });
  });
}

function answer(files: Map<string, string>, request: IncomingMessage, response: ServerResponse): void {
  const [status, text] = refusal(request) ?? [404, "There is no such page."];
  const file = status === 404 ? files.get(decodedPath(request.url ?? "/")) : undefined;
  if (file === undefined) {
    response.writeHead(status, {
      "Content-Type": "text/plain; charset=utf-8",
      ...(status === 405 ? { Allow: "GET, HEAD" } : {}),
    });
    response.end(`${text}\n`);
    return;
  }
  response.writeHead(200, {
    "Content-Type": contentTypes[path.extname(file)] ?? "application/octet-stream",
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
  });
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  createReadStream(file)
    .on("error", () => response.destroy())
    .pipe(response);
}

function refusal(request: IncomingMessage): [status: number, text: string] | undefined {
  // A page elsewhere can have its own name resolve to this machine, but not choose what the browser says here.
  if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(request.headers.host ?? "")) {
    return [403, "This server answers to 127.0.0.1 only."];
  }
  if (request.method !== "GET" && request.method !== "HEAD") return [405, "Only reading is possible here."];
  return undefined;
}

function decodedPath(url: string): string {
  const address = url.replace(/[?#].*$/, "");
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}
