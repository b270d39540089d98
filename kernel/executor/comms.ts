/** The executor's ends of Jupyter's comms: two-way channels between a cell and the page. */
import { type CellRun, currentRun, inCell } from "./context";
import type { CommContent, FromExecutor, ToExecutor } from "./messages";

export interface SendOptions {
  metadata?: object;
  buffers?: readonly Uint8Array[];
}

/** The run of a cell while it hears a message of the page: what it sends answers that message. */
function hearing(run: CellRun, header: object): CellRun {
  // An object that stands on the run's own: what is said of the run is said of both.
  return Object.create(run, { parent: { value: header } }) as CellRun;
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
  deliver(header: object, data: unknown, buffers: readonly Uint8Array[]): void {
    const run = hearing(this.run, header);
    for (const listener of this.listeners) inCell(run, () => listener(data, buffers));
  }

  closed(header: object): void {
    for (const listener of this.closeListeners) inCell(hearing(this.run, header), listener);
  }
}

type OpenListener = (comm: Comm, data: unknown) => void;

export class Comms {
  private readonly open_ = new Map<string, Comm>();
  private readonly targets = new Map<string, { run: CellRun; listener: OpenListener }>();

  constructor(private readonly sendFrame: (message: FromExecutor) => void) {}

  open(id: string, target: string, data: unknown, options: SendOptions): Comm {
    const comm = this.register(id, target);
    this.post("comm_open", { comm_id: id, target_name: target, data }, options);
    return comm;
  }

  /** Listens for channels that the page opens. */
  onOpen(target: string, listener: OpenListener): void {
    this.targets.set(target, { run: currentRun(), listener });
  }

  receive({ header, kind, content, buffers }: Extract<ToExecutor, { type: "comm" }>): void {
    const { comm_id: id, target_name: target = "", data } = content;
    if (kind === "comm_open") {
      const known = this.targets.get(target);
      inCell(hearing(known?.run ?? currentRun(), header), () => {
        // The protocol's answer to a target that nobody knows is to close at once.
        if (known) known.listener(this.register(id, target), data);
        else this.post("comm_close", { comm_id: id, data: {} }, {});
      });
      return;
    }
    const comm = this.open_.get(id);
    if (kind === "comm_msg") comm?.deliver(header, data, buffers);
    else {
      this.open_.delete(id);
      comm?.closed(header);
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
    const { cell, parent } = currentRun();
    const answers = parent === undefined ? {} : { parent };
    this.sendFrame({ type: "comm", cell, ...answers, kind, content, metadata, buffers: [...buffers] });
  }
}
