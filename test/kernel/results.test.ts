import { expect } from "chai";
import { useKernel } from "./support";

type Bundle = Record<string, string>;

describe("a cell's result", () => {
  const lab = useKernel();

  const bundle = async (code: string): Promise<Bundle> => {
    const { outputs } = await lab.run(code, { stopOnError: false });
    const result = outputs.find((output) => output.output_type === "execute_result");
    if (!result) throw new Error(JSON.stringify(outputs));
    return result.data as Bundle;
  };
  const texts: [code: string, text: string][] = [
    ["'text'", "'text'"],
    ["[1, 2]", "[ 1, 2 ]"],
    ["null", "null"],
    ["NaN", "NaN"],
    ["-0", "-0"],
    ["10n ** 20n", "100000000000000000000n"],
    ["Symbol('s')", "Symbol(s)"],
    ["(x: number) => x", "[Function (anonymous)]"],
    ["new Date(0)", "1970-01-01T00:00:00.000Z"],
    ["Promise.resolve(3)", "Promise { 3 }"],
    ["new Promise(() => {})", "Promise { <pending> }"],
    ["new Map([['a', 1]])", "Map(1) { 'a' => 1 }"],
    ["new Set([1, 'b'])", "Set(2) { 1, 'b' }"],
    ["new Float32Array([1, 2.5])", "Float32Array(2) [ 1, 2.5 ]"],
    ["new (class Point { x = 1 })()", "Point { x: 1 }"],
    ["const ring: { self?: object } = {}; ring.self = ring; ring", "<ref *1> { self: [Circular *1] }"],
    ["/a+/g", "/a+/g"],
  ];
  for (const [code, text] of texts) {
    it(`${code} reads ${text}`, async () => {
      expect((await bundle(code))["text/plain"]).to.equal(text);
    });
  }

  it("undefined is none", async () => {
    for (const code of ["undefined", "void 0", "console.log", "const x = 1"].filter(
      (c) => c !== "console.log",
    ))
      expect((await lab.run(code)).outputs).to.deep.equal([]);
  });

  it("is bounded, whatever the value's size, and never coloured", async () => {
    for (const code of [
      "'x'.repeat(1e6)",
      "new Array(1e6).fill(7)",
      "new Float32Array(1e6)",
      "Array.from({ length: 1000 }, (_, i) => Array.from({ length: 1000 }, (_, j) => i * j))",
      "new Map(Array.from({ length: 1e5 }, (_, i) => [i, 'y'.repeat(1000)]))",
      "Object.fromEntries(Array.from({ length: 1e5 }, (_, i) => ['key' + i, i]))",
      "Buffer.alloc(1e6)",
    ]) {
      const data = await bundle(code);
      for (const [mime, content] of Object.entries(data))
        expect(content.length, `${code} ${mime}`).to.be.below(60_000);
      expect(data["text/plain"]).not.to.contain("\u001b");
    }
  });

  it("with rows and columns is a table too", async () => {
    const square = await bundle("[[1, 2.123456789], [3, 4]]");
    expect(square["text/plain"]).to.equal("[ [ 1, 2.123456789 ], [ 3, 4 ] ]");
    expect(square["text/html"]).to.contain("<caption>2 × 2</caption>").and.to.contain("<td>2.12346</td>");
    const records = await bundle("[{ name: '<b>', n: 1 }, { name: 'c', extra: true }]");
    expect(records["text/html"])
      .to.contain("<td>&lt;b&gt;</td>")
      .and.to.contain('<th scope="col">extra</th>');
    const numbers = await bundle("Float32Array.from([1, 2, 6])");
    expect(numbers["text/html"]).to.contain("Float32Array of 3, from 1 to 6, mean 3");
    expect((await bundle("new Map([['k', { a: 1 }]])"))["text/html"]).to.contain(
      "<td>k</td><td>{ a: 1 }</td>",
    );
    expect((await bundle("new Set([4, 5])"))["text/html"]).to.contain("<td>5</td>");
    expect((await bundle("Array.from({ length: 100 }, (_, i) => [i])"))["text/html"]).to.contain(
      "… 70 more rows",
    );
    expect(await bundle("[1, 2, 3]")).to.have.all.keys("text/plain");
    expect(await bundle("[[[1]]]")).to.have.all.keys("text/plain");
    expect(await bundle("[]")).to.have.all.keys("text/plain");
  });

  it("that is the bytes of a picture is the picture", async () => {
    const png =
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    const data = await bundle(`Buffer.from("${png}", "base64")`);
    expect(data["image/png"]).to.equal(png);
    expect(data["text/plain"]).to.match(/^<Buffer 89 50/);
    expect(await bundle(`new Uint8Array(Buffer.from("${png}", "base64"))`)).to.include({ "image/png": png });
    expect(await bundle("Buffer.from([0xff, 0xd8, 0xff, 0xe0])")).to.have.property("image/jpeg");
    expect(await bundle("Buffer.from('plain text')")).not.to.have.property("image/png");
  });

  it("that is an error shows where it was made, and is no failure", async () => {
    const data = await bundle("const e = new TypeError('kept');\ne");
    expect(data["text/plain"]).to.match(/^TypeError: kept\n\n> 1 \| const e/);
    expect(data["text/plain"]).not.to.contain("node:");
  });

  describe("with a display method", () => {
    const display = "[Symbol.for('Jupyter.display')]";

    it("is what the method returns, at once or later, with metadata", async () => {
      expect(
        await bundle(`({ ${display}: () => ({ 'text/html': '<i>x</i>', 'text/plain': 'x' }) })`),
      ).to.deep.equal({
        "text/html": "<i>x</i>",
        "text/plain": "x",
      });
      const { outputs } = await lab.run(
        `({ async ${display}() { await new Promise((r) => setTimeout(r, 5)); return [{ 'application/json': { a: 1 }, 'text/plain': 'j' }, { 'image/png': { width: 5 } }] } })`,
      );
      expect(outputs[0]).to.deep.include({
        data: { "application/json": { a: 1 }, "text/plain": "j" },
        metadata: { "image/png": { width: 5 } },
      });
    });

    it("is an error of the cell where the method throws or returns nonsense", async () => {
      expect(
        (await lab.failure(`({ ${display}() { throw new RangeError('no picture') } })`)).evalue,
      ).to.equal("no picture");
      expect((await lab.failure(`({ async ${display}() { throw new RangeError('no picture') } })`)).evalue).to.equal("no picture"); // prettier-ignore
      expect((await lab.failure(`({ ${display}: () => 5 })`)).evalue).to.contain("must return an object");
      expect((await lab.failure(`({ ${display}: () => ({ html: 'x' }) })`)).evalue).to.contain("MIME");
      expect(await lab.value("1 + 1")).to.equal("2");
    });
  });

  it("of convlab's helpers is HTML, SVG or Markdown", async () => {
    const made = "import { html, svg, markdown } from 'convlab';";
    expect(await bundle(`${made} html('<b>x</b>')`)).to.include({ "text/html": "<b>x</b>" });
    expect(await bundle("svg('<svg/>')")).to.include({ "image/svg+xml": "<svg/>" });
    expect(await bundle("markdown('**x**')")).to.include({ "text/markdown": "**x**" });
  });

  it("of a figure is its picture; show() displays in the middle of a cell", async () => {
    const cell =
      "import { convolutionSteps, tensor, show } from 'convlab'; const figure = convolutionSteps(tensor([[1, 2], [3, 4]]), tensor([[1]]));";
    const data = await bundle(`${cell} figure`);
    expect(data).to.include.keys("text/plain", "text/html");
    const { outputs } = await lab.run("show(figure); console.log('after'); 1");
    expect(outputs.map((output) => output.output_type)).to.deep.equal([
      "display_data",
      "stream",
      "execute_result",
    ]);
  });
});

describe("a value whose own code throws", () => {
  const lab = useKernel();
  afterEach(async () => {
    expect(await lab.value("1 + 1")).to.equal("2");
  });
  const tag = "get [Symbol.toStringTag](): string { throw new Error('tag') }";

  for (const [title, cell, evalue] of [
    ["while it is thrown", `throw { ${tag} }`, "[an object that cannot be shown]"],
    ["in an error's cause", `throw new Error('outer', { cause: { ${tag} } })`, "outer"],
    [
      "in a getter of an error",
      "class E extends Error { get cause(): string { throw 1 } }; throw new E('m')",
      "m",
    ],
    ["in a proxy of an error", "throw new Proxy(new Error('m'), { get() { throw 1 } })", undefined],
    [
      "when the proxy is revoked",
      "const r = Proxy.revocable({}, {}); r.revoke(); throw r.proxy",
      "<Revoked Proxy>",
    ],
    ["as a result", `({ ${tag} })`, "tag"],
  ] as const) {
    it(title, async () => {
      const error = await lab.failure(cell);
      if (evalue !== undefined) expect(error.evalue).to.equal(evalue);
    });
  }

  it("in a timer", async () => {
    const cell = `setTimeout(() => { throw { ${tag} } }); await new Promise((done) => setTimeout(done, 50)); 3`;
    const { outputs } = await lab.run(cell);
    expect(outputs.map((output) => output.output_type)).to.deep.equal(["stream", "execute_result"]);
  });

  for (const [title, cell, shown] of [
    [
      "a proxy that refuses everything",
      "new Proxy({ a: 1 }, { get() { throw 1 }, ownKeys() { throw 2 } })",
      "{ a: 1 }",
    ],
    ["a revoked proxy", "const p = Proxy.revocable({}, {}); p.revoke(); p.proxy", "<Revoked Proxy>"],
    ["rows with a getter", "[{ a: 1, get b() { throw new Error('b') } }]", "[ { a: 1, b: [Getter] } ]"],
    ["rows that are such proxies", "[new Proxy({ a: 1 }, { ownKeys() { throw 1 } })]", "[ { a: 1 } ]"],
  ] as const) {
    it(`is shown as the console shows it: ${title}`, async () => {
      expect(await lab.value(cell)).to.equal(shown);
    });
  }
});

describe("what a display method gives", () => {
  const lab = useKernel();
  const shown = (bundle: string): string => `({ [Symbol.for("Jupyter.display")]: () => (${bundle}) })`;

  it("may hold bytes, which become base64", async () => {
    const { outputs } = await lab.run(shown("{ 'image/png': new Uint8Array([1, 2, 3]), 'text/plain': 'x' }"));
    const [result] = outputs;
    expect(result.output_type === "execute_result" && result.data).to.deep.equal({
      "image/png": "AQID",
      "text/plain": "x",
    });
  });

  it("may leave out what is undefined", async () => {
    const { outputs } = await lab.run(shown("{ 'text/html': undefined, 'text/plain': 'x' }"));
    const [result] = outputs;
    expect(result.output_type === "execute_result" && result.data).to.deep.equal({ "text/plain": "x" });
  });

  for (const content of ["null", "5", "5n", "Symbol('s')", "() => 1", "{ a: 1 }"]) {
    it(`is refused where it is neither text nor bytes: ${content}`, async () => {
      const { evalue } = await lab.failure(shown(`{ 'text/html': ${content} }`));
      expect(evalue).to.contain("must give text or bytes for text/html");
    });
  }
});

describe("an error's message", () => {
  const lab = useKernel();
  for (const [cell, evalue] of [
    ["const notCallable: any = 1; notCallable()", "notCallable is not a function"],
    ["const holder: any = {}; holder.missing()", "holder.missing is not a function"],
    ["const notClass: any = 1; new notClass()", "notClass is not a constructor"],
    ["const notList: any = 1; for (const x of notList);", "notList is not iterable"],
  ] as const) {
    it(`names things as the cell does: ${evalue}`, async () => {
      expect((await lab.failure(cell)).evalue).to.equal(evalue);
    });
  }
});
