import { expect } from "chai";
import { digits, testCard } from "../../src/display/examples/pictures.js";
import { examples } from "../../src/display/examples/index.js";
import {
  checkerboard,
  convolutionMatrix,
  convolutionSteps,
  dilationGrid,
  featureMaps,
  networkDiagram,
  pixelUse,
  poolingComparison,
  receptiveFieldMap,
  segmentation,
  slidingWindow,
  tensor,
  trainingCurve,
  upsamplingComparison,
} from "../../src/index.js";
import { describeInBrowser } from "../support/chromium.js";

describeInBrowser("figures in a browser", (open) => {
  const worked = convolutionSteps(digits("11100/01110/00111/00110/01100"), digits("101/010/101"));

  it("all of them wake on one page, each twice, without a fault or a request", async function () {
    this.timeout(60_000);
    const { page, problems } = await open(
      examples.flatMap(({ make }) => [make().toHTML(), make().toHTML()]).join("<hr>"),
    );
    expect(await page.locator(".convlab[data-awake] > svg[role=img]").count()).to.equal(2 * examples.length);
    expect(await page.locator(".convlab > img").count()).to.equal(0);
    expect(problems).to.deep.equal([]);
    await page.context().close();
  });

  it("show their static picture with scripts off", async () => {
    const { page } = await open(worked.toHTML(), { javaScriptEnabled: false });
    const image = page.locator("img");
    const box = await image.boundingBox();
    expect(box?.width).to.be.greaterThan(600);
    expect(box?.height).to.be.greaterThan(200);
    await page.context().close();
  });

  it("step, scrub and play a convolution, by pointer and by keyboard", async () => {
    const { page, problems } = await open(worked.toHTML());
    const sums = async (): Promise<string> => (await page.locator(".cl-status").textContent()) ?? "";
    await page.getByRole("button", { name: "Step forward" }).click();
    expect(await sums()).to.match(/^Step 6 of 9: output row 2, column 3: .* = 3$/);
    await page.getByRole("button", { name: "Step back" }).click();
    await page.getByRole("button", { name: "Step back" }).click();
    expect(await sums()).to.match(/^Step 4 of 9: .* = 2$/);
    await page.locator("svg").focus();
    await page.keyboard.press("Home");
    expect(await sums()).to.match(/^Step 1 of 9: .* = 4$/);
    await page.keyboard.press("ArrowRight");
    expect(await sums()).to.match(/^Step 2 of 9: .* = 3$/);
    await page.locator("input[type=range]").fill("8");
    expect(await sums()).to.match(/^Step 9 of 9: .* = 4$/);
    await page.locator('[data-click="step=4"]').click();
    expect(await sums()).to.match(/^Step 5 of 9/);
    await page.getByRole("button", { name: "Play" }).click();
    expect(await sums()).to.match(/^Step 6 of 9/);
    await page.getByRole("button", { name: "Pause" }).click();
    expect(problems).to.deep.equal([]);
    await page.context().close();
  });

  it("reveal the output only up to the step once touched", async () => {
    const { page } = await open(worked.toHTML());
    await page.locator("svg").focus();
    await page.keyboard.press("Home");
    expect(await page.locator("[data-click] text").count()).to.equal(1);
    await page.keyboard.press("End");
    expect(await page.locator("[data-click] text").count()).to.equal(9);
    await page.context().close();
  });

  it("read a map's values under the pointer and under the arrow keys", async () => {
    const maps = featureMaps(tensor([[[0, 1], [2, 3]], [[4, 5], [6, 10]]])); // prettier-ignore
    const { page } = await open(maps.toHTML());
    await page.waitForTimeout(100);
    const tip = page.locator(".cl-tip");
    await page.locator("svg").focus();
    await page.locator("svg").hover({ position: { x: 30, y: 90 } });
    expect(await tip.textContent()).to.equal("map 0\nrow 0, column 0 ≈ 0");
    await page.keyboard.press("ArrowDown");
    expect(await tip.textContent()).to.equal("map 0\nrow 1, column 0 ≈ 2");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    expect(await tip.textContent()).to.equal("map 1\nrow 1, column 1 ≈ 10");
    await page.context().close();
  });

  it("follow the page's theme before the system's", async () => {
    const ground = async (html: string, colorScheme: "light" | "dark"): Promise<string> => {
      const { page } = await open(html, { colorScheme });
      const colour = await page
        .locator("svg > rect")
        .first()
        .evaluate((node) => getComputedStyle(node).fill);
      await page.context().close();
      return colour;
    };
    const html = worked.toHTML();
    const light = await ground(html, "light");
    const dark = await ground(html, "dark");
    expect(dark).to.not.equal(light);
    expect(await ground(`<div data-jp-theme-light="false">${html}</div>`, "light")).to.equal(dark);
    expect(await ground(`<div data-jp-theme-light="true">${html}</div>`, "dark")).to.equal(light);
  });

  it("are laid out anew on a narrow page", async () => {
    const { page } = await open(worked.toHTML(), { viewport: { width: 400, height: 600 } });
    const box = await page.locator("svg").getAttribute("viewBox");
    expect(box).to.match(/^0 0 400 /);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).to.be.at.most(400);
    await page.context().close();
  });
});

describeInBrowser("figures about windows, in a browser", (open) => {
  it("slidingWindow follows its sliders", async () => {
    const { page, problems } = await open(slidingWindow({ input: 7, kernel: 3, stride: 3 }).toHTML());
    await page.getByRole("slider", { name: "Stride" }).fill("2");
    expect(await page.locator(".cl-status").textContent()).to.contain("= 3: it fits");
    await page.getByRole("slider", { name: "Kernel" }).fill("7");
    await page.getByRole("slider", { name: "Dilation" }).fill("2");
    expect(await page.locator(".cl-status").textContent()).to.contain("does not fit on 7");
    expect(problems).to.deep.equal([]);
    await page.context().close();
  });

  it("pixelUse becomes even at full padding", async () => {
    const { page } = await open(pixelUse({ input: 10, kernel: 3 }).toHTML());
    await page.getByRole("slider", { name: "Padding" }).fill("2");
    expect(await page.locator(".cl-status").textContent()).to.contain("Every pixel is used equally often");
    await page.context().close();
  });

  it("convolutionMatrix lights the patch of the row under the pointer, and transposes", async () => {
    const { page } = await open(convolutionMatrix({ input: 4, kernel: 3 }).toHTML());
    await page.locator('[data-hover="row=1"]').hover();
    expect(await page.locator(".cl-status").textContent()).to.contain(
      "Row 2 of 4 of C holds the kernel where window 2 (output row 1, column 2)",
    );
    await page.getByRole("button", { name: "Transpose" }).click();
    expect(await page.locator("[data-hover]").count()).to.equal(16);
    await page.getByRole("slider", { name: "Row" }).fill("15");
    expect(await page.locator(".cl-status").textContent()).to.contain(
      "Row 16 of 16 of Cᵀ gathers the 1 output cell that input cell 16 (row 4, column 4) feeds",
    );
    await page.context().close();
  });
});

describeInBrowser("comparisons in a browser", (open) => {
  it("exchange dark and bright, and read values in both", async () => {
    const { page, problems } = await open(poolingComparison(testCard(16), { kernelSize: 2 }).toHTML());
    const first = await page.locator("svg image").nth(1).getAttribute("href");
    await page.getByRole("button", { name: "Exchange dark and bright" }).click();
    const second = await page.locator("svg image").nth(1).getAttribute("href");
    expect(second).to.match(/^data:image/);
    expect(second).to.not.equal(first);
    expect(await page.getByRole("button").getAttribute("aria-pressed")).to.equal("true");
    await page.locator("svg image").nth(1).hover();
    expect(await page.locator(".cl-tip").textContent()).to.match(/^max\nrow [34], column [34] ≈ /);
    expect(problems).to.deep.equal([]);
    await page.context().close();
  });

  it("show upsampling's differences", async () => {
    const { page } = await open(upsamplingComparison(testCard(16)).toHTML());
    await page.getByRole("button", { name: "Show the differences" }).click();
    expect(await page.locator("svg text").allTextContents()).to.include(
      "Result minus image: blue too dark, red too bright",
    );
    await page.context().close();
  });
});

describeInBrowser("patterns in a browser", (open) => {
  it("dilationGrid follows its rates", async () => {
    const { page, problems } = await open(dilationGrid({ rates: [1, 2, 4] }).toHTML());
    for (const rate of ["1", "2", "3"]) await page.getByRole("slider", { name: `Rate ${rate}` }).fill("2");
    expect(await page.locator(".cl-status").textContent()).to.contain(
      "Gridding: 6 cells of the axis, 120 of 169",
    );
    expect(problems).to.deep.equal([]);
    await page.context().close();
  });

  it("checkerboard follows kernel, layers and weights, and agrees with the ops", async () => {
    const { page } = await open(checkerboard({ kernel: 3, stride: 2 }).toHTML());
    const status = page.locator(".cl-status");
    expect(await page.getByRole("slider", { name: "Weight 4" }).isVisible()).to.be.false;
    await page.getByRole("slider", { name: "Layers" }).fill("2");
    expect(await status.textContent()).to.contain("3 : 1 on an axis, 9 : 1 in two dimensions");
    await page.getByRole("slider", { name: "Layers" }).fill("1");
    await page.getByRole("slider", { name: "Kernel" }).fill("4");
    expect(await status.textContent()).to.contain("Even inside");
    await page.getByRole("slider", { name: "Weight 2" }).fill("2");
    const { amplitude } = checkerboard({ kernel: 4, stride: 2, weights: [1, 2, 1, 1] }).data;
    expect(await status.textContent()).to.contain(`Amplitude ${String(Number(amplitude.toPrecision(3)))}`);
    await page.context().close();
  });
});

describeInBrowser("figures of networks, in a browser", (open) => {
  it("receptiveFieldMap shows any layer of the cone", async () => {
    const network = [
      { op: "conv2d", name: "first", kernel: 3, padding: 1, channels: 2 },
      { op: "conv2d", name: "second", kernel: 5, padding: 2, channels: 2 },
    ] as const;
    const { page, problems } = await open(receptiveFieldMap(network, testCard(16)).toHTML());
    await page.getByRole("combobox", { name: "Layer" }).selectOption("first");
    expect(await page.locator(".cl-status").textContent()).to.contain("first: receptive field 3, stride 1");
    await page.locator('[data-click="layer=1"]').nth(1).click();
    expect(await page.locator(".cl-status").textContent()).to.contain("second: receptive field 7");
    expect(problems).to.deep.equal([]);
    await page.context().close();
  });

  it("segmentation names the class under the pointer", async () => {
    const classes = ["ground", "<b>"];
    const figure = segmentation({ image: testCard(2), predictions: tensor([[0, 1], [1, 1]]), classes }); // prettier-ignore
    const { page } = await open(figure.toHTML());
    await page
      .locator("svg image")
      .nth(1)
      .hover({ position: { x: 100, y: 20 } });
    expect(await page.locator(".cl-tip").textContent()).to.equal("prediction\nrow 0, column 1: <b>");
    await page.context().close();
  });

  it("trainingCurve says each point's value", async () => {
    const { page } = await open(trainingCurve({ loss: [2, 1] }).toHTML());
    await page.locator("svg circle").nth(1).hover();
    expect(await page.locator(".cl-tip").textContent()).to.equal("loss: 1 at 2");
    await page.context().close();
  });
});

describeInBrowser("every figure is told in words and read by keyboard", (open) => {
  for (const { name, make } of examples) {
    it(name, async () => {
      const figure = make();
      const { page, problems } = await open(figure.toHTML());
      await page.waitForTimeout(100);
      const svg = page.locator(".convlab > svg");
      const alt = (await svg.getAttribute("aria-label")) ?? "";
      expect(alt.length).to.be.greaterThan(30);
      expect(alt).to.not.match(/undefined|\[object/);
      // Whatever a pointer reads or moves, the keyboard reaches: by the picture's arrow keys or by its controls.
      const [focusable, controls] = [
        (await svg.getAttribute("tabindex")) === "0",
        await page.locator(".cl-bar :is(button, input, select)").count(),
      ];
      expect(focusable || controls > 0).to.be.true;
      if (focusable) {
        await svg.focus();
        await page.keyboard.press("ArrowRight");
        await page.keyboard.press("ArrowRight");
        expect(await page.locator(".cl-status").textContent()).to.match(/\w/);
      }
      expect(problems).to.deep.equal([]);
      await page.context().close();
    });
  }

  it("trainingCurve's points and networkDiagram's layers are walked by arrow keys", async () => {
    const walk = async (html: string, keys: readonly string[]): Promise<string | null> => {
      const { page } = await open(html);
      await page.locator("svg").focus();
      for (const key of keys) await page.keyboard.press(key);
      const said = await page.locator(".cl-status").textContent();
      expect(await page.locator(".cl-tip").textContent()).to.equal(said);
      await page.context().close();
      return said;
    };
    const curve = trainingCurve({ loss: [3, 2, 1] }).toHTML();
    expect(await walk(curve, ["ArrowRight", "ArrowRight"])).to.equal("loss: 2 at 2");
    expect(await walk(curve, ["ArrowRight", "ArrowRight", "ArrowLeft", "ArrowLeft"])).to.equal(
      "loss: 3 at 1",
    );
    const network = [{ op: "conv2d", name: "first", kernel: 3, channels: 4 }] as const;
    const diagram = networkDiagram(network, { input: [3, 8, 8] }).toHTML();
    expect(await walk(diagram, ["ArrowDown", "ArrowDown", "ArrowDown"])).to.match(
      /^first: 4 × 6 × 6\nconv2d, 3.×.3\nparameters 112\nreceptive field 3, every 1$/,
    );
  });

  it("none is wider than a page of 400 pixels", async () => {
    const { page } = await open(examples.map(({ make }) => make().toHTML()).join("<hr>"), {
      viewport: { width: 400, height: 800 },
    });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).to.be.at.most(400);
    await page.context().close();
  });
});

describeInBrowser("texts stay inside their figures", (open) => {
  for (const width of [760, 400]) {
    it(`at ${width} pixels`, async function () {
      this.timeout(60_000);
      const html = examples
        .map(({ name, make }) => `<section title="${name}">${make().toHTML()}</section>`)
        .join("");
      const { page } = await open(html, { viewport: { width: width + 16, height: 800 } });
      const outside = await page.evaluate(() =>
        [...document.querySelectorAll("section")].flatMap((section) => {
          const whole = section.querySelector("svg")?.getBoundingClientRect();
          return [...section.querySelectorAll("svg text")].flatMap((text) => {
            const box = text.getBoundingClientRect();
            const fits =
              whole &&
              box.left >= whole.left - 1 &&
              box.right <= whole.right + 1 &&
              box.bottom <= whole.bottom + 1;
            return fits ? [] : [`${section.title}: ${text.textContent}`];
          });
        }),
      );
      expect(outside).to.deep.equal([]);
      await page.context().close();
    });
  }
});
