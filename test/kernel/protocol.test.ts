import { expect } from "chai";
import type { Message } from "../../kernel/wire";
import { delay, eventually, succeeded, useKernel } from "./support";

type Content = Record<string, unknown>;

describe("the protocol", () => {
  const lab = useKernel();

  /** Everything on the output channel while `action` runs, and what belongs to `request` if that is given. */
  const heard = async (action: () => Promise<unknown>): Promise<Message[]> => {
    const messages: Message[] = [];
    let open = true;
    lab.kernel.onIopub((message) => {
      if (open) messages.push(message);
    });
    await action();
    open = false;
    return messages;
  };
  const types = (messages: Message[]): string[] =>
    messages.map(({ header, content }) =>
      header.msg_type === "status" ? String(content["execution_state"]) : header.msg_type,
    );

  it("introduces itself", () => {
    const { info } = lab.kernel;
    expect(info).to.include({
      status: "ok",
      implementation: "convlab",
      protocol_version: "5.4",
      debugger: false,
    });
    expect(info["language_info"]).to.include({
      name: "typescript",
      file_extension: ".ts",
      mimetype: "text/typescript",
    });
    expect((info["language_info"] as Content)["version"]).to.match(/^\d+\.\d+\.\d+/);
  });

  it("sends busy, input, outputs, result and idle in this order, all under the request", async () => {
    const messages = await heard(() => lab.run("console.log('a'); console.error('b'); 3"));
    expect(types(messages)).to.deep.equal([
      "busy",
      "execute_input",
      "stream",
      "stream",
      "execute_result",
      "idle",
    ]);
    expect(new Set(messages.map(({ parent }) => parent.msg_id)).size).to.equal(1);
    const [, , out, err] = messages;
    expect(out.content).to.deep.equal({ name: "stdout", text: "a\n" });
    expect(err.content).to.deep.equal({ name: "stderr", text: "b\n" });
  });

  it("sends one error and no result where a cell throws", async () => {
    const messages = await heard(() => lab.run("throw new Error('x')"));
    expect(types(messages)).to.deep.equal(["busy", "execute_input", "error", "idle"]);
    const { reply } = await lab.run("throw new TypeError('y')");
    expect(reply).to.include({ status: "error", ename: "TypeError", evalue: "y" });
    expect(reply["traceback"]).to.be.an("array");
  });

  it("sends every output before the cell's idle: 1,000 of 1,000", async () => {
    const { outputs } = await lab.run("for (let i = 0; i < 1000; i++) { process.stdout.write(`${i}\\n`); }");
    expect(outputs).to.deep.equal([
      {
        output_type: "stream",
        name: "stdout",
        text: Array.from({ length: 1000 }, (_, i) => `${String(i)}\n`).join(""),
      },
    ]);
    let shown = 0;
    for (let round = 0; round < 10; round++) {
      const result = await lab.run(
        "const host = (globalThis as any)[Symbol.for('convlab.host')]; for (let i = 0; i < 100; i++) host.display({ 'text/plain': String(i) });",
      );
      shown += result.outputs.length;
    }
    expect(shown).to.equal(1000);
    let results = 0;
    for (let i = 0; i < 100; i++) results += succeeded(await lab.run(String(i))).outputs.length;
    expect(results).to.equal(100);
  });

  it("keeps the order of interleaved stdout and stderr", async () => {
    const { outputs } = await lab.run(
      "for (let i = 0; i < 20; i++) (i % 2 ? console.error : console.log)(i);",
    );
    expect(
      outputs.map((output) => (output.output_type === "stream" ? output.text.trim() : "")),
    ).to.deep.equal(Array.from({ length: 20 }, (_, i) => String(i)));
  });

  it("shows what child processes and native code write", async () => {
    const { outputs } = await lab.run(
      "import { spawnSync, execSync } from 'node:child_process'; spawnSync('echo', ['from a child'], { stdio: 'inherit' }); execSync('echo text').toString()",
    );
    expect(JSON.stringify(outputs)).to.contain("from a child").and.to.contain("text");
  });

  it("puts late output under the cell that started it", async () => {
    const late: string[] = [];
    await lab.run(
      "setTimeout(() => console.log('by timer'), 150); Promise.resolve().then(async () => { await new Promise((r) => setTimeout(r, 150)); console.log('by promise') }); void 0",
      {
        onOutput: (outputs) => late.splice(0, late.length, JSON.stringify(outputs)),
      },
    );
    const next = await lab.run("await new Promise((r) => setTimeout(r, 400)); console.log('own')");
    expect(next.outputs).to.deep.equal([{ output_type: "stream", name: "stdout", text: "own\n" }]);
    expect(late.join()).to.contain("by timer").and.to.contain("by promise");
  });

  it("shows what a late callback throws under its cell, and lives on", async () => {
    let late = "";
    await lab.run("setTimeout(() => { throw new Error('too late') }, 50); 1", {
      onOutput: (o) => (late = JSON.stringify(o)),
    });
    await lab.run("void Promise.reject(new Error('unheard')); 1", {
      onOutput: (o) => (late += JSON.stringify(o)),
    });
    await eventually(() => late.includes("too late") && late.includes("unheard"), "the late errors");
    expect(await lab.value("1 + 1")).to.equal("2");
  });

  it("runs silent cells without output messages and without counting", async () => {
    const before = succeeded(await lab.run("1")).executionCount;
    const messages = await heard(() => lab.run("5", { silent: true }));
    expect(types(messages)).to.deep.equal(["busy", "idle"]);
    expect(succeeded(await lab.run("1")).executionCount).to.equal(Number(before) + 1);
  });

  it("evaluates user expressions, each with its own fate", async () => {
    const { reply } = await lab.run("const u = 20", { userExpressions: { twice: "u * 2", wrong: "nothing.x", thrown: "(() => { throw new Error('t') })()" } }); // prettier-ignore
    const { twice, wrong, thrown } = reply["user_expressions"] as Record<string, Content>;
    expect(twice).to.deep.equal({ status: "ok", data: { "text/plain": "40" }, metadata: {} });
    expect(wrong).to.include({ status: "error", ename: "TypeScriptError" });
    expect(thrown).to.include({ status: "error", ename: "Error", evalue: "t" });
  });

  it("aborts what is queued behind an error, unless told not to", async () => {
    const failing = "await new Promise((r) => setTimeout(r, 100)); throw new Error('x')";
    const stopped = await Promise.all([lab.run(failing), lab.run("1"), lab.run("2")]);
    expect(stopped.map(({ status }) => status)).to.deep.equal(["error", "aborted", "aborted"]);
    const going = await Promise.all([lab.run(failing, { stopOnError: false }), lab.run("1"), lab.run("2")]);
    expect(going.map(({ status }) => status)).to.deep.equal(["error", "ok", "ok"]);
    const after = await lab.run("3");
    expect(after.status).to.equal("ok");
  });

  it("says busy and idle once of each request, and replies in their order, also to those that it aborts", async () => {
    const failing = ["throw new Error('at once')", "await new Promise((r) => setTimeout(r, 50)); throw new Error('late')", "const n: number = ''", "process.exit(1)"]; // prettier-ignore
    for (const code of failing) {
      const sent: string[] = [];
      const replied: string[] = [];
      const messages = await heard(async () => {
        const cells = [code, "1", "2", "3"].map(async (source) => {
          const { reply } = await lab.run(source);
          replied.push(`${source}: ${String(reply["status"])}`);
          if (reply["status"] === "aborted") expect(reply).to.deep.equal({ status: "aborted" });
        });
        // While they run, an editor asks too.
        const asked = lab.kernel.request("complete_request", { code: "Math.hyp", cursor_pos: 8 });
        await Promise.all([...cells, asked]);
      });
      for (const { header, parent, content } of messages) {
        const id = parent.msg_id ?? "";
        if (header.msg_type !== "status" || id === "") continue;
        sent.push(`${id} ${String(content["execution_state"])}`);
      }
      expect(replied).to.deep.equal([`${code}: error`, "1: aborted", "2: aborted", "3: aborted"]);
      const requests = [...new Set(sent.map((line) => line.split(" ")[0]))];
      expect(requests).to.have.length(5);
      for (const id of requests)
        expect(sent.filter((line) => line.startsWith(id))).to.deep.equal([`${id} busy`, `${id} idle`]);
      // Cell after cell, nothing of one within another.
      const executes = messages.filter(({ parent }) => parent.msg_type === "execute_request").map(({ parent }) => parent.msg_id ?? ""); // prettier-ignore
      expect(executes.filter((id, i) => i > 0 && id !== executes[i - 1])).to.have.length(3);
      // What a page shows is the newest state.
      const last = messages.filter(({ header }) => header.msg_type === "status").at(-1);
      expect(last?.content["execution_state"]).to.equal("idle");
    }
    await lab.run("1");
  });

  it("aborts nothing that is asked for after the error was heard of", async () => {
    for (let i = 0; i < 20; i++) {
      expect((await lab.run("throw new Error('x')")).status).to.equal("error");
      expect((await lab.run("1")).status).to.equal("ok");
    }
  });

  it("is idle again after a comm message although the process that ran the cells has ended", async () => {
    await lab.run(
      "(globalThis as any)[Symbol.for('convlab.host')].onComm('deaf', (comm: any) => comm.onMessage(() => process.exit(2)))",
    );
    const states: unknown[] = [];
    lab.kernel.onIopub(({ header, parent, content }) => {
      if (header.msg_type === "status" && parent.msg_type === "comm_msg")
        states.push(content["execution_state"]);
    });
    lab.kernel.send("comm_open", { comm_id: "deaf-1", target_name: "deaf", data: {} });
    lab.kernel.send("comm_msg", { comm_id: "deaf-1", data: {} });
    await eventually(() => states.length === 2, "the comm message's end");
    expect(states).to.deep.equal(["busy", "idle"]);
    await lab.run("1");
  });

  it("stops an expression of user_expressions that never ends", async () => {
    const running = lab.run("1", { userExpressions: { endless: "(() => { for (;;) {} })()" } });
    await delay(300);
    await lab.kernel.interrupt();
    const { reply } = await running;
    expect((reply["user_expressions"] as { endless: Content }).endless).to.include({ status: "error", ename: "Interrupted" }); // prettier-ignore
    expect(await lab.value("2")).to.equal("2");
  });

  it("asks the reader: prompt and input, passwords too", async () => {
    const asked: [string, boolean][] = [];
    const stdin = (prompt: string, password: boolean): Promise<string> => {
      asked.push([prompt, password]);
      return Promise.resolve(`answer ${String(asked.length)} ☃`);
    };
    const result = await lab.run(
      "const a = prompt('Name?'); const b = await input('Key:', { password: true }); [a, b]",
      { stdin },
    );
    expect(JSON.stringify(result.outputs)).to.contain("[ 'answer 1 ☃', 'answer 2 ☃' ]");
    expect(asked).to.deep.equal([["Name?", false], ["Key:", true]]); // prettier-ignore
  });

  it("gives a question its own answer, not one that came unasked", async () => {
    const running = lab.run("for (;;) {}");
    await delay(50);
    await lab.kernel.interrupt();
    await running;
    const { outputs } = await lab.run("prompt('Name?')", { stdin: () => Promise.resolve("mine") });
    expect(JSON.stringify(outputs)).to.contain("'mine'");
  });

  it("says so where nobody can be asked", async () => {
    expect(await lab.value("prompt('Name?')")).to.equal("null");
    expect((await lab.failure("await input('Name?')")).evalue).to.contain("cannot ask");
  });

  it("clears and updates what was shown", async () => {
    const host = "const h = (globalThis as any)[Symbol.for('convlab.host')];";
    const cleared = await lab.run(`${host} console.log('old'); h.clearOutput(); console.log('new')`);
    expect(cleared.outputs).to.deep.equal([{ output_type: "stream", name: "stdout", text: "new\n" }]);
    const waiting = await lab.run(`${host} console.log('old'); h.clearOutput({ wait: true });`);
    expect(JSON.stringify(waiting.outputs)).to.contain("old");
    const shown = await lab.run(
      `${host} h.display({ 'text/plain': 'first' }, { displayId: 'd1', metadata: { a: 1 } }); 1`,
    );
    await lab.run(`${host} h.updateDisplay({ 'text/plain': 'second' }, 'd1')`);
    expect(shown.outputs[0]).to.deep.equal({
      output_type: "display_data",
      data: { "text/plain": "second" },
      metadata: {},
    });
  });

  it("shows documentation in the pager", async () => {
    for (const code of ["?Math.hypot", "Math.hypot?"]) {
      const { reply, outputs } = await lab.run(code);
      expect(outputs).to.deep.equal([]);
      const [page] = reply["payload"] as { source: string; data: Record<string, string> }[];
      expect(page.source).to.equal("page");
      expect(page.data["text/plain"]).to.contain("hypot").and.to.contain("square root");
    }
    const [missing] = (await lab.run("?nothingOfTheKind")).reply["payload"] as {
      data: Record<string, string>;
    }[];
    expect(missing.data["text/plain"]).to.contain("nothing called");
  });

  it("answers debug requests honestly, and what it does not know not at all", async () => {
    const reply = await lab.kernel.request(
      "debug_request",
      { type: "request", seq: 3, command: "attach" },
      "control",
    );
    expect(reply).to.include({ success: false, command: "attach", request_seq: 3 });
    lab.kernel.send("no_such_request", {});
    lab.kernel.send("toString", {});
    expect(await lab.value("1")).to.equal("1");
  });

  it("judges whether code is complete", async () => {
    const status = async (code: string): Promise<Content> =>
      lab.kernel.request("is_complete_request", { code });
    for (const code of ["1", "function f() {\n  return 1\n}", "", "// note", "`a`", "if (true) { }"])
      expect(await status(code), code).to.include({ status: "complete" });
    for (const code of ["f(", "{", "`abc", "/* abc", "const x =", "class A {", "[1,", "a +", "if (x)"])
      expect((await status(code))["status"], code).to.equal("incomplete");
    expect(await status("function f() {")).to.deep.equal({ status: "incomplete", indent: "  " });
    for (const code of ["const = 3", "f)", "let 3x", "}", "1 +* 2"])
      expect(await status(code), code).to.deep.equal({ status: "invalid" });
  });

  it("stays live while a cell computes", async () => {
    const busy = lab.run(
      "const until = Date.now() + 1500; let laps = 0; while (Date.now() < until) laps++; 'finished'",
    );
    await delay(100);
    const { matches } = await lab.kernel.request("complete_request", { code: "Math.hyp", cursor_pos: 8 });
    expect(matches).to.deep.equal(["hypot"]);
    const inspected = await lab.kernel.request("inspect_request", {
      code: "Math.hypot",
      cursor_pos: 10,
      detail_level: 0,
    });
    expect(inspected["found"]).to.equal(true);
    await lab.kernel.request("kernel_info_request", {}, "control");
    await lab.kernel.request("comm_info_request", {});
    await lab.kernel.heartbeat();
    const first = await Promise.race([busy.then(() => "cell"), delay(0).then(() => "answers")]);
    expect(first).to.equal("answers");
    expect(JSON.stringify((await busy).outputs)).to.contain("finished");
  });

  it("opens, serves and closes comms both ways", async () => {
    const messages: Message[] = [];
    lab.kernel.onIopub((message) => {
      if (message.header.msg_type.startsWith("comm_")) messages.push(message);
    });
    await lab.run(`
      const host = (globalThis as any)[Symbol.for("convlab.host")];
      host.onComm("echo", (comm: any, data: unknown) => {
        comm.send({ opened: data });
        comm.onMessage((d: unknown, buffers: Uint8Array[]) => comm.send({ echo: d }, { buffers }));
        comm.onClose(() => console.log("closed by the page"));
      });
      const own = host.comm("page", { hello: 1 }, { metadata: { version: "1" }, buffers: [new Uint8Array([1, 2, 3])] });
      own.onMessage((d: unknown) => { console.log("got", d); });
    `);
    await eventually(() => messages.length === 1, "the kernel's comm");
    const [open] = messages;
    expect(open.content)
      .to.include({ target_name: "page" })
      .and.to.deep.include({ data: { hello: 1 } });
    expect(open.metadata).to.deep.equal({ version: "1" });
    expect([...open.buffers[0]]).to.deep.equal([1, 2, 3]);
    const ownId = String(open.content["comm_id"]);

    lab.kernel.send("comm_open", { comm_id: "c1", target_name: "echo", data: 7 });
    lab.kernel.send("comm_msg", { comm_id: "c1", data: { a: 1 } }, { buffers: [Buffer.from([9])] });
    await eventually(() => messages.length >= 3, "the echo");
    expect(messages[1].content).to.deep.include({ comm_id: "c1", data: { opened: 7 } });
    expect(messages[2].content).to.deep.include({ comm_id: "c1", data: { echo: { a: 1 } } });
    expect([...messages[2].buffers[0]]).to.deep.equal([9]);

    const info = await lab.kernel.request("comm_info_request", {});
    expect(info["comms"]).to.deep.equal({ [ownId]: { target_name: "page" }, c1: { target_name: "echo" } });
    const some = await lab.kernel.request("comm_info_request", { target_name: "page" });
    expect(some["comms"]).to.deep.equal({ [ownId]: { target_name: "page" } });

    // Also while a cell waits, and what a listener writes lands under the cell that opened the channel.
    const waiting = await Promise.all([
      lab.run("await new Promise((r) => setTimeout(r, 300)); 'waited'"),
      delay(50).then(() => lab.kernel.send("comm_msg", { comm_id: ownId, data: "during" })),
    ]);
    expect(JSON.stringify(waiting[0].outputs)).not.to.contain("during");

    lab.kernel.send("comm_close", { comm_id: "c1", data: {} });
    lab.kernel.send("comm_open", { comm_id: "c2", target_name: "nobody", data: {} });
    await eventually(() => messages.length >= 4, "the refusal");
    expect(messages[3].header.msg_type).to.equal("comm_close");
    expect(messages[3].content["comm_id"]).to.equal("c2");
    const left = await lab.kernel.request("comm_info_request", {});
    expect(Object.keys(left["comms"] as object)).to.deep.equal([ownId]);
  });
});
