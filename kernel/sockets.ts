/** The kernel's five ZeroMQ sockets. Sending is in order on each; what cannot be read is dropped with a warning. */
import { Reply, Router, XPublisher } from "zeromq";
import type { ConnectionInfo, Message, Wire } from "./wire";

export type Channel = "shell" | "control" | "stdin";

export type Receive = (channel: Channel, message: Message) => void;

/** `zmq_setsockopt`'s ZMQ_SUBSCRIBE and ZMQ_UNSUBSCRIBE. */
const subscribe = 6;
const unsubscribe = 7;

/**
 * The output channel. A subscription takes effect when we say so, and not when it arrives: otherwise a message could
 * reach the subscriber before its welcome.
 */
class OutputSocket extends XPublisher {
  constructor() {
    // No output is lost because a reader is slow; the outbox sees to it that not too much is under way.
    super({ sendHighWaterMark: 0, linger: 1000, manual: true });
  }

  /** Carries out the subscription, or its end, that was received last. */
  accept(topic: string, wanted: boolean): void {
    this.setStringOption(wanted ? subscribe : unsubscribe, topic);
  }
}

interface Queue {
  readonly waiting: { frames: Buffer[]; resolve: () => void }[];
  sending: Promise<void>;
  busy: boolean;
}

export class Sockets {
  private readonly iopub = new OutputSocket();
  private readonly routers: Record<Channel, Router> = {
    shell: new Router({ sendHighWaterMark: 0, linger: 1000 }),
    control: new Router({ sendHighWaterMark: 0, linger: 1000 }),
    stdin: new Router({ sendHighWaterMark: 0, linger: 1000 }),
  };
  private readonly heartbeat = new Reply();
  private readonly queues = new Map<object, Queue>();

  constructor(
    private readonly wire: Wire,
    private readonly receive: Receive,
  ) {}

  async bind(connection: ConnectionInfo): Promise<void> {
    const address = (port: number): string =>
      connection.transport === "ipc"
        ? `ipc://${connection.ip}-${port}`
        : `${connection.transport}://${connection.ip}:${port}`;
    await Promise.all([
      this.iopub.bind(address(connection.iopub_port)),
      this.routers.shell.bind(address(connection.shell_port)),
      this.routers.control.bind(address(connection.control_port)),
      this.routers.stdin.bind(address(connection.stdin_port)),
      this.heartbeat.bind(address(connection.hb_port)),
    ]);
    void this.welcome().catch(() => undefined);
    void this.beat();
    for (const channel of ["control", "shell", "stdin"] as const) void this.listen(channel);
  }

  publish(message: Message): Promise<void> {
    const topic = Buffer.from(message.header.msg_type);
    return this.enqueue(this.iopub, this.wire.encode({ ...message, identities: [topic] }));
  }

  reply(channel: Channel, message: Message): Promise<void> {
    return this.enqueue(this.routers[channel], this.wire.encode(message));
  }

  /** Sends what is queued, then closes: ending the process with an open socket may abort it. */
  async close(): Promise<void> {
    await Promise.all([...this.queues.values()].map(({ sending }) => sending));
    for (const socket of [this.iopub, this.heartbeat, ...Object.values(this.routers)]) socket.close();
  }

  /** A ZeroMQ socket takes one send at a time. What is `urgent` goes before all that waits. */
  private enqueue(socket: Router | XPublisher, frames: Buffer[], urgent = false): Promise<void> {
    let queue = this.queues.get(socket);
    if (!queue) this.queues.set(socket, (queue = { waiting: [], sending: Promise.resolve(), busy: false }));
    const { waiting } = queue;
    const sent = new Promise<void>((resolve) => {
      if (urgent) waiting.unshift({ frames, resolve });
      else waiting.push({ frames, resolve });
    });
    if (!queue.busy) queue.sending = this.sendAll(socket, queue);
    return sent;
  }

  private async sendAll(socket: Router | XPublisher, queue: Queue): Promise<void> {
    queue.busy = true;
    for (let next = queue.waiting.shift(); next; next = queue.waiting.shift()) {
      try {
        if (!socket.closed) await socket.send(next.frames);
      } catch (error) {
        // A peer that has left cannot be sent to; that is its affair.
        console.warn(`A message could not be sent: ${String(error)}`);
      }
      next.resolve();
    }
    queue.busy = false;
  }

  private async listen(channel: Channel): Promise<void> {
    for await (const frames of this.routers[channel]) {
      let message: Message;
      try {
        message = this.wire.decode(frames);
      } catch (error) {
        console.warn(
          `A frame on ${channel} was dropped: ${error instanceof Error ? error.message : String(error)}.`,
        );
        continue;
      }
      this.receive(channel, message);
    }
  }

  /**
   * JEP 65: each new subscriber is greeted before it hears anything else, so that it knows from where on it can rely
   * on the channel.
   */
  private async welcome(): Promise<void> {
    while (!this.iopub.closed) {
      const [frame] = await this.iopub.receive();
      const topic = frame.subarray(1).toString();
      // At once: a subscriber that leaves meanwhile would make the socket forget whose subscription this was.
      if (frame[0] === 0 || frame[0] === 1) this.iopub.accept(topic, frame[0] === 1);
      if (frame[0] !== 1) continue;
      const message = this.wire.message(
        "iopub_welcome",
        { subscription: topic },
        { identities: [Buffer.from(topic)] },
      );
      // What is being sent was on its way before the subscription counted; what waits comes after the welcome.
      await this.enqueue(this.iopub, this.wire.encode(message), true);
    }
  }

  private async beat(): Promise<void> {
    for await (const frames of this.heartbeat) await this.heartbeat.send(frames);
  }
}
