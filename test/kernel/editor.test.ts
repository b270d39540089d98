import { expect } from "chai";
import { toCharacterOffset, toUtf16Offset } from "../../kernel/text-position";
import { useKernel } from "./support";

type Content = Record<string, unknown>;

interface TypedMatch {
  text: string;
  type: string;
  start: number;
  end: number;
}

describe("completion and hovering", () => {
  const lab = useKernel();
  /** `|` marks the cursor; offsets are in characters, as Jupyter counts them. */
  const at = (marked: string): { code: string; cursor_pos: number } => {
    const index = marked.indexOf("|");
    return { code: marked.replace("|", ""), cursor_pos: Array.from(marked.slice(0, index)).length };
  };
  const complete = (marked: string): Promise<Content> => lab.kernel.request("complete_request", at(marked));
  const inspect = async (marked: string, level = 0): Promise<Record<string, string> | undefined> => {
    const reply = await lab.kernel.request("inspect_request", { ...at(marked), detail_level: level });
    return reply["found"] === true ? (reply["data"] as Record<string, string>) : undefined;
  };

  it("complete members, with their kinds", async () => {
    const reply = await complete("const text = 'a'; text.toUp|");
    expect(reply).to.deep.include({
      status: "ok",
      matches: ["toUpperCase"],
      cursor_start: 23,
      cursor_end: 27,
    });
    const typed = (reply["metadata"] as { _jupyter_types_experimental: TypedMatch[] })
      ._jupyter_types_experimental;
    expect(typed).to.deep.equal([{ text: "toUpperCase", type: "method", start: 23, end: 27 }]);
  });

  it("complete names of this cell, earlier cells and the language", async () => {
    await lab.run("const zebraStripes = 1; function zebraRun() { return 1 } class ZebraHerd {}");
    expect((await complete("zebra|"))["matches"]).to.deep.equal(["zebraRun", "zebraStripes", "ZebraHerd"]);
    expect((await complete("const zebraLocal = 2; zebraL|"))["matches"]).to.deep.equal(["zebraLocal"]);
    expect((await complete("awai|"))["matches"]).to.include("await");
    expect((await complete("Math.hyp|"))["matches"]).to.deep.equal(["hypot"]);
  });

  it("complete the options of our operations, and imports", async () => {
    const call = 'import { conv2d, ones } from "convlab"; conv2d(ones([3, 3]), ones([1, 1]), { pad| })';
    expect((await complete(call))["matches"]).to.deep.equal(["padding", "paddingMode"]);
    expect((await complete('import { maxPo| } from "convlab"'))["matches"]).to.include("maxPool2d");
  });

  it("replace the word around the cursor", async () => {
    const reply = await complete("Math.hy|pot(1)");
    expect(reply).to.deep.include({ matches: ["hypot"], cursor_start: 5, cursor_end: 10 });
  });

  it("count characters, not UTF-16 units", async () => {
    const reply = await complete("const 𝒳 = '🍕🍕'; 𝒳.toUp|");
    expect(reply).to.deep.include({ matches: ["toUpperCase"], cursor_start: 18, cursor_end: 22 });
    expect((await inspect("'🍕🍕🍕'; Math.hy|pot(1)"))?.["text/plain"]).to.contain("hypot");
    for (const text of ["", "abc", "🍕", "a🍕b", "🍕🍕", "𝒳y"]) {
      const characters = Array.from(text).length;
      for (let i = 0; i <= characters; i++)
        expect(toCharacterOffset(text, toUtf16Offset(text, i))).to.equal(i);
    }
    expect(toUtf16Offset("ab", 99)).to.equal(2);
  });

  it("say nothing where there is nothing", async () => {
    expect(await complete("'in a string |'")).to.deep.include({ status: "ok", matches: [] });
    expect(await inspect("1 + |  2")).to.equal(undefined);
    expect(await inspect("|")).to.equal(undefined);
    const { matches } = await lab.kernel.request("complete_request", {
      code: "Math.hyp",
      cursor_pos: 10_000,
    });
    expect(matches).to.deep.equal(["hypot"]);
  });

  it("work in code that does not compile", async () => {
    expect((await complete("if (Math.hyp|"))["matches"]).to.deep.equal(["hypot"]);
    expect((await complete("const wrong: string = 5; wrong.toUp|"))["matches"]).to.deep.equal([
      "toUpperCase",
    ]);
  });

  it("show type and documentation; at level 1 parameters too", async () => {
    await lab.run(
      "/** Adds.\n * @param a the first\n * @example plus(1, 2)\n */\nfunction plus(a: number, b: number): number { return a + b }",
    );
    const brief = await inspect("pl|us(1, 2)");
    expect(brief?.["text/plain"]).to.equal("function plus(a: number, b: number): number\n\nAdds.");
    const whole = await inspect("pl|us(1, 2)", 1);
    expect(whole?.["text/plain"]).to.contain("@param a the first");
    expect(whole?.["text/markdown"]).to.contain("```typescript\nplus(1, 2)\n```");
    expect(whole?.["text/markdown"]).to.match(/^```typescript\nfunction plus/);
  });
});
