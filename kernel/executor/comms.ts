/** The executor's ends of Jupyter's comms: two-way channels between a cell and the page. */
import { type CellRun, currentRun, inCell } from "./context";
import type { CommContent, FromExecutor, ToExecutor } from "./messages";

export interface SendOptions {
  metadata?: object;
  buffers?: readonly Uint8Array[];
}

type Listener = (data: unknown, buffers: readonly Uint8Array[]) => void;

export class Comm {
  private readonly listeners: Listener[] = [];
  private readonly closeListeners: (() => void)[] = [];
  /** What listeners write lands under the cell that opened the channel. */
  private readonly run: CellRun = currentRun();

  constructor(
    readonly id: string,
    readonly target: string,
    private readonly post: (
      kind: "comm_msg" | "comm_close",
      content: CommContent,
      options: SendOptions,
    ) => void,
  ) {}

  send(data: unknown, options: SendOptions = {}): void {
    this.post("comm_msg", { comm_id: this.id, data }, options);
  }

  onMessage(listener: Listener): void {
    this.listeners.push(listener);
  }

  onClose(listener: () => void): void {
    this.closeListeners.push(listener);
  }

  close(data: unknown = {}): void {
    this.post("comm_close", { comm_id: this.id, data }, {});
  }

  /** Hands a message of the page to the listeners. */
  deliver(data: unknown, buffers: readonly Uint8Array[]): void {
    for (const listener of this.listeners) inCell(this.run, () => listener(data, buffers));
  }

  closed(): void {
    for (const listener of this.closeListeners) inCell(this.run, listener);
  }
}

export class Comms {
  private readonly open_ = new Map<string, Comm>();
  private readonly targets = new Map<string, (comm: Comm, data: unknown) => void>();

  constructor(private readonly sendFrame: (message: FromExecutor) => void) {}

  open(id: string, target: string, data: unknown, options: SendOptions): Comm {
    const comm = this.register(id, target);
    this.post("comm_open", { comm_id: id, target_name: target, data }, options);
    return comm;
  }

  /** Listens for channels that the page opens. */
  onOpen(target: string, listener: (comm: Comm, data: unknown) => void): void {
    this.targets.set(target, listener);
  }

  receive({ kind, content, buffers }: Extract<ToExecutor, { type: "comm" }>): void {
    const { comm_id: id, target_name: target = "", data } = content;
    if (kind === "comm_open") {
      const listener = this.targets.get(target);
      // The protocol's answer to a target that nobody knows is to close at once.
      if (listener) listener(this.register(id, target), data);
      else this.post("comm_close", { comm_id: id, data: {} }, {});
      return;
    }
    const comm = this.open_.get(id);
    if (kind === "comm_msg") comm?.deliver(data, buffers);
    else {
      this.open_.delete(id);
      comm?.closed();
    }
  }

  private register(id: string, target: string): Comm {
    const comm = new Comm(id, target, (kind, content, options) => {
      if (kind === "comm_close") this.open_.delete(id);
      this.post(kind, content, options);
    });
    this.open_.set(id, comm);
    return comm;
  }

  private post(
    kind: "comm_open" | "comm_msg" | "comm_close",
    content: CommContent,
    options: SendOptions,
  ): void {
    const { metadata = {}, buffers = [] } = options;
    this.sendFrame({ type: "comm", cell: currentRun().cell, kind, content, metadata, buffers: [...buffers] });
  }
}
