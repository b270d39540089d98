/** The client half of the protocol: start a kernel, execute cells, collect outputs. What cli, grading and lab use. */
import { once } from "node:events";
import { Dealer, Request, Subscriber } from "zeromq";
import { kernelName } from "../kernelspec";
import { type Message, Wire } from "../wire";
import {
  type Death,
  type ExecuteOptions,
  type ExecuteResult,
  type KernelClient,
  KernelDied,
  type StartOptions,
} from "./contract";
import { launch, type Launched } from "./launch";
import { OutputCollector } from "./outputs";
import { TimeoutError, withTimeout } from "./timeout";

export * from "./contract";
export type { DisplayOutput, ErrorOutput, MimeBundle, Output, ResultOutput, StreamOutput } from "./outputs";
export { kernelNames, UnknownKernel } from "./launch";
export { TimeoutError } from "./timeout";

/**
 * Starts a kernel and waits until it answers.
 *
 * @throws an Error that names an unknown kernel and those there are; KernelDied where it ends at once; an Error after
 * `timeout` milliseconds without an answer.
 */
export async function startKernel(options: StartOptions): Promise<KernelClient> {
  const { kernelName: name = kernelName, cwd, env = {}, timeout = 60_000 } = options;
  const client = new Client(await launch(name, cwd, env));
  try {
    await client.open(timeout);
  } catch (error) {
    await client.shutdown();
    throw error;
  }
  return client;
}

interface Pending {
  resolve: (content: Record<string, unknown>) => void;
  idle: Promise<void>;
  becomeIdle: () => void;
  stdin: ExecuteOptions["stdin"];
}

type Channel = "shell" | "control" | "stdin";

/** Milliseconds: a kernel that has just been started binds its sockets a moment after the first try to connect. */
const reconnectInterval = 20;

class Client implements KernelClient {
  info: Record<string, unknown> = {};
  readonly died: Promise<Death>;
  private readonly wire: Wire;
  private readonly dealers: Record<Channel, Dealer>;
  private readonly iopub = new Subscriber({ receiveHighWaterMark: 0, reconnectInterval });
  private readonly collector = new OutputCollector();
  private readonly pending = new Map<string, Pending>();
  private readonly listeners: ((message: Message) => void)[] = [];
  private readonly sending = new Map<Channel, Promise<void>>();
  private closing = false;
  private welcomed: () => void = () => undefined;

  constructor(private readonly launched: Launched) {
    const { connection } = launched;
    this.wire = new Wire(connection.key, connection.signature_scheme);
    // One identity for all: the kernel finds the way to stdin by it.
    const dealer = (): Dealer =>
      new Dealer({ routingId: this.wire.session, linger: 0, sendHighWaterMark: 0, reconnectInterval });
    this.dealers = { shell: dealer(), control: dealer(), stdin: dealer() };
    const address = (port: number): string => `tcp://${connection.ip}:${String(port)}`;
    this.dealers.shell.connect(address(connection.shell_port));
    this.dealers.control.connect(address(connection.control_port));
    this.dealers.stdin.connect(address(connection.stdin_port));
    this.iopub.connect(address(connection.iopub_port));
    this.iopub.subscribe();
    this.died = this.watch();
  }

  get pid(): number | undefined {
    return this.launched.process.pid;
  }

  async open(timeout: number): Promise<void> {
    for (const channel of ["shell", "control", "stdin"] as const) void this.listen(channel);
    const listening = new Promise<void>((resolve) => (this.welcomed = resolve));
    void this.listenIopub();
    await this.orDeath(
      withTimeout(
        this.connect(listening),
        timeout,
        `The kernel did not answer within ${String(timeout / 1000)} s.`,
      ),
    );
  }

  async execute(code: string, options: ExecuteOptions = {}): Promise<ExecuteResult> {
    const {
      storeHistory = true,
      silent = false,
      stopOnError = true,
      userExpressions = {},
      stdin,
      timeout,
      onOutput,
    } = options;
    const message = this.wire.message("execute_request", {
      code,
      silent,
      store_history: storeHistory,
      user_expressions: userExpressions,
      allow_stdin: stdin !== undefined,
      stop_on_error: stopOnError,
    });
    const outputs = this.collector.begin(message.header.msg_id, () => onOutput?.(outputs.list));
    const replied = this.exchange("shell", message, stdin);
    const reply = await (timeout === undefined ? replied : this.inTime(replied, timeout));
    const { status, execution_count: count } = reply;
    const result: ExecuteResult = {
      status: status === "ok" || status === "error" ? status : "aborted",
      executionCount: typeof count === "number" ? count : null,
      outputs: outputs.list,
      reply,
    };
    if (status === "error") {
      const { ename, evalue, traceback } = reply as { ename?: string; evalue?: string; traceback?: string[] };
      // Some kernels leave the particulars to the output.
      const shown = outputs.list.find((output) => output.output_type === "error");
      result.error = {
        ename: ename ?? shown?.ename ?? "Error",
        evalue: evalue ?? shown?.evalue ?? "",
        traceback: traceback ?? shown?.traceback ?? [],
      };
    }
    return result;
  }

  request(
    type: string,
    content: object,
    channel: "shell" | "control" = "shell",
  ): Promise<Record<string, unknown>> {
    return this.exchange(channel, this.wire.message(type, content), undefined);
  }

  send(
    type: string,
    content: object,
    extra: { metadata?: Record<string, unknown>; buffers?: Buffer[] } = {},
  ): void {
    void this.post("shell", this.wire.message(type, content, extra));
  }

  onIopub(listener: (message: Message) => void): void {
    this.listeners.push(listener);
  }

  async heartbeat(): Promise<void> {
    const { ip, hb_port: port } = this.launched.connection;
    const heart = new Request({ linger: 0, reconnectInterval });
    heart.connect(`tcp://${ip}:${String(port)}`);
    try {
      await heart.send("ping");
      await this.orDeath(heart.receive());
    } finally {
      heart.close();
    }
  }

  async interrupt(): Promise<void> {
    await this.request("interrupt_request", {}, "control");
  }

  async shutdown(): Promise<void> {
    const { process: child } = this.launched;
    const running = child.exitCode === null && child.signalCode === null && child.pid !== undefined;
    if (running && !this.closing) {
      this.closing = true;
      const ended = once(child, "exit");
      void this.post("control", this.wire.message("shutdown_request", { restart: false }));
      await withTimeout(ended, 3000, "").catch(() => child.kill("SIGKILL"));
    }
    this.closing = true;
    for (const socket of [...Object.values(this.dealers), this.iopub]) socket.close();
    await this.launched.cleanUp();
  }

  /** Until the output channel is known to be heard: a kernel's welcome, or any message of it. */
  private async connect(listening: Promise<void>): Promise<void> {
    for (let heard = false; !heard;) {
      this.info = await this.request("kernel_info_request", {});
      heard = await Promise.race([
        listening.then(() => true),
        new Promise<false>((resolve) => setTimeout(() => resolve(false), 200)),
      ]);
    }
  }

  /** Sends a request; resolves when the reply has come and the kernel is idle again, so that no output is missing. */
  private async exchange(
    channel: "shell" | "control",
    message: Message,
    stdin: ExecuteOptions["stdin"],
  ): Promise<Record<string, unknown>> {
    const id = message.header.msg_id;
    let becomeIdle = (): void => undefined;
    const idle = new Promise<void>((resolve) => (becomeIdle = resolve));
    const replied = new Promise<Record<string, unknown>>((resolve) => {
      this.pending.set(id, { resolve, idle, becomeIdle, stdin });
    });
    await this.post(channel, message);
    try {
      const content = await this.orDeath(replied);
      // Before the output channel is open nobody hears of idleness.
      if (message.header.msg_type !== "kernel_info_request") await this.orDeath(idle);
      return content;
    } finally {
      this.pending.delete(id);
    }
  }

  private async inTime<T>(work: Promise<T>, timeout: number): Promise<T> {
    try {
      return await withTimeout(work, timeout, `The cell took longer than ${String(timeout / 1000)} s.`);
    } catch (error) {
      if (error instanceof TimeoutError) await this.interrupt();
      throw error;
    }
  }

  private post(channel: Channel, message: Message): Promise<void> {
    const sent = (this.sending.get(channel) ?? Promise.resolve()).then(async () => {
      if (!this.dealers[channel].closed) await this.dealers[channel].send(this.wire.encode(message));
    });
    this.sending.set(
      channel,
      sent.catch(() => undefined),
    );
    return sent;
  }

  private async listen(channel: Channel): Promise<void> {
    for await (const frames of this.dealers[channel]) {
      const message = this.wire.decode(frames);
      const parent = this.pending.get(message.parent.msg_id ?? "");
      if (channel === "stdin") void this.answer(message, parent?.stdin);
      else parent?.resolve(message.content);
    }
  }

  private async answer({ header, content }: Message, ask: ExecuteOptions["stdin"]): Promise<void> {
    if (!ask) return;
    const value = await ask(String(content["prompt"]), content["password"] === true);
    await this.post("stdin", this.wire.message("input_reply", { status: "ok", value }, { parent: header }));
  }

  private async listenIopub(): Promise<void> {
    for await (const frames of this.iopub) {
      const message = this.wire.decode(frames);
      this.welcomed();
      const parent = message.parent.msg_id ?? "";
      const type = message.header.msg_type;
      if (type === "status" && message.content["execution_state"] === "idle")
        this.pending.get(parent)?.becomeIdle();
      this.collector.receive(parent, type, message.content);
      for (const listener of this.listeners) listener(message);
    }
  }

  private async watch(): Promise<Death> {
    const { process: child, complaint } = this.launched;
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
      child.once("exit", (c, s) => resolve([c, s]));
      child.once("error", (error) => resolve([null, error.message]));
    });
    const death = { code, signal, stderr: complaint() };
    // An expected end is no death: whoever waits for one goes on waiting.
    return this.closing ? new Promise<Death>(() => undefined) : death;
  }

  private orDeath<T>(work: Promise<T>): Promise<T> {
    return Promise.race([
      work,
      this.died.then((death) => {
        throw new KernelDied(death);
      }),
    ]);
  }
}
