/**
 * The Jupyter kernel: which message asks for what. A handler returns its reply's content; the loop alone says busy,
 * sends the reply and says idle.
 */
import { kernelInfo } from "./kernel-info";
import { Editor } from "./editor";
import { helpRequest, page } from "./help";
import { History } from "./history";
import { Outbox, type OutputMessage, serverLimits } from "./outbox";
import type { FromCell, Session } from "./session";
import { type Channel, Sockets } from "./sockets";
import { type ConnectionInfo, type Content, type Message, text, Wire } from "./wire";

type Handler = (request: Message) => Promise<Content> | Content;

interface Execution {
  channel: Channel;
  request: Message;
}

export class Kernel {
  private readonly wire: Wire;
  private readonly sockets: Sockets;
  private readonly history = new History();
  private readonly editor: Editor;
  /** The request behind each cell: late output still names it as its parent. */
  private readonly requests = new Map<number, Message>();
  private readonly comms = new Map<string, string>();
  private readonly queue: Execution[] = [];
  private readonly pages = new Map<number, object[]>();
  private readonly outbox: Outbox;
  private running: Execution | undefined;
  private working = false;
  /** When a cell last failed behind which nothing was to run. */
  private failedAt = -Infinity;
  private cells = 0;
  private executionCount = 0;
  private lastResult: string | undefined;

  constructor(
    private readonly connection: ConnectionInfo,
    private readonly session: Session,
  ) {
    this.editor = new Editor(session);
    this.wire = new Wire(connection.key, connection.signature_scheme);
    this.sockets = new Sockets(this.wire, (channel, message) => this.receive(channel, message));
    this.outbox = new Outbox(
      (message) => this.publishOutput(message),
      (on) => session.holdOutput(on),
      serverLimits,
    );
    session.display = {
      output: (message) => this.takeOutput(message),
      ask: (cell, prompt, password) => this.ask(cell, prompt, password),
      restarted: () => this.comms.clear(),
    };
  }

  async start(): Promise<void> {
    await this.sockets.bind(this.connection);
    void this.publish("status", { execution_state: "starting" }, undefined);
  }

  /** The terminal's Ctrl-C, and how front ends of old interrupt. */
  async interrupt(): Promise<void> {
    this.outbox.stop();
    await this.session.interrupt();
  }

  async stop(): Promise<void> {
    this.session.close();
    await this.history.settled();
    await this.sockets.close();
  }

  private readonly handlers: Record<string, Handler> = {
    kernel_info_request: () => kernelInfo,
    complete_request: ({ content }) => this.editor.complete(content),
    inspect_request: ({ content }) => this.editor.inspect(content),
    is_complete_request: ({ content }) => this.editor.isComplete(content),
    history_request: async ({ content }) => ({
      status: "ok",
      history: await this.history.find(content),
    }),
    comm_info_request: ({ content }) => this.commInfo(content),
    interrupt_request: async () => {
      await this.interrupt();
      return { status: "ok" };
    },
    shutdown_request: ({ content }) => ({ status: "ok", restart: content["restart"] === true }),
    debug_request: ({ content }) => ({
      type: "response",
      request_seq: content["seq"] ?? 0,
      seq: 0,
      success: false,
      command: content["command"] ?? "",
      message: "This kernel has no debugger.",
    }),
  };

  private receive(channel: Channel, message: Message): void {
    const type = message.header.msg_type;
    if (channel === "stdin") {
      if (type === "input_reply") this.session.answerInput(text(message.content["value"]));
    } else if (type === "execute_request") {
      this.queue.push({ channel, request: message });
      void this.work();
    } else if (type.startsWith("comm_") && type !== "comm_info_request") {
      void this.serveComm(message);
    } else {
      const handler = Object.hasOwn(this.handlers, type) ? this.handlers[type] : undefined;
      if (handler) void this.serve(channel, message, handler);
      else console.warn(`A message of unknown type ${type} was ignored.`);
    }
  }

  /** One request, one reply, between busy and idle. */
  private async serve(channel: Channel, request: Message, handler: Handler): Promise<void> {
    void this.status("busy", request);
    let content: Content;
    try {
      content = await handler(request);
    } catch (error) {
      const evalue = error instanceof Error ? error.message : String(error);
      content = { status: "error", ename: "KernelError", evalue, traceback: evalue.split("\n") };
    }
    void this.reply(channel, request, content);
    await this.status("idle", request);
    this.sayStillBusy(request);
    if (request.header.msg_type === "shutdown_request") {
      await this.stop();
      process.exit();
    }
  }

  /**
   * A notebook shows the newest state that it hears, and a cell still runs. That is said of nobody's request: each
   * has one `busy` and one `idle`.
   */
  private sayStillBusy(done: Message): void {
    if (this.running && this.running.request !== done) void this.status("busy", undefined);
  }

  /** Cells run one after the other, in the order in which they were asked for. */
  private async work(): Promise<void> {
    if (this.working) return;
    this.working = true;
    for (let next = this.queue.shift(); next; next = this.queue.shift()) {
      if (this.wasAskedBeforeError(next.request)) {
        await this.serveCell(next, () => ({ status: "aborted" }));
        continue;
      }
      let aborted: Execution[] = [];
      await this.serveCell(next, async ({ request }) => {
        const content = await this.execute(request);
        // Whoever hears of the error may ask anew: what is aborted is decided before the reply.
        if (content["status"] === "error" && request.content["stop_on_error"] !== false) {
          this.failedAt = Date.now();
          aborted = this.queue.splice(0);
        }
        return content;
      });
      for (const execution of aborted) await this.serveCell(execution, () => ({ status: "aborted" }));
    }
    this.working = false;
  }

  /** Sent behind a cell that then failed, but still on its way when it did: that is not to run either. */
  private wasAskedBeforeError({ header }: Message): boolean {
    // By the sender's clock, which may be another machine's: no longer than a person takes to react.
    return Date.now() - this.failedAt < 200 && Date.parse(header.date) < this.failedAt;
  }

  private async serveCell(
    execution: Execution,
    handler: (execution: Execution) => Promise<Content> | Content,
  ): Promise<void> {
    this.running = execution;
    await this.serve(execution.channel, execution.request, () => handler(execution));
    this.running = undefined;
  }

  private async execute(request: Message): Promise<Content> {
    const { content } = request;
    const code = text(content["code"]) ?? "";
    const silent = content["silent"] === true;
    const storeHistory = !silent && content["store_history"] !== false;
    const cell = ++this.cells;
    this.requests.set(cell, request);
    if (storeHistory) this.executionCount++;
    const count = this.executionCount;
    if (!silent) void this.publish("execute_input", { code, execution_count: count }, request);
    this.lastResult = undefined;
    this.outbox.begin(cell);
    const help = helpRequest(code);
    const outcome = help === undefined ? await this.runCell(cell, count, code, silent) : {};
    this.outbox.end();
    if (help !== undefined) this.addPage(cell, await this.editor.help(help));
    if (storeHistory) this.history.add(count, code, this.lastResult);
    if (outcome.error) {
      void this.publish("error", outcome.error, request);
      return { status: "error", execution_count: count, ...outcome.error, payload: [], user_expressions: {} };
    }
    const payload = (this.pages.get(cell) ?? []) as unknown[];
    this.pages.delete(cell);
    return {
      status: "ok",
      execution_count: count,
      payload,
      user_expressions: await this.userExpressions(cell, content),
    };
  }

  private runCell(cell: number, count: number, code: string, silent: boolean): ReturnType<Session["run"]> {
    return this.session.run(cell, `cell ${String(count)}`, code, silent);
  }

  private async userExpressions(cell: number, content: Content): Promise<Content> {
    const results: Content = {};
    const asked = content["user_expressions"];
    if (asked === null || typeof asked !== "object") return results;
    for (const [name, expression] of Object.entries(asked as Record<string, unknown>)) {
      const result = await this.session.evaluate(cell, String(expression));
      results[name] =
        "error" in result
          ? { status: "error", ...result.error }
          : { status: "ok", data: result.data, metadata: {} };
    }
    this.outbox.flush();
    return results;
  }

  private commInfo(content: Content): Content {
    const wanted = text(content["target_name"]);
    const open = [...this.comms].filter(([, target]) => wanted === undefined || target === wanted);
    return {
      status: "ok",
      comms: Object.fromEntries(open.map(([id, target]) => [id, { target_name: target }])),
    };
  }

  private async serveComm(request: Message): Promise<void> {
    void this.status("busy", request);
    const kind = request.header.msg_type as "comm_open" | "comm_msg" | "comm_close";
    const content = request.content as unknown as Parameters<Session["comm"]>[0]["content"];
    this.trackComm(kind, content);
    const { header, metadata, buffers } = request;
    await this.session.comm({ header, kind, content, metadata, buffers });
    this.outbox.flush();
    await this.status("idle", request);
    this.sayStillBusy(request);
  }

  private trackComm(kind: string, content: { comm_id: string; target_name?: string }): void {
    if (kind === "comm_open") this.comms.set(content.comm_id, content.target_name ?? "");
    if (kind === "comm_close") this.comms.delete(content.comm_id);
  }

  private takeOutput(message: FromCell): void {
    if (message.type === "page") {
      this.addPage(message.cell, page(message.data));
      return;
    }
    if (message.type === "result") this.lastResult = text(message.data["text/plain"]);
    if (message.type === "comm") this.trackComm(message.kind, message.content);
    this.outbox.add(message);
  }

  private publishOutput(message: OutputMessage): void {
    const parent = this.requests.get(message.cell) ?? this.running?.request;
    switch (message.type) {
      case "stream":
        void this.publish("stream", { name: message.name, text: message.text }, parent);
        return;
      case "display": {
        const { data, metadata, displayId, update } = message;
        const transient = displayId === undefined ? {} : { display_id: displayId };
        void this.publish(
          update ? "update_display_data" : "display_data",
          { data, metadata, transient },
          parent,
        );
        return;
      }
      case "clear":
        void this.publish("clear_output", { wait: message.wait }, parent);
        return;
      case "result": {
        const { data, metadata } = message;
        void this.publish("execute_result", { data, metadata, execution_count: this.executionCount }, parent);
        return;
      }
      case "comm": {
        const { kind, content, metadata, buffers, parent: heard } = message;
        // What answers a message of the page says so: the page waits for that answer.
        const answered = heard ? { header: heard as Message["header"] } : parent;
        void this.publish(kind, content, answered, {
          metadata: { ...metadata },
          buffers: buffers.map((b) => Buffer.from(b)),
        });
      }
    }
  }

  private addPage(cell: number, payload: object): void {
    this.pages.set(cell, [...(this.pages.get(cell) ?? []), payload]);
  }

  private ask(cell: number, prompt: string, password: boolean): void {
    this.outbox.flush();
    const request = this.requests.get(cell) ?? this.running?.request;
    if (!request || request.content["allow_stdin"] !== true) {
      this.session.answerInput(undefined);
      return;
    }
    const { identities, header } = request;
    void this.sockets.reply(
      "stdin",
      this.wire.message("input_request", { prompt, password }, { identities, parent: header }),
    );
  }

  private status(state: "busy" | "idle", request: Message | undefined): Promise<void> {
    return this.publish("status", { execution_state: state }, request);
  }

  private publish(
    type: string,
    content: object,
    parent: Pick<Message, "header"> | undefined,
    rest: Partial<Pick<Message, "metadata" | "buffers">> = {},
  ): Promise<void> {
    return this.sockets.publish(this.wire.message(type, content, { parent: parent?.header ?? {}, ...rest }));
  }

  private reply(channel: Channel, { header, identities }: Message, content: Content): Promise<void> {
    const type = header.msg_type.replace(/_request$/, "_reply");
    return this.sockets.reply(channel, this.wire.message(type, content, { identities, parent: header }));
  }
}
