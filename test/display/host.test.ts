import { expect } from "chai";
import { clearOutput, hostSymbol, type Host, show } from "../../src/display/host.js";
import { digits } from "../../src/display/examples/pictures.js";
import { convolutionSteps, featureMaps, rand } from "../../src/index.js";

type Global = Record<symbol | string, unknown>;

describe("show", () => {
  const world = globalThis as unknown as Global;
  const put = (name: symbol | string, value: unknown, body: () => Promise<void>): Promise<void> => {
    world[name] = value;
    return body().finally(() => Reflect.deleteProperty(world, name));
  };
  const figure = convolutionSteps(digits("11/11"), digits("1"));

  it("hands the bundle to the kernel's host at once, and updates it in place", async () => {
    const sent: [string, string][] = [];
    const host: Host = {
      display: (bundle, options) => void sent.push([bundle["text/plain"], options?.displayId ?? ""]),
      updateDisplay: (bundle, id) => void sent.push([bundle["text/plain"], id]),
    };
    await put(hostSymbol, host, async () => {
      const showing = show(figure);
      expect(sent).to.have.lengthOf(1);
      const shown = await showing;
      await shown.update("done");
      expect(sent).to.deep.equal([[figure.toString(), shown.displayId], ["done", shown.displayId]]); // prettier-ignore
    });
  });

  it("waits for a picture that takes time", async () => {
    const sent: string[] = [];
    const host: Host = {
      display: (bundle) => void sent.push(...Object.keys(bundle)),
      updateDisplay: () => undefined,
    };
    await put(hostSymbol, host, async () => {
      await show(featureMaps(rand([1, 4, 4], { seed: 1 })));
    });
    expect(sent).to.include("image/png");
  });

  it("clears by the kernel's host, and says what is no option", async () => {
    const cleared: unknown[] = [];
    const host: Host = {
      display: () => undefined,
      updateDisplay: () => undefined,
      clearOutput: (options) => void cleared.push(options),
    };
    await put(hostSymbol, host, async () => {
      await clearOutput();
      await clearOutput({ wait: true });
      const refused: [unknown, string][] = [
        [{ wait: 1 }, "clearOutput: wait: expected true or false, got 1"],
        [{ wai: true }, "clearOutput: options: expected no other option than wait, got an object with keys"],
        [null, "clearOutput: options: expected an object such as { wait: true }, got null"],
      ];
      for (const [options, message] of refused) {
        const outcome = await clearOutput(options as object).catch((error: unknown) => String(error));
        expect(outcome).to.contain(message);
      }
    });
    expect(cleared).to.deep.equal([{ wait: false }, { wait: true }]);
  });

  it("clears nothing in plain tslab, which cannot", async () => {
    await put("__tslab__", { require: () => ({ display: {}, newDisplay: () => ({}) }) }, async () => {
      await clearOutput();
      await clearOutput({ wait: true });
    });
  });

  it("finds plain tslab, one MIME type a message", async () => {
    const sent: string[] = [];
    const entry = { raw: (mime: string) => void sent.push(mime) };
    const tslab = { display: entry, newDisplay: () => entry };
    await put("__tslab__", { require: () => tslab }, async () => {
      const shown = await show(figure);
      await shown.update(1);
    });
    expect(sent).to.deep.equal(["text/html", "text/plain"]);
  });

  it("finds Deno's kernel", async () => {
    const sent: [string, { transient: { display_id?: string } }][] = [];
    const jupyter = {
      broadcast: (type: string, content: { transient: { display_id?: string } }) => {
        sent.push([type, content]);
        return Promise.resolve();
      },
    };
    await put("Deno", { jupyter }, async () => {
      const shown = await show(figure);
      await shown.update(figure);
      await clearOutput({ wait: true });
      expect(sent.pop()).to.deep.equal(["clear_output", { wait: true }]);
      expect(sent.map(([type, { transient }]) => [type, transient.display_id])).to.deep.equal([
        ["display_data", shown.displayId],
        ["update_display_data", shown.displayId],
      ]);
    });
  });
});
