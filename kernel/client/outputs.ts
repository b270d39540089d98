/** Outputs as a notebook stores them: streams merged, `clear_output` and updates of shown pictures applied. */

export type MimeBundle = Record<string, unknown>;

export interface StreamOutput {
  output_type: "stream";
  name: "stdout" | "stderr";
  text: string;
}

export interface DisplayOutput {
  output_type: "display_data";
  data: MimeBundle;
  metadata: Record<string, unknown>;
}

export interface ResultOutput {
  output_type: "execute_result";
  data: MimeBundle;
  metadata: Record<string, unknown>;
  execution_count: number | null;
}

export interface ErrorOutput {
  output_type: "error";
  ename: string;
  evalue: string;
  traceback: string[];
}

export type Output = StreamOutput | DisplayOutput | ResultOutput | ErrorOutput;

/** One cell's outputs. */
export class Outputs {
  readonly list: Output[] = [];
  private clearOnNext = false;

  constructor(readonly changed: () => void) {}

  add(output: Output): Output {
    if (this.clearOnNext) this.clear();
    const last = this.list.at(-1);
    if (output.output_type === "stream" && last?.output_type === "stream" && last.name === output.name) {
      last.text += output.text;
    } else this.list.push(output);
    this.changed();
    return output;
  }

  /** With `wait`, what is there stays until something takes its place. */
  clear(wait = false): void {
    this.clearOnNext = wait;
    if (wait) return;
    this.list.length = 0;
    this.changed();
  }
}

/** All the outputs of a kernel, by the request they answer. */
export class OutputCollector {
  private readonly cells = new Map<string, Outputs>();
  private readonly displays = new Map<string, { output: DisplayOutput | ResultOutput; cell: Outputs }[]>();

  begin(request: string, changed: () => void): Outputs {
    const outputs = new Outputs(changed);
    this.cells.set(request, outputs);
    return outputs;
  }

  /** Takes one message of the kernel's output channel. */
  receive(request: string, type: string, content: Record<string, unknown>): void {
    const cell = this.cells.get(request);
    if (type === "update_display_data") {
      this.update(content);
      return;
    }
    if (!cell) return;
    if (type === "clear_output") cell.clear(content["wait"] === true);
    const output = toOutput(type, content);
    if (!output) return;
    cell.add(output);
    const id = displayId(content);
    if (
      id !== undefined &&
      (output.output_type === "display_data" || output.output_type === "execute_result")
    ) {
      this.displays.set(id, [...(this.displays.get(id) ?? []), { output, cell }]);
    }
  }

  private update(content: Record<string, unknown>): void {
    const id = displayId(content);
    for (const { output, cell } of (id === undefined ? undefined : this.displays.get(id)) ?? []) {
      output.data = content["data"] as MimeBundle;
      output.metadata = content["metadata"] as Record<string, unknown>;
      cell.changed();
    }
  }
}

function displayId(content: Record<string, unknown>): string | undefined {
  const transient = content["transient"] as { display_id?: string } | undefined;
  return transient?.display_id;
}

function toOutput(type: string, content: Record<string, unknown>): Output | undefined {
  const { data, metadata } = content as { data: MimeBundle; metadata: Record<string, unknown> };
  switch (type) {
    case "stream":
      return {
        output_type: "stream",
        name: content["name"] === "stderr" ? "stderr" : "stdout",
        text: String(content["text"]),
      };
    case "display_data":
      return { output_type: "display_data", data, metadata };
    case "execute_result": {
      const count = content["execution_count"];
      return {
        output_type: "execute_result",
        data,
        metadata,
        execution_count: typeof count === "number" ? count : null,
      };
    }
    case "error": {
      const { ename, evalue, traceback } = content as { ename: string; evalue: string; traceback: string[] };
      return { output_type: "error", ename, evalue, traceback };
    }
    default:
      return undefined;
  }
}
