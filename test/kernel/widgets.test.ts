import { expect } from "chai";
import type { Message } from "../../kernel/wire";
import { delay, eventually, useKernel } from "./support";

describe("widgets", () => {
  const lab = useKernel();
  const opened: Message[] = [];
  before(() => {
    lab.kernel.onIopub((message) => {
      if (message.header.msg_type === "comm_open") opened.push(message);
    });
  });
  const modelOf = (name: string): string => {
    const found = opened.filter(({ content }) => {
      const { state } = content["data"] as { state: Record<string, unknown> };
      return state["_model_name"] === name;
    });
    return String(found.at(-1)?.content["comm_id"]);
  };
  const move = (model: string, state: object): void =>
    lab.kernel.send("comm_msg", { comm_id: model, data: { method: "update", state, buffer_paths: [] } });

  it("are shown with a picture that follows them, which a saved notebook keeps", async () => {
    const result = await lab.run(
      "import { interact, slider, convolutionSteps, ones, rand } from 'convlab'; interact(({ stride }) => convolutionSteps(rand([8, 8], { seed: 1 }), ones([3, 3]), { stride }), { stride: slider(1, 4) })",
    );
    expect(result.status).to.equal("ok");
    expect(result.outputs.map((output) => output.output_type)).to.deep.equal([
      "display_data",
      "display_data",
    ]);
    const [controls, picture] = result.outputs;
    if (controls.output_type !== "display_data" || picture.output_type !== "display_data") throw new Error();
    expect(controls.data["application/vnd.jupyter.widget-view+json"]).to.include({
      version_major: 2,
      version_minor: 0,
    });
    expect(controls.data["text/plain"]).to.equal("stride = 1");
    const before = String(picture.data["text/plain"]);
    expect(picture.data).to.include.keys("text/html", "text/plain");
    move(modelOf("IntSliderModel"), { value: 2 });
    await eventually(() => picture.data["text/plain"] !== before, "the new picture");
    expect(picture.data).to.include.keys("text/html", "text/plain");
  });

  it("answer while another cell awaits, and write under their own cell", async () => {
    const own = await lab.run(
      "import { interact, slider } from 'convlab'; interact(({ n }) => { console.log('drawn', n); return n * 10 }, { n: slider(1, 9) })",
    );
    const other = lab.run("await new Promise((r) => setTimeout(r, 600)); 'waited'");
    await delay(100);
    move(modelOf("IntSliderModel"), { value: 5 });
    await eventually(() => JSON.stringify(own.outputs).includes("drawn 5"), "the call", 500);
    expect(JSON.stringify(own.outputs)).to.contain('"50"');
    const result = await other;
    expect(result.outputs).to.have.lengthOf(1);
  });

  it("coalesce quick movements and end at the last", async () => {
    const own = await lab.run(
      "import { interact, slider } from 'convlab'; let draws = 0; interact(async ({ n }) => { draws++; await new Promise((r) => setTimeout(r, 30)); return n }, { n: slider(0, 500) })",
    );
    const model = modelOf("IntSliderModel");
    for (let n = 1; n <= 200; n++) move(model, { value: n });
    await eventually(() => JSON.stringify(own.outputs).includes('"200"'), "the last value");
    expect(Number(await lab.value("draws"))).to.be.below(60);
  });

  it("tell their state when asked, and are listed", async () => {
    await lab.run(
      "import { interact, dropdown } from 'convlab'; interact(({ mode }) => mode, { mode: dropdown(['a', 'b']) })",
    );
    const model = modelOf("DropdownModel");
    const { comms } = await lab.kernel.request("comm_info_request", { target_name: "jupyter.widget" });
    expect(comms).to.have.property(model);
    const heard: Message[] = [];
    lab.kernel.onIopub((message) => {
      if (message.header.msg_type === "comm_msg" && message.content["comm_id"] === model) heard.push(message);
    });
    const requests: string[] = [];
    lab.kernel.onIopub(({ header, content, parent }) => {
      if (header.msg_type === "status" && content["execution_state"] === "busy")
        requests.push(parent.msg_id ?? "");
    });
    lab.kernel.send("comm_msg", { comm_id: model, data: { method: "request_state" } });
    await eventually(() => heard.length > 0, "the state");
    expect(heard[0].content["data"]).to.have.nested.property("state.index", 0);
    // A page that has been loaded anew waits for the answer to its own message.
    expect(heard[0].parent).to.deep.include({ msg_id: requests.at(-1), msg_type: "comm_msg" });
  });

  it("are typed in cells", async () => {
    const error = await lab.failure(
      "import { interact, slider } from 'convlab'; interact(({ n }) => n.length, { n: slider(1, 4) })",
    );
    expect(error.evalue).to.contain("Property 'length' does not exist on type 'number'");
  });

  it("can be stopped when their function never ends", async () => {
    await lab.run(
      "import { interact, slider } from 'convlab'; interact(({ n }) => { while (n === 3) { /* for ever */ } return n }, { n: slider(1, 4) })",
    );
    move(modelOf("IntSliderModel"), { value: 3 });
    await delay(100);
    await lab.kernel.interrupt();
    expect(await lab.value("1 + 1")).to.equal("2");
  });

  it("are gone from the list after a restart of the process", async () => {
    await lab.failure("process.exit(1)");
    const { comms } = await lab.kernel.request("comm_info_request", { target_name: "jupyter.widget" });
    expect(comms).to.deep.equal({});
  });
});
