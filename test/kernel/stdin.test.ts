import { expect } from "chai";
import type { ExecuteResult } from "../../kernel/client";
import { delay, eventually, type Lab, succeeded, textOf, useKernel } from "./support";

describe("process.stdin", () => {
  const lab: Lab = useKernel({ prepare: () => lab.run(prepare) });
  const prepare =
    "import readline from 'node:readline'; import promises from 'node:readline/promises'; import fs from 'node:fs';";
  before(() => lab.run(prepare));
  const both = "{ input: process.stdin, output: process.stdout }";

  interface Asked {
    result: ExecuteResult;
    /** Each question's prompt; a password's with a star. */
    prompts: string[];
    output: string | undefined;
  }

  /** Runs a cell whose reader has these answers, one for each question. */
  const ask = async (code: string, ...answers: string[]): Promise<Asked> => {
    const prompts: string[] = [];
    const result = await lab.run(code, {
      timeout: 20_000,
      stdin: (prompt, password) => {
        prompts.push(password ? `${prompt}*` : prompt);
        if (prompts.length > answers.length) throw new Error(`asked too often: ${JSON.stringify(prompts)}`);
        return Promise.resolve(answers[prompts.length - 1]);
      },
    });
    return { result, prompts, output: textOf(succeeded(result).outputs) };
  };

  const cases: [name: string, code: string, answers: string[], prompts: string[], output: string | undefined][] = [
    ["a question of readline/promises", `await promises.createInterface(${both}).question('who? ')`, ["Ada"], ["who? "], "'Ada'"],
    ["a question of readline, whose cell does not wait", `readline.createInterface(${both}).question('who? ', (a) => console.log('hi', a))`, ["Ada"], ["who? "], "hi Ada\n"],
    ["a question in a promise", `const rl = readline.createInterface(${both}); const name = await new Promise((r) => rl.question('who? ', r)); rl.close(); name`, ["Ada"], ["who? "], "'Ada'"],
    ["two questions with other work between", `const two = promises.createInterface(${both}); const a = await two.question('a? '); await new Promise((r) => setTimeout(r, 60)); const b = await two.question('b? '); two.close(); [a, b]`, ["1", "2"], ["a? ", "b? "], "[ '1', '2' ]"],
    ["a question of an interface without output", "await promises.createInterface({ input: process.stdin }).question('who? ')", ["Ada"], ["who? "], "'Ada'"],
    ["a promisified question", `const { promisify } = require('util'); const p = readline.createInterface(${both}); await promisify(p.question).call(p, 'who? ')`, ["Ada"], ["who? "], "'Ada'"],
    ["the lines of a loop", "const lines: string[] = []; for await (const line of readline.createInterface({ input: process.stdin })) { lines.push(line); if (line === '') break } lines", ["a", "b", ""], ["", "", ""], "[ 'a', 'b', '' ]"],
    ["a prompt with commands", `const r = readline.createInterface({ input: process.stdin, output: process.stdout, prompt: '> ' }); r.on('line', (l) => { if (l === 'quit') r.close(); else { console.log(l + '!'); r.prompt() } }); r.on('close', () => console.log('bye')); r.prompt(); void 0`, ["a", "quit"], ["> ", "> "], "a!\nbye\n"],
    ["one chunk", "process.stdin.once('data', (chunk) => console.log(Buffer.isBuffer(chunk), String(chunk))); void 0", ["héllo"], [""], "true héllo\n\n"],
    ["chunks as text until it is paused", "process.stdin.setEncoding('utf8'); process.stdin.on('data', (c) => { console.log(String(c).trim()); if (String(c) === 'end\\n') process.stdin.pause() }); void 0", ["a", "end"], ["", ""], "a\nend\n"],
    ["readable and read", "process.stdin.setEncoding('utf8'); const f = () => { const c = process.stdin.read(); if (c !== null) { console.log(c); process.stdin.off('readable', f) } }; process.stdin.on('readable', f); void 0", ["x"], [""], "x\n\n"],
    ["a loop over the stream", "for await (const chunk of process.stdin) { console.log(String(chunk)); break }", ["x"], [""], "x\n\n"],
    ["a stream that it is piped to", "const { Writable } = require('stream'); process.stdin.pipe(new Writable({ write(c, e, done) { console.log(String(c)); process.stdin.unpipe(); done() } })); void 0", ["x"], [""], "x\n\n"],
    ["a wait for an event", "const [line] = await require('events').once(readline.createInterface({ input: process.stdin }), 'line'); line", ["x"], [""], "'x'"],
    ["raw mode, whose Enter is a carriage return", "process.stdin.setRawMode(true); const key = await new Promise((r) => process.stdin.once('data', r)); process.stdin.setRawMode(false); JSON.stringify(String(key))", [""], ["*"], `'"\\\\r"'`],
    ["a terminal's keys", "const t = promises.createInterface({ input: process.stdin, terminal: true }); const typed = await t.question('who? '); t.close(); typed", ["Ada"], ["who? *"], "'Ada'"],
    ["a password that is muted by its output", "const m = readline.createInterface({ input: process.stdin, terminal: true, output: new (require('stream').Writable)({ write(c, e, done) { if (String(c).includes('Pass')) process.stdout.write(c); done() } }) }); const secret = await new Promise((r) => m.question('Password: ', r)); m.close(); secret", ["s3"], ["Password: *"], "'s3'"],
    ["a password that is muted by readline's own method", `const w = readline.createInterface(${both}); (w as any)._writeToOutput = () => {}; const hush = await new Promise((r) => w.question('', r)); w.close(); hush`, ["s3"], ["*"], "'s3'"],
    ["fs.readFileSync(0)", "[fs.readFileSync(0, 'utf8'), fs.readFileSync('/dev/stdin').length]", ["all", "ab"], ["", ""], "[ 'all\\n', 3 ]"],
    ["fs.readSync(0), in parts", "const part = Buffer.alloc(4); const parts: string[] = []; for (let i = 0; i < 2; i++) parts.push(part.toString('utf8', 0, fs.readSync(0, part))); parts", ["abcdef"], [""], "[ 'abcd', 'ef\\n' ]"],
    ["an answer that is long and has other letters", `(await promises.createInterface(${both}).question('? ')).length`, ["ß→𝕏 ".repeat(20_000)], ["? "], "100000"],
    ["a prompt of many letters and lines", `await promises.createInterface(${both}).question('Größe\\nund Gewicht? ')`, ["1"], ["Größe\nund Gewicht? "], "'1'"],
  ]; // prettier-ignore
  for (const [name, code, answers, prompts, output] of cases) {
    it(`asks for ${name}`, async () => {
      const asked = await ask(code, ...answers);
      expect(asked.prompts).to.deep.equal(prompts);
      expect(asked.output).to.equal(output);
    });
  }

  it("keeps an interface that a later cell asks again", async () => {
    await ask(`const kept = promises.createInterface(${both}); await kept.question('first? ')`, "1");
    expect(await lab.value("1 + 1")).to.equal("2");
    expect((await ask("await kept.question('second? ')", "2")).output).to.equal("'2'");
  });

  it("does not hold a cell that has released it", async () => {
    expect((await ask("process.stdin.unref().on('data', () => undefined); 7")).output).to.equal("7");
  });

  it("lets timers go on while the reader thinks", async () => {
    const code = `let ticks = 0; const timer = setInterval(() => ticks++, 5); await promises.createInterface(${both}).question('? '); clearInterval(timer); ticks > 3`;
    const { outputs } = await lab.run(code, { stdin: () => delay(150).then(() => "") });
    expect(textOf(outputs)).to.equal("true");
  });

  it("lets a question be given up", async () => {
    const code = `await promises.createInterface(${both}).question('? ', { signal: AbortSignal.timeout(50) }).catch((e) => e.name)`;
    const { outputs } = await lab.run(code, { stdin: () => delay(60_000).then(() => "") });
    expect(outputs.at(-1)).to.deep.include({ data: { "text/plain": "'AbortError'" } });
  });

  const unanswerable = [
    `await promises.createInterface(${both}).question('who? ')`,
    `await new Promise((r) => readline.createInterface(${both}).question('who? ', r))`,
    "for await (const line of readline.createInterface({ input: process.stdin })) console.log(line); console.log('not reached')",
    "await new Promise((r) => process.stdin.once('data', r))",
    "process.stdin.on('data', () => console.log('not reached'))",
    "for await (const chunk of process.stdin) console.log(chunk); console.log('not reached')",
  ];
  for (const code of unanswerable) {
    it(`says so where nobody can be asked: ${code.slice(0, 60)}`, async () => {
      const result = await lab.run(code, { stopOnError: false, timeout: 20_000 });
      expect(result.error?.evalue).to.equal("process.stdin: this front end cannot ask its reader for text");
      expect(result.outputs.map((output) => output.output_type)).to.deep.equal(["error"]);
      expect(await lab.value("1 + 1")).to.equal("2");
    });
  }

  it("is at its end for fs where nobody can be asked", async () => {
    expect(await lab.value("[fs.readFileSync(0, 'utf8'), fs.readSync(0, Buffer.alloc(4))]")).to.equal(
      "[ '', 0 ]",
    );
    expect(await lab.value("fs.writeFileSync('f', 'abc'); const b3 = Buffer.alloc(3); fs.readSync(fs.openSync('f', 'r'), b3, 0, 3, 0) + fs.readFileSync('f', 'utf8')")).to.equal("'3abc'"); // prettier-ignore
  });

  it("is left alone by an interrupt's question, and asks anew afterwards", async () => {
    let isAsked = false;
    const running = lab.run(
      `const stopped = promises.createInterface(${both}); await stopped.question('? ')`,
      {
        stopOnError: false,
        stdin: () => {
          isAsked = true;
          return delay(60_000).then(() => "");
        },
      },
    );
    await eventually(() => isAsked, "the question");
    await lab.kernel.interrupt();
    expect((await running).error?.ename).to.equal("Interrupted");
    expect((await lab.failure("await stopped.question('again? ')")).evalue).to.contain(
      "use process.stdin anew",
    );
    expect((await ask(`await promises.createInterface(${both}).question('anew? ')`, "yes")).output).to.equal(
      "'yes'",
    );
  });

  it("can be stopped where it would ask for ever", async () => {
    let count = 0;
    const running = lab.run("process.stdin.on('data', () => undefined)", {
      stopOnError: false,
      stdin: () => Promise.resolve(String(count++)),
    });
    await eventually(() => count > 5, "some questions");
    await lab.kernel.interrupt();
    expect((await running).error?.ename).to.equal("Interrupted");
    expect(await lab.value("1 + 1")).to.equal("2");
  });

  it("refuses a cell that has ended, under that cell", async () => {
    const { outputs } = await lab.run(
      `setTimeout(() => promises.createInterface(${both}).question('late? '), 10); void 0`,
      { stdin: () => Promise.resolve("") },
    );
    await eventually(
      () => JSON.stringify(outputs).includes("a cell that has ended cannot ask"),
      "the message",
    );
  });

  it("is not read by what a failed cell has left", async () => {
    await lab.failure(
      "readline.createInterface({ input: process.stdin }).on('line', () => console.log('left')); throw new Error('x')",
    );
    expect((await ask(`await promises.createInterface(${both}).question('? ')`, "1")).output).to.equal("'1'");
  });
});
