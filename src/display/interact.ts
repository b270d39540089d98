import { randomUUID } from "node:crypto";
import { refusal } from "../tensor/errors.js";
import type { Control, Widget } from "./controls.js";
import { displaySymbol, type MimeBundle } from "./figure.js";
import { bundleOf, type Comm, findHost, type Host } from "./host.js";

export {
  checkbox,
  type Control,
  dropdown,
  play,
  type PlayOptions,
  slider,
  type SliderOptions,
} from "./controls.js";

/** A picture with controls: shown, it is drawn anew whenever the reader moves one of them. */
export interface Interaction<T> {
  /** What the controls say now. */
  readonly values: Readonly<T>;
  [displaySymbol](): MimeBundle | Promise<MimeBundle>;
}

type Controls<T> = { readonly [K in keyof T]: Control<T[K]> };

/**
 * Calls a function with the values of controls, shows what it returns, and does so again in the same place when a
 * reader moves a control. Where nobody can (a page without a kernel, another kernel), it shows the first picture.
 *
 * @param fn what to show for the values; it may return a promise
 * @param controls for each value that `fn` takes, a `slider`, `dropdown`, `checkbox` or `play`
 * @returns a value that displays as the controls and the picture
 * @example
 * const image = rand([8, 8], { seed: 1 });
 * interact(({ stride }) => convolutionSteps(image, ones([3, 3]), { stride }), { stride: slider(1, 4) });
 */
export function interact<T extends object>(
  fn: (values: T) => unknown,
  controls: Controls<T>,
): Interaction<T> {
  checkCall(fn, controls);
  const names = Object.keys(controls) as (keyof T & string)[];
  const values = Object.fromEntries(names.map((name) => [name, controls[name].initial])) as T;
  return {
    values,
    [displaySymbol]: async () => {
      const host = findHost();
      const picture = await draw(fn, values);
      if (!host?.comm) return picture.bundle;
      const displayId = randomUUID();
      const page = new Page(host, host.comm.bind(host));
      const live = page.live(picture);
      const redraw = coalesced(async () => {
        const drawn = await draw(fn, values).catch(asText);
        await host.updateDisplay(drawn.bundle, displayId, { metadata: drawn.metadata });
        live.show(drawn);
      });
      const rows = names.map((name) =>
        page.row(name, controls[name], (value) => {
          if (value === values[name]) return;
          values[name] = value;
          redraw();
        }),
      );
      const box = page.box("VBox", [...rows, live.model]);
      const words = names.map((name) => `${name} = ${controls[name].print(values[name])}`).join(", ");
      await host.display({ ...viewOf(box), "text/plain": words });
      await host.display(picture.bundle, { displayId, metadata: picture.metadata });
      // Both have been shown: the kernel takes an empty bundle for nothing to show.
      return {} as MimeBundle;
    },
  };
}

function checkCall(fn: unknown, controls: unknown): void {
  if (typeof fn !== "function") throw refusal("interact", "fn", "a function", fn);
  const expected = "an object with a slider, dropdown, checkbox or play for each value";
  if (typeof controls !== "object" || controls === null || Array.isArray(controls)) {
    throw refusal("interact", "controls", expected, controls);
  }
  for (const [name, control] of Object.entries(controls as Record<string, unknown>)) {
    const { read, widgets } = (control ?? {}) as Partial<Control<unknown>>;
    if (typeof read === "function" && Array.isArray(widgets)) continue;
    throw refusal("interact", `controls.${name}`, "a slider, dropdown, checkbox or play", control);
  }
}

type Drawn = Awaited<ReturnType<typeof bundleOf>>;

async function draw<T>(fn: (values: T) => unknown, values: T): Promise<Drawn> {
  return bundleOf(await fn({ ...values }));
}

/** A picture that failed is replaced by what went wrong; the next movement may mend it. */
function asText(error: unknown): Drawn {
  return {
    bundle: { "text/plain": error instanceof Error ? `${error.name}: ${error.message}` : String(error) },
  };
}

/** One run at a time, and after it one for all the calls that came meanwhile. */
function coalesced(work: () => Promise<void>): () => void {
  let state: "idle" | "due" | "running" | "running, due" = "idle";
  const run = async (): Promise<void> => {
    do {
      state = "running";
      await work();
    } while ((state as string) === "running, due");
    state = "idle";
  };
  return () => {
    if (state === "running") state = "running, due";
    if (state !== "idle") return;
    state = "due";
    // Later in this turn: movements that have arrived already are one.
    setImmediate(() => void run());
  };
}

/** Versions of the widget packages that the states below belong to. */
const version = "2.0.0";
const base = "@jupyter-widgets/base";
const widgets = "@jupyter-widgets/controls";
const outputModule = "@jupyter-widgets/output";
const outputVersion = "1.0.0";

interface Model {
  readonly comm: Comm;
  readonly state: Record<string, unknown>;
}

/** The picture of a page that has been loaded anew. */
interface Live {
  readonly model: Model;
  show(picture: Drawn): void;
}

/**
 * A page that is loaded anew has the picture from the notebook's file, and an update of it finds nothing there to
 * change. Such a page asks for the state of each widget: from then on this one shows the picture, and hides the old one,
 * which stands right behind the controls.
 */
const hidesOld =
  "<style>.jp-OutputArea-child:has(.convlab-live) + .jp-OutputArea-child { display: none }</style>";

function outputOf({ bundle, metadata = {} }: Drawn): Record<string, unknown> {
  return { output_type: "display_data", data: bundle, metadata };
}

/** The widgets of one display: models in this process, views on the page. */
class Page {
  constructor(
    private readonly host: Host,
    private readonly open: NonNullable<Host["comm"]>,
  ) {}

  /** One control with its name; `moved` hears of its values. */
  row<T>(name: string, control: Control<T>, moved: (value: T) => void): Model {
    const models = control.widgets.map((widget) => this.widget(name, widget));
    for (const model of models) {
      model.comm.onMessage((data) => {
        const state = changeOf(data);
        if (state === undefined) return;
        const value = control.read(state);
        if (value === undefined) return;
        // A player and its slider show the same value; the page links them through here.
        for (const other of models) if (other !== model) this.update(other, state);
        moved(value);
      });
    }
    return models.length === 1 ? models[0] : this.box("HBox", models);
  }

  box(kind: "VBox" | "HBox", children: readonly Model[]): Model {
    return this.model(widgets, `${kind}Model`, `${kind}View`, {
      box_style: "",
      children: children.map(reference),
      layout: reference(this.layout()),
    });
  }

  live(first: Drawn): Live {
    let picture = first;
    let isAsked = false;
    const outputs = (): object[] => [
      outputOf({ bundle: { "text/plain": "", "text/html": hidesOld } }),
      outputOf(picture),
    ];
    const model = this.model(
      outputModule,
      "OutputModel",
      "OutputView",
      {
        ...{
          _model_module_version: outputVersion,
          _view_module_version: outputVersion,
          msg_id: "",
          outputs: [],
        },
        ...{ _dom_classes: [], layout: reference(this.layout()) },
      },
      outputModule,
      () => {
        isAsked = true;
        return { outputs: outputs(), _dom_classes: ["convlab-live"] };
      },
    );
    const show = (drawn: Drawn): void => {
      picture = drawn;
      if (isAsked) send(model.comm, { outputs: outputs() });
    };
    return { model, show };
  }

  private widget(name: string, { model, view, style, state, labelled }: Widget): Model {
    const styled = this.model(widgets, style, "StyleView", { description_width: "" }, base);
    return this.model(widgets, model, view, {
      ...{ description: labelled ? name : "", description_allow_html: false, disabled: false },
      ...{ layout: reference(this.layout()), style: reference(styled), tabbable: null, tooltip: null },
      ...state,
    });
  }

  private layout(): Model {
    return this.model(base, "LayoutModel", "LayoutView", {});
  }

  private model(
    module: string,
    name: string,
    view: string,
    own: Record<string, unknown>,
    viewModule: string = module,
    /** What the state is besides, when a page asks for it. */
    current: () => Record<string, unknown> = () => ({}),
  ): Model {
    const state: Record<string, unknown> = {
      ...{ _model_module: module, _model_module_version: version, _model_name: name, _view_count: null },
      ...{ _view_module: viewModule, _view_module_version: version, _view_name: view, ...own },
      ...(module === widgets && viewModule === widgets ? { _dom_classes: [] } : {}),
    };
    const metadata = { version: "2.1.0" };
    const comm = this.open.call(this.host, "jupyter.widget", { state, buffer_paths: [] }, { metadata });
    comm.onMessage((data) => {
      Object.assign(state, changeOf(data));
      if ((data as { method?: unknown } | null)?.method === "request_state")
        send(comm, { ...state, ...current() });
    });
    return { comm, state };
  }

  private update(model: Model, change: Readonly<Record<string, unknown>>): void {
    const { value } = change;
    if (model.state["value"] === value) return;
    model.state["value"] = value;
    send(model.comm, { value });
  }
}

function send(comm: Comm, state: Readonly<Record<string, unknown>>): void {
  comm.send({ method: "update", state, buffer_paths: [] });
}

/** The state that an `update` message brings. */
function changeOf(data: unknown): Record<string, unknown> | undefined {
  const { method, state } = (data ?? {}) as { method?: unknown; state?: unknown };
  return method === "update" && typeof state === "object" && state !== null
    ? (state as Record<string, unknown>)
    : undefined;
}

function reference({ comm }: Model): string {
  return `IPY_MODEL_${comm.id}`;
}

function viewOf({ comm }: Model): Record<string, unknown> {
  const view = { version_major: 2, version_minor: 0, model_id: comm.id };
  return { "application/vnd.jupyter.widget-view+json": view };
}
