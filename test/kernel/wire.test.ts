import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { Dealer, Subscriber } from "zeromq";
import { launch, type Launched } from "../../kernel/client/launch";
import { FrameReader, FrameWriter } from "../../kernel/frames";
import { Wire } from "../../kernel/wire";
import { delay, Folder } from "./support";

/** A generator of its own, so that a failing run can be repeated. */
function randomly(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("messages on the wire", () => {
  const wire = new Wire("secret");

  it("come out as they went in", () => {
    const message = wire.message("execute_request", { code: "1 🍕" }, { identities: [Buffer.from("id")], buffers: [Buffer.from([1, 2])], metadata: { a: 1 } }); // prettier-ignore
    expect(wire.decode(wire.encode(message))).to.deep.equal(message);
  });

  it("are refused when they are not what the key signed", () => {
    const frames = (): Buffer[] => wire.encode(wire.message("x", { a: 1 }));
    const tampered = frames();
    tampered[5] = Buffer.from('{"a":2}');
    expect(() => wire.decode(tampered)).to.throw("wrong signature");
    const unsigned = frames();
    unsigned[1] = Buffer.alloc(0);
    expect(() => wire.decode(unsigned)).to.throw("wrong signature");
    const cut = frames();
    cut[1] = cut[1].subarray(0, 10);
    expect(() => wire.decode(cut)).to.throw("wrong signature");
    expect(() => new Wire("other").decode(frames())).to.throw("wrong signature");
    expect(() => new Wire("other").decode(new Wire("").encode(wire.message("x", {})))).to.throw(
      "wrong signature",
    );
  });

  it("need no signature where there is no key", () => {
    const open = new Wire("");
    expect(open.decode(open.encode(open.message("x", { a: 1 }))).content).to.deep.equal({ a: 1 });
  });

  it("are refused when they are no message", () => {
    const signed = (parts: string[]): Buffer[] => {
      // A message whose parts are these, properly signed.
      const sign = (wire as unknown as { sign(parts: Buffer[]): string }).sign.bind(wire);
      const buffers = parts.map((part) => Buffer.from(part));
      return [Buffer.from("<IDS|MSG>"), Buffer.from(sign(buffers)), ...buffers];
    };
    expect(() => wire.decode([])).to.throw("no delimiter");
    expect(() => wire.decode([Buffer.from("<IDS|MSG>")])).to.throw("0 frames after the delimiter");
    expect(() => wire.decode(signed(["{}", "{}", "{}", "{}"]))).to.throw("no msg_type");
    expect(() => wire.decode(signed(["[]", "{}", "{}", "{}"]))).to.throw("not a JSON object");
    expect(() => wire.decode(signed(["{", "{}", "{}", "{}"]))).to.throw();
    expect(() => wire.decode(signed(["null", "{}", "{}", "{}"]))).to.throw("not a JSON object");
  });

  it("are compared in constant time, whatever the signature's length", () => {
    // timingSafeEqual throws for buffers of different lengths: none of these may get that far.
    const frames = wire.encode(wire.message("x", {}));
    for (const length of [0, 1, 63, 64, 65, 1000]) {
      frames[1] = Buffer.alloc(length, "a");
      expect(() => wire.decode(frames)).to.throw("wrong signature");
    }
    expect(Wire.prototype.decode.toString()).to.contain("timingSafeEqual");
  });

  it("know only HMAC schemes", () => {
    expect(() => new Wire("k", "md5")).to.throw("Unknown signature scheme md5");
  });
});

describe("frames between the processes", () => {
  const mark = new Uint8Array([7, 1, 2, 3, 7, 1, 2, 4]);
  const writer = new FrameWriter(mark);
  const messages = [
    { type: "a", n: 1, buffers: [] },
    { type: "stream", cell: 3, name: "stdout" as const, text: "🍕é\ufeff".repeat(1000) },
    { type: "b", text: "🍕".repeat(1000), buffers: [new Uint8Array([1, 2]), new Uint8Array()] },
    { type: "stream", cell: 4, name: "stderr" as const, text: "" },
    { type: "c", nested: { deep: [null, "\ud800"] }, buffers: [] },
  ];
  const frames = messages.map((message) => writer.encode(message).slice());
  const read = (bytes: Uint8Array, size: number): unknown[] => {
    const got: unknown[] = [];
    const reader = new FrameReader(mark, (message) => got.push(message));
    for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
    return got;
  };

  it("survive any cut into chunks", () => {
    const bytes = Buffer.concat(frames);
    for (const size of [1, 3, 7, 1000, bytes.length]) expect(read(bytes, size)).to.deep.equal(messages);
  });

  it("begin anew where one was broken off, at whatever byte", () => {
    const [first, text, ...rest] = frames;
    const [begun, , ...others] = messages;
    for (let kept = 1; kept < 40; kept++) {
      const bytes = Buffer.concat([first, text.subarray(0, kept), ...rest]);
      for (const size of [1, 5, bytes.length])
        expect(read(bytes, size), `${String(kept)} bytes, ${String(size)} a chunk`).to.deep.equal([
          begun,
          ...others,
        ]);
    }
  });

  it("are passed over where only the mark is right", () => {
    const junk = new Uint8Array([...mark, 0, 0, 0, 9, 0, 0, 0, 0, 4, 123, 123, 123, 123]);
    expect(read(Buffer.concat([junk, junk.subarray(0, 11), frames[0]]), 4)).to.deep.equal([messages[0]]);
  });

  it("of many megabytes are read in linear time", () => {
    const large = { type: "large", text: "x".repeat(20_000_000), buffers: [new Uint8Array(10_000_000)] };
    expect(read(writer.encode(large), 65_536)).to.have.length(1);
  });
});

describe("a kernel under fire", () => {
  const folder = new Folder();
  let launched: Launched;
  before(async () => {
    launched = await launch("convlab", folder.path, { CONVLAB_HISTORY: `${folder.path}/h.jsonl` });
  });
  after(async () => {
    launched.process.kill("SIGTERM");
    await launched.cleanUp();
    folder.remove();
  });

  const dealerTo = (port: number): Dealer => {
    const dealer = new Dealer({ linger: 0, sendHighWaterMark: 0 });
    dealer.connect(`tcp://127.0.0.1:${String(port)}`);
    return dealer;
  };
  /** Does the kernel still answer an honest question? */
  const answers = async (): Promise<string> => {
    const { connection } = launched;
    const wire = new Wire(connection.key);
    const dealer = dealerTo(connection.shell_port);
    await dealer.send(wire.encode(wire.message("kernel_info_request", {})));
    const frames = await dealer.receive();
    dealer.close();
    return wire.decode(frames).header.msg_type;
  };

  it("greets each subscriber before it says anything else to it, however much it has to say", async () => {
    const { connection } = launched;
    const wire = new Wire(connection.key);
    const shell = dealerTo(connection.shell_port);
    const ask = (): Promise<void> => shell.send(wire.encode(wire.message("kernel_info_request", {})));
    // Two statuses for each of them, all the while.
    for (let i = 0; i < 300; i++) await ask();
    for (let round = 0; round < 30; round++) {
      const subscriber = new Subscriber({ linger: 0 });
      subscriber.connect(`tcp://127.0.0.1:${String(connection.iopub_port)}`);
      // Every other one asks for less than all.
      const topic = round % 2 ? "" : "status";
      subscriber.subscribe(topic);
      for (let i = 0; i < 5; i++) await ask();
      const message = wire.decode(await subscriber.receive());
      expect(message.header.msg_type, `subscriber ${String(round)}`).to.equal("iopub_welcome");
      expect(message.content).to.deep.equal({ subscription: topic });
      subscriber.close();
    }
    shell.close();
  });

  it("answers after 100,000 fuzzed frames, and has said why it dropped them", async function () {
    this.timeout(120_000);
    expect(await answers()).to.equal("kernel_info_reply");
    const { connection } = launched;
    const wire = new Wire(connection.key);
    const wrong = new Wire("not the key");
    const random = randomly(7);
    const types = ["execute_request", "kernel_info_request", "complete_request", "inspect_request", "history_request", "comm_open", "comm_msg", "comm_close", "comm_info_request", "is_complete_request", "interrupt_request", "debug_request", "input_reply", "x", "__proto__", "constructor"]; // prettier-ignore
    const values: unknown[] = [null, 5, -1, "x", [], {}, true, { a: { b: [] } }, 1e99, "🍕"];
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)];
    const content = (): object =>
      Object.fromEntries(
        ["code", "cursor_pos", "detail_level", "silent", "comm_id", "target_name", "data", "hist_access_type", "n", "pattern", "user_expressions", "value", "session", "start", "stop", "output"] // prettier-ignore
          .filter(() => random() < 0.4)
          .map((key) => [key, pick(values)]),
      );
    /** Some broken, some unsigned, some forged, a few well signed with nonsense within. */
    const frames = (): Buffer[] => {
      const kind = random();
      if (kind < 0.3) return Array.from({ length: 1 + Math.floor(random() * 8) }, () => randomBytes(Math.floor(random() * 40))); // prettier-ignore
      const message = wire.message(pick(types), content(), {
        metadata: content() as Record<string, unknown>,
      });
      if (kind < 0.5) return wrong.encode(message);
      const signed = wire.encode(message);
      if (kind < 0.97) {
        const at = Math.floor(random() * signed.length);
        if (random() < 0.5) signed.splice(at, 1);
        else signed[at] = randomBytes(Math.floor(random() * 100));
        return signed;
      }
      return signed;
    };
    const channels = ["shell_port", "control_port", "stdin_port"] as const;
    const dealers = channels.map((channel) => dealerTo(connection[channel]));
    let sent = 0;
    while (sent < 100_000) {
      const message = frames();
      await pick(dealers).send(message);
      sent += message.length;
    }
    expect(await answers()).to.equal("kernel_info_reply");
    for (const dealer of dealers) dealer.close();
    await delay(50);
    expect(launched.complaint()).to.match(/A frame on (shell|control|stdin) was dropped: /);
    expect(launched.process.exitCode).to.equal(null);
  });
});
