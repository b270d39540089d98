import { spawn } from "node:child_process";
import path from "node:path";
import { expect } from "chai";
import { type JupyterLab, startJupyterLab } from "../support/jupyterlab";
import { missingPython, python, scripts } from "./python";
import { Folder } from "./support";

describe("a Jupyter server with its default limits", function () {
  this.timeout(180_000);
  const folder = new Folder();
  let server: JupyterLab | undefined;
  before(async function () {
    if (missingPython(["jupyterlab", "websocket"]) !== undefined) this.skip();
    folder.write("lab/empty.txt", "");
    server = await startJupyterLab(folder, "lab");
  });
  after(async () => {
    await server?.stop();
    folder.remove();
  });

  const run = async (
    cells: readonly string[],
  ): Promise<{ stdout: string; stderr: string; shown: number }[]> => {
    const client = spawn(python, [path.join(scripts, "server_client.py"), server?.address ?? "", "convlab"]);
    const parts: string[] = [];
    client.stdout.setEncoding("utf8").on("data", (part: string) => parts.push(part));
    let complaint = "";
    client.stderr.setEncoding("utf8").on("data", (part: string) => (complaint += part));
    client.stdin.end(JSON.stringify(cells));
    const code = await new Promise<number | null>((resolve) => client.once("close", resolve));
    if (code !== 0) throw new Error(complaint);
    return parts.join("").trim().split("\n").map((line) => JSON.parse(line) as { stdout: string; stderr: string; shown: number }); // prettier-ignore
  };

  it("cuts nothing off: tens of thousands of lines, of both streams, long ones, pictures by the thousand", async () => {
    const display = "(globalThis as any)[Symbol.for('convlab.host')].display";
    const [lines, turns, long, pictures, large] = await run([
      "for (let i = 0; i < 20000; i++) console.log('line', i)",
      "for (let i = 0; i < 4000; i++) (i % 2 ? console.error : console.log)(i)",
      "for (let i = 0; i < 20000; i++) console.log('é'.repeat(100))",
      `for (let i = 0; i < 5000; i++) ${display}({ 'text/plain': String(i) })`,
      `for (let i = 0; i < 40; i++) ${display}({ 'text/html': 'x'.repeat(100_000) })`,
    ]);
    expect(lines).to.deep.equal({ stdout: Array.from({ length: 20_000 }, (_, i) => `line ${String(i)}\n`).join(""), stderr: "", shown: 0 }); // prettier-ignore
    expect(turns.stdout.split("\n")).to.have.length(2001);
    expect(turns.stderr.split("\n")).to.have.length(2001);
    expect(long).to.deep.equal({ stdout: `${"é".repeat(100)}\n`.repeat(20_000), stderr: "", shown: 0 });
    expect(pictures).to.deep.equal({ stdout: "", stderr: "", shown: 5000 });
    expect(large).to.deep.equal({ stdout: "", stderr: "", shown: 40 });
  });
});
