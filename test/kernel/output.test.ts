import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect } from "chai";
import type { ExecuteResult } from "../../kernel/client";
import { type OutboxLimits, Outbox, type OutputMessage, serverLimits } from "../../kernel/outbox";
import type { Message } from "../../kernel/wire";
import { delay, useKernel } from "./support";

const host = "(globalThis as any)[Symbol.for('convlab.host')]";

function written({ outputs }: ExecuteResult): string {
  return outputs.map((output) => (output.output_type === "stream" ? output.text : "")).join("");
}

describe("what a cell writes", () => {
  const lab = useKernel();
  let messages: Message[] = [];
  before(() => lab.kernel.onIopub((message) => messages.push(message)));
  beforeEach(() => (messages = []));
  const streams = (): Message[] => messages.filter(({ header }) => header.msg_type === "stream");

  it("arrives whole, 20,000 lines in at most 400 messages", async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `line ${String(i)}\n`).join("");
    const result = await lab.run("for (let i = 0; i < 20000; i++) console.log('line', i)");
    expect(written(result)).to.equal(lines);
    expect(streams().length).to.be.at.most(400);
  });

  it("arrives whole from a loop that awaits, from timers, and from two streams in turn", async () => {
    const numbers = Array.from({ length: 5000 }, (_, i) => `${String(i)}\n`);
    const awaited = await lab.run("for (let i = 0; i < 5000; i++) { console.log(i); await null }");
    expect(written(awaited)).to.equal(numbers.join(""));
    messages = [];
    const turns = await lab.run("for (let i = 0; i < 5000; i++) (i % 2 ? console.error : console.log)(i)");
    const of = (name: string): string => turns.outputs.map((o) => (o.output_type === "stream" && o.name === name ? o.text : "")).join(""); // prettier-ignore
    expect(of("stdout")).to.equal(numbers.filter((_, i) => i % 2 === 0).join(""));
    expect(of("stderr")).to.equal(numbers.filter((_, i) => i % 2 === 1).join(""));
    expect(streams().length).to.be.at.most(2500);
  });

  it("is seen while the cell still runs, also one that leaves no turn to its event loop", async () => {
    let seen = "";
    const running = lab.run("console.log('first'); const end = Date.now() + 1500; while (Date.now() < end); console.log('last')", { onOutput: (outputs) => (seen ||= JSON.stringify(outputs)) }); // prettier-ignore
    await delay(1000);
    expect(seen).to.contain("first").and.not.to.contain("last");
    await running;
  });

  it("comes before whatever follows it: a picture, a clearing, a question, an error, the end", async () => {
    const result = await lab.run(
      `console.log('a'); ${host}.display({ 'text/plain': 'b' }); console.log('c'); prompt('d'); console.log('e'); throw new Error('f')`,
      { stdin: () => Promise.resolve("") },
    );
    const seen = result.outputs.map((output) =>
      output.output_type === "stream" ? output.text : output.output_type === "error" ? output.evalue : "b",
    );
    expect(seen).to.deep.equal(["a\n", "b", "c\ne\n", "f"]);
  });

  it("is one stream of bytes: a character may come in pieces, from the cell or a child process", async () => {
    const bytes = await lab.run(
      "for (const byte of Buffer.from('é€🍕 ')) process.stdout.write(Buffer.from([byte])); process.stdout.write(Buffer.from([0xe2, 0x82])); process.stdout.write('x')",
    );
    expect(written(bytes)).to.equal("é€🍕 \ufffdx");
    const child = await lab.run(
      "import { spawn } from 'node:child_process'; const made = spawn('sh', ['-c', 'printf \"\\\\342\\\\202\"; sleep 0.1; printf \"\\\\254\"']); made.stdout.pipe(process.stdout); await new Promise((r) => made.on('close', r))",
    );
    expect(written(child)).to.equal("€");
    const inherited = await lab.run(
      "import { spawnSync } from 'node:child_process'; spawnSync('sh', ['-c', 'printf \"\\\\342\\\\202\"; sleep 0.1; printf \"\\\\254\"'], { stdio: 'inherit' }); 0",
    );
    expect(written(inherited)).to.equal("€");
    const encoded = await lab.run(
      "process.stdout.write('4869', 'hex'); process.stdout.write('IQ==', 'base64')",
    );
    expect(written(encoded)).to.equal("Hi!");
    const lone = await lab.run("process.stdout.write('\\ud83d'); process.stdout.write('\\ufeff')");
    expect(written(lone)).to.equal("\ufffd\ufeff");
  });

  const endings = {
    "a pipeline into it":
      "await require('stream/promises').pipeline(require('fs').createReadStream('t.txt'), process.stdout)",
    "a pipe into it":
      "await new Promise((r) => require('fs').createReadStream('t.txt').on('end', r).pipe(process.stdout))",
    "end with text": "await new Promise<void>((r) => process.stdout.end('from a file\\n', () => r()))",
    "end with bytes": "process.stdout.end(Buffer.from('from a file\\n'))",
    destroy: "process.stdout.write('from a file\\n'); process.stdout.destroy()",
    "an end of stderr": "console.log('from a file'); process.stderr.end(); process.stderr.destroy()",
  };
  for (const [name, code] of Object.entries(endings)) {
    it(`goes on after ${name}`, async () => {
      lab.folder.write("t.txt", "from a file\n");
      expect(written(await lab.run(code))).to.equal("from a file\n");
      expect(written(await lab.run("console.log('later'); console.error('too')"))).to.equal("later\ntoo\n");
    });
  }

  it("is shown although it was corked", async () => {
    expect(written(await lab.run("process.stdout.cork(); console.log('held')"))).to.equal("held\n");
    expect(written(await lab.run("console.log('free')"))).to.equal("free\n");
  });

  it("by a child process is all there before the cell's end", async () => {
    const result = await lab.run("import { spawnSync } from 'node:child_process'; spawnSync('seq', ['100000'], { stdio: 'inherit' }); 'over'"); // prettier-ignore
    const seen = written(result);
    expect(seen.split("\n")).to.have.length(100_001);
    expect(seen.endsWith("\n100000\n")).to.equal(true);
  });

  it("to the pipe between the processes does not disturb them", async () => {
    await lab.run(
      "import { writeSync } from 'node:fs'; for (const junk of ['junk', '\\0'.repeat(64), '{}\\n']) writeSync(3, junk)",
    );
    expect(await lab.value("'still here'")).to.equal("'still here'");
  });
});

describe("output without end", () => {
  const lab = useKernel();
  const residents = (): number[] => {
    const table = execFileSync("ps", ["-eo", "pid=,ppid="], { encoding: "utf8" }).trim().split("\n").map((line) => line.trim().split(/\s+/).map(Number)); // prettier-ignore
    const below = (pid: number): number[] => [pid, ...table.filter(([, parent]) => parent === pid).flatMap(([child]) => below(child))]; // prettier-ignore
    return below(lab.kernel.pid ?? 0);
  };
  const megabytes = (pid: number): number =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${String(pid)}/status`, "utf8"))?.[1]) / 1024;

  const floods = {
    lines: "for (let i = 0; ; i++) console.log('line ' + i)",
    "text without lines": "for (;;) process.stdout.write('x')",
    "megabytes at a time": "const many = 'y'.repeat(1e6); for (;;) process.stdout.write(many)",
    "lines of a loop that awaits": "for (let i = 0; ; i++) { console.log(i); await null }",
    pictures: `for (let i = 0; ; i++) ${host}.display({ 'text/plain': String(i) })`,
    updates: `${host}.display({ 'text/plain': '0' }, { displayId: 'u' }); for (let i = 0; ; i++) ${host}.updateDisplay({ 'text/plain': String(i) }, 'u')`,
    "cleared lines": `for (let i = 0; ; i++) { ${host}.clearOutput({ wait: true }); console.log(i) }`,
    "a child process":
      "import { spawnSync } from 'node:child_process'; spawnSync('yes', { stdio: 'inherit' })",
  };
  for (const [name, code] of Object.entries(floods)) {
    it(`of ${name} is bounded, and the cell can be stopped`, async function () {
      this.timeout(60_000);
      await lab.run("let here = 'here'");
      const before = new Map(residents().map((pid) => [pid, megabytes(pid)]));
      const running = lab.run(code);
      let most = 0;
      for (let i = 0; i < 30; i++) {
        await delay(100);
        for (const [pid, rest] of before) most = Math.max(most, megabytes(pid) - rest);
      }
      await lab.kernel.interrupt();
      const { status, outputs } = await running;
      expect(status).to.equal("error");
      expect(outputs.at(-1)).to.include({ output_type: "error", ename: "Interrupted" });
      expect(most).to.be.lessThan(100);
      expect(await lab.value("here")).to.equal("'here'");
    });
  }

  it("still shows what the cell says when it is stopped", async () => {
    const running = lab.run(
      "try { for (let i = 0; ; i++) { console.log(i); await null } } finally { console.log('cleaned up') }",
    );
    await delay(500);
    await lab.kernel.interrupt();
    expect(written(await running).endsWith("cleaned up\n")).to.equal(true);
  });
});

describe("the outbox", () => {
  const text = (written: string, cell = 1, name: "stdout" | "stderr" = "stdout"): OutputMessage => ({ type: "stream", cell, name, text: written }); // prettier-ignore
  const picture = (value: string, displayId?: string, update = false): OutputMessage => ({ type: "display", cell: 1, data: { "text/plain": value }, metadata: {}, update, ...(displayId !== undefined && { displayId }) }); // prettier-ignore
  const clear = (wait: boolean): OutputMessage => ({ type: "clear", cell: 1, wait });
  const open = (
    limits: Partial<OutboxLimits> = {},
  ): { outbox: Outbox; sent: OutputMessage[]; holds: boolean[] } => {
    const sent: OutputMessage[] = [];
    const holds: boolean[] = [];
    const outbox = new Outbox((message) => sent.push(message), (on) => holds.push(on), { ...serverLimits, ...limits }); // prettier-ignore
    outbox.begin(1);
    return { outbox, sent, holds };
  };

  it("joins text of one stream and one cell, and nothing else", () => {
    const { outbox, sent } = open();
    for (const message of [text("a"), text("b"), text("c", 1, "stderr"), text("d"), text("e", 2), text("f")])
      outbox.add(message);
    outbox.end();
    expect(sent).to.deep.equal([text("ab"), text("c", 1, "stderr"), text("d"), text("e", 2), text("f")]);
  });

  it("sends the newest of several updates of a picture", () => {
    const { outbox, sent } = open();
    for (const message of [
      picture("0", "p"),
      picture("1", "p", true),
      picture("x", "q", true),
      picture("2", "p", true),
    ])
      outbox.add(message);
    outbox.end();
    expect(sent).to.deep.equal([picture("0", "p"), picture("2", "p", true), picture("x", "q", true)]);
  });

  it("does not send what is cleared at once, and keeps what waits for its successor", () => {
    const sure = open();
    for (const message of [text("a"), picture("p"), clear(false), text("b")]) sure.outbox.add(message);
    sure.outbox.end();
    expect(sure.sent).to.deep.equal([clear(false), text("b")]);
    const waiting = open();
    for (const message of [text("a"), clear(true)]) waiting.outbox.add(message);
    waiting.outbox.end();
    expect(waiting.sent).to.deep.equal([text("a"), clear(true)]);
    const followed = open();
    for (const message of [text("a"), clear(true), text("b"), clear(true), text("c")])
      followed.outbox.add(message);
    followed.outbox.end();
    expect(followed.sent).to.deep.equal([clear(true), text("c")]);
  });

  it("shows the beginning and the end of what is too much, and says what lies between", () => {
    const { outbox, sent } = open({ text: 10_000 });
    const lines = Array.from({ length: 10_000 }, (_, i) => `${String(i).padStart(7)}\n`);
    for (const line of lines) outbox.add(text(line));
    outbox.end();
    const [{ text: shown }] = sent as { text: string }[];
    expect(shown.startsWith(lines.slice(0, 1250).join(""))).to.equal(true);
    expect(shown.endsWith(lines.slice(-1250).join(""))).to.equal(true);
    expect(shown.match(/….*…/g)).to.deep.equal(["… 7,499 lines (60 kB) of text were left out here …"]);
  });

  it("shows so many pictures, and says how many more there were", () => {
    const { outbox, sent } = open({ pictures: 3 });
    for (let i = 0; i < 5; i++) outbox.add(picture(String(i)));
    outbox.end();
    expect(sent.slice(0, 3)).to.deep.equal(["0", "1", "2"].map((value) => picture(value)));
    expect(sent.slice(3)).to.deep.equal([text("\n… 2 pictures were left out here …\n")]);
  });

  it("says it of a cell that has ended as soon as it is so", () => {
    const { outbox, sent } = open({ text: 10 });
    outbox.end();
    for (let i = 0; i < 5; i++) outbox.add(text("12345678\n"));
    outbox.flush();
    expect(sent).to.deep.equal([
      text("12345678\n12345678\n\n… What this cell has written from here on is left out.\n"),
    ]);
  });

  it("lets cells wait that are faster than a server allows, and lets them go on", async () => {
    const { outbox, sent, holds } = open({ burst: { messages: 10, bytes: 1000 }, rate: { messages: 100, bytes: 10_000 } }); // prettier-ignore
    for (let i = 0; i < 12; i++) outbox.add(picture(String(i)));
    outbox.flush();
    expect(holds).to.deep.equal([true]);
    for (let i = 0; i < 100 && holds.length < 2; i++) await delay(10);
    expect(holds).to.deep.equal([true, false]);
    outbox.add(text("x".repeat(5000)));
    outbox.flush();
    outbox.add(text("next"));
    expect(holds).to.deep.equal([true, false, true]);
    outbox.end();
    expect(sent.at(-1)).to.deep.equal(text("next"));
  });
});
