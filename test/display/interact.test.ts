import { expect } from "chai";
import { displaySymbol, type MimeBundle } from "../../src/display/figure.js";
import { type Comm, type Host, hostSymbol } from "../../src/display/host.js";
import { checkbox, dropdown, interact, play, slider } from "../../src/index.js";

describe("interact", () => {
  /** A page that can move what it was shown. */
  const makePage = () => {
    const shown: { bundle: MimeBundle; id: string | undefined }[] = [];
    const updates: { bundle: MimeBundle; id: string }[] = [];
    const models = new Map<string, { state: Record<string, unknown>; hear: ((data: unknown) => void)[]; sent: unknown[] }>(); // prettier-ignore
    const host: Host = {
      display: (bundle, options) => void shown.push({ bundle, id: options?.displayId }),
      updateDisplay: (bundle, id) => void updates.push({ bundle, id }),
      comm: (target, data, options): Comm => {
        expect(target).to.equal("jupyter.widget");
        expect(options?.metadata).to.deep.equal({ version: "2.1.0" });
        const model = { state: (data as { state: Record<string, unknown> }).state, hear: [] as ((data: unknown) => void)[], sent: [] as unknown[] }; // prettier-ignore
        const id = `m${String(models.size)}`;
        models.set(id, model);
        return { id, send: (d) => void model.sent.push(d), onMessage: (l) => void model.hear.push(l as (d: unknown) => void), close: () => undefined }; // prettier-ignore
      },
    };
    const find = (name: string) => [...models.values()].filter(({ state }) => state["_model_name"] === name);
    const move = (name: string, state: object): void => {
      for (const hear of find(name)[0].hear) hear({ method: "update", state, buffer_paths: [] });
    };
    return { host, shown, updates, models, find, move };
  };
  const on = async (host: Host | undefined, body: () => Promise<void>): Promise<void> => {
    const world = globalThis as unknown as Record<symbol, unknown>;
    if (host) world[hostSymbol] = host;
    try {
      await body();
    } finally {
      Reflect.deleteProperty(world, hostSymbol);
    }
  };
  const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

  it("gives its function the controls' types", () => {
    interact(({ stride, mode, dilated, size }) => {
      const all: { stride: number; mode: "zeros" | "reflect"; dilated: boolean; size: number } = { stride, mode, dilated, size }; // prettier-ignore
      // @ts-expect-error a dropdown's value is one of its options
      mode satisfies "circular";
      return all;
    }, { stride: slider(1, 4), mode: dropdown(["zeros", "reflect"]), dilated: checkbox(), size: play(1, 9) }); // prettier-ignore
    // @ts-expect-error there is no such control
    interact(({ padding }) => padding, { stride: slider(1, 4) });
  });

  it("shows the controls and, below, the picture", async () => {
    const page = makePage();
    await on(page.host, async () => {
      const value = interact(({ n, on: lit }) => `${n} ${lit}`, {
        n: slider(1, 4, { value: 2 }),
        on: checkbox(true),
      });
      expect(await value[displaySymbol]()).to.deep.equal({});
    });
    const [controls, picture] = page.shown;
    expect(controls.bundle["text/plain"]).to.equal("n = 2, on = on");
    const view = controls.bundle["application/vnd.jupyter.widget-view+json"] as { model_id: string };
    const box = page.models.get(view.model_id);
    expect(box?.state["_model_name"]).to.equal("VBoxModel");
    const children = (box?.state["children"] as string[]).map(
      (name) => page.models.get(name.slice(10))?.state,
    );
    expect(children.map((state) => state?.["description"])).to.deep.equal(["n", "on", undefined]);
    expect(children[2]).to.deep.include({ _model_name: "OutputModel", outputs: [], _dom_classes: [] });
    expect(children[0]).to.include({ _model_name: "IntSliderModel", min: 1, max: 4, step: 1, value: 2 });
    expect(picture.bundle["text/plain"]).to.equal("2 true");
    expect(picture.id).to.be.a("string");
  });

  it("draws anew in the same place when a control is moved", async () => {
    const page = makePage();
    await on(page.host, async () => {
      const value = interact(({ n, mode }) => `${n} ${mode}`, {
        n: slider(1, 4),
        mode: dropdown(["a", "b"]),
      });
      await value[displaySymbol]();
      page.move("IntSliderModel", { value: 3 });
      await turn();
      page.move("DropdownModel", { index: 1 });
      await turn();
      expect(value.values).to.deep.equal({ n: 3, mode: "b" });
    });
    expect(page.updates.map(({ bundle }) => bundle["text/plain"])).to.deep.equal(["3 a", "3 b"]);
    expect(new Set(page.updates.map(({ id }) => id))).to.deep.equal(new Set([page.shown[1].id]));
  });

  it("draws once for many quick movements, the last one always", async () => {
    const page = makePage();
    let calls = 0;
    await on(page.host, async () => {
      const value = interact(async ({ n }) => { calls++; await turn(); return String(n); }, { n: slider(0, 100) }); // prettier-ignore
      await value[displaySymbol]();
      for (let n = 1; n <= 50; n++) page.move("IntSliderModel", { value: n });
      await turn();
      for (let n = 51; n <= 100; n++) page.move("IntSliderModel", { value: n });
      for (let i = 0; i < 10; i++) await turn();
    });
    expect(calls).to.equal(3);
    expect(page.updates.at(-1)?.bundle["text/plain"]).to.equal("100");
  });

  it("shows an error in the picture's place and recovers", async () => {
    const page = makePage();
    await on(page.host, async () => {
      const value = interact(({ n }) => { if (n === 2) throw new RangeError("not two"); return "fine"; }, { n: slider(1, 4) }); // prettier-ignore
      await value[displaySymbol]();
      page.move("IntSliderModel", { value: 2 });
      await turn();
      page.move("IntSliderModel", { value: 3 });
      await turn();
    });
    expect(page.updates.map(({ bundle }) => bundle["text/plain"])).to.deep.equal([
      "RangeError: not two",
      "fine",
    ]);
  });

  it("links a player and its slider, and ignores what is no value", async () => {
    const page = makePage();
    await on(page.host, async () => {
      const value = interact(({ n }) => String(n), { n: play(0, 9) });
      await value[displaySymbol]();
      page.move("PlayModel", { playing: true });
      page.move("PlayModel", { value: 4 });
      await turn();
    });
    expect(page.find("IntSliderModel")[0].sent).to.deep.equal([
      { method: "update", state: { value: 4 }, buffer_paths: [] },
    ]);
    expect(page.updates).to.have.lengthOf(1);
  });

  it("tells a page that comes later how things stand", async () => {
    const page = makePage();
    await on(page.host, async () => {
      await interact(({ x }) => String(x), { x: slider(0, 1, { step: 0.25 }) })[displaySymbol]();
      page.move("FloatSliderModel", { value: 0.5 });
      for (const hear of page.find("FloatSliderModel")[0].hear) hear({ method: "request_state" });
    });
    const [model] = page.find("FloatSliderModel");
    expect(model.sent).to.have.lengthOf(1);
    expect((model.sent[0] as { state: object }).state).to.include({ value: 0.5, readout_format: ".2f" });
  });

  it("shows a page that comes later the picture as it is, and every new one", async () => {
    const page = makePage();
    await on(page.host, async () => {
      await interact(({ n }) => `n is ${n}`, { n: slider(1, 4) })[displaySymbol]();
      const [output] = page.find("OutputModel");
      page.move("IntSliderModel", { value: 2 });
      await turn();
      expect(output.sent).to.deep.equal([]);
      for (const hear of output.hear) hear({ method: "request_state" });
      page.move("IntSliderModel", { value: 3 });
      await turn();
      const states = output.sent.map((sent) => (sent as { state: { outputs: object[] } }).state);
      expect(states.map(({ outputs }) => outputs[1])).to.deep.equal(
        ["n is 2", "n is 3"].map((text) => ({
          output_type: "display_data",
          data: { "text/plain": text },
          metadata: {},
        })),
      );
      expect(states[0]).to.deep.include({ _dom_classes: ["convlab-live"] });
    });
  });

  it("shows the first picture where nobody can move anything", async () => {
    const shown = await interact(({ n }) => `n is ${n}`, { n: slider(1, 4) })[displaySymbol]();
    expect(shown).to.deep.equal({ "text/plain": "n is 1" });
  });

  it("refuses controls that cannot be", () => {
    expect(() => slider(4, 1)).to.throw("slider: max: expected a number above 4, got 1");
    expect(() => slider(0, 4, { step: 0 })).to.throw("slider: step");
    expect(() => slider(0, 4, { value: 5 })).to.throw("slider: value: expected a number from 0 to 4, got 5");
    expect(() => dropdown([])).to.throw("dropdown: options");
    expect(() => play(0, 4, { interval: 0 })).to.throw("play: interval");
  });
});
