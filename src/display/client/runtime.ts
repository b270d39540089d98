import type { Control, Drawing, Scenario, State, StepsControl } from "./contract.js";

/**
 * Wakes every copy of a figure on the page: puts the picture itself where its image stood, adds the controls,
 * draws again when the state changes. Sent to the page as its own source text, so it refers to nothing
 * outside itself; without it the image stays, which is the whole static figure.
 */
export function wake<S>(scenario: Scenario<S>): void {
  const svgName = "http://www.w3.org/2000/svg";
  const kit = scenario.makeKit((text) => {
    const holder = document.createElement("i");
    holder.textContent = text;
    return holder.innerHTML.replaceAll('"', "&quot;");
  }, scenario.drawChart);
  const node = (name: string, attributes: Record<string, string>, content = ""): HTMLElement => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.textContent = content;
    return made;
  };

  const start = (root: HTMLElement): void => {
    const still = root.querySelector("img");
    if (still === null) return;
    root.setAttribute("data-awake", "");
    const source = still.getAttribute("src") ?? "";
    const parsed = new DOMParser().parseFromString(
      decodeURIComponent(source.slice(source.indexOf(",") + 1)),
      "image/svg+xml",
    );
    // The rasters are carried once, in the static picture.
    const rasters = new Map<string, string>();
    for (const image of parsed.querySelectorAll("image[data-raster]")) {
      rasters.set(image.getAttribute("data-raster") ?? "", image.getAttribute("href") ?? "");
    }
    for (const spare of root.querySelectorAll("[data-spare]")) {
      rasters.set(spare.getAttribute("data-spare") ?? "", spare.getAttribute("src") ?? "");
      spare.remove();
    }
    const style = node("style", {}, scenario.style + scenario.controlStyle);
    const svg = document.createElementNS(svgName, "svg");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", still.alt);
    const bar = node("div", { class: "cl-bar" });
    const status = node("div", { class: "cl-status", role: "status" });
    const tip = node("div", { class: "cl-tip", hidden: "" });
    still.replaceWith(style, svg, bar, status, tip);
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", scenario.name);

    let state: State = { ...scenario.initial, narrow: 0, live: 0 };
    let drawing: Drawing = { width: 1, height: 1, body: "" };
    let timer = 0;
    const refreshers: (() => void)[] = [];
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

    const placed = (): Map<string, string> => {
      const found = new Map<string, string>();
      for (const moving of svg.querySelectorAll("[data-move]")) {
        found.set(moving.getAttribute("data-move") ?? "", moving.getAttribute("transform") ?? "");
      }
      return found;
    };
    const draw = (moves = true): void => {
      const before = moves ? placed() : new Map<string, string>();
      drawing = scenario.draw(scenario.scene, state, kit, scenario.pieces);
      svg.setAttribute("viewBox", "0 0 " + String(drawing.width) + " " + String(drawing.height));
      svg.innerHTML = drawing.body;
      for (const image of svg.querySelectorAll("image[data-raster]")) {
        image.setAttribute("href", rasters.get(image.getAttribute("data-raster") ?? "") ?? "");
      }
      for (const moving of calm ? [] : svg.querySelectorAll("[data-move]")) {
        const old = before.get(moving.getAttribute("data-move") ?? "");
        const now = moving.getAttribute("transform") ?? "";
        if (old === undefined || old === now) continue;
        // CSS wants units where the attribute has none.
        const css = (value: string): string =>
          value.replace(/translate\(([^ ,)]+)[ ,]+([^)]+)\)/, "translate($1px,$2px)");
        moving.animate([{ transform: css(old) }, { transform: css(now) }], {
          duration: 160,
          easing: "ease-out",
        });
      }
      for (const refresh of refreshers) refresh();
    };
    const set = (change: State): void => {
      if (Object.entries(change).every(([name, value]) => state[name] === value)) return;
      state = { ...state, live: 1, ...change };
      draw();
      status.textContent = drawing.status ?? "";
    };
    const stop = (): void => {
      clearInterval(timer);
      timer = 0;
    };

    const label = (control: Control, group: HTMLElement): void => {
      group.append(node("span", { class: "cl-label" }, control.label));
    };
    const button = (group: HTMLElement, face: string, name: string, press: () => void): HTMLElement => {
      const made = node("button", { type: "button", "aria-label": name, title: name }, face);
      made.addEventListener("click", press);
      group.append(made);
      return made;
    };
    const slide = (
      group: HTMLElement,
      name: string,
      text: string,
      range: readonly number[],
      unit: string,
    ): void => {
      const input = node("input", {
        type: "range",
        min: String(range[0]),
        max: String(range[1]),
        step: String(range[2]),
        "aria-label": text,
      }) as HTMLInputElement;
      const output = node("output", {});
      input.addEventListener("input", () => {
        stop();
        set({ [name]: Number(input.value) });
      });
      refreshers.push(() => {
        input.max = String(range[1]);
        input.value = String(state[name]);
        // Steps are counted from one, and say how many there are.
        output.textContent =
          unit === "of"
            ? String(Math.min(state[name], range[1]) + 1) + " / " + String(range[1] + 1)
            : kit.number(state[name]) + unit;
        input.setAttribute("aria-valuetext", output.textContent);
      });
      group.classList.add(unit === "of" ? "cl-wide" : "cl-short");
      group.append(input, output);
    };
    const countOf = (steps: StepsControl): number => steps.counts?.[state[steps.by ?? ""]] ?? steps.count;
    const advance = (steps: StepsControl, by: number): void => {
      const count = countOf(steps);
      set({ [steps.name]: (Math.min(state[steps.name], count - 1) + by + count) % count });
    };
    const add = (control: Control): void => {
      const group = node("div", { class: "cl-set", role: "group", "aria-label": control.label });
      if (control.kind === "steps") {
        const { name } = control;
        const play = button(group, "▶", "Play", () => {
          if (timer !== 0) stop();
          else {
            timer = window.setInterval(() => {
              if (!root.isConnected) stop();
              else advance(control, 1);
            }, control.interval ?? 700);
            advance(control, 1);
          }
          draw();
        });
        refreshers.push(() => {
          const playing = timer !== 0;
          play.textContent = playing ? "❚❚" : "▶";
          play.setAttribute("aria-label", playing ? "Pause" : "Play");
        });
        const walk = (by: number): void => {
          stop();
          advance(control, by);
        };
        button(group, "‹", "Step back", () => walk(-1));
        button(group, "›", "Step forward", () => walk(1));
        const range = [0, countOf(control) - 1, 1];
        refreshers.push(() => {
          range[1] = countOf(control) - 1;
        });
        slide(group, name, control.label, range, "of");
        svg.setAttribute("tabindex", "0");
        svg.addEventListener("keydown", (event) => {
          const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
          if (by !== undefined) walk(by);
          else if (event.key === " ") play.click();
          else if (event.key === "Home") set({ [name]: 0 });
          else if (event.key === "End") set({ [name]: countOf(control) - 1 });
          else return;
          event.preventDefault();
          event.stopPropagation();
        });
      } else if (control.kind === "slider") {
        label(control, group);
        const { when } = control;
        refreshers.push(() => {
          group.hidden = when !== undefined && state[when.name] < when.least;
        });
        slide(
          group,
          control.name,
          control.label,
          [control.min, control.max, control.step],
          control.unit ?? "",
        );
      } else if (control.kind === "choice") {
        label(control, group);
        const select = node("select", { "aria-label": control.label }) as HTMLSelectElement;
        for (const option of control.options) select.append(node("option", {}, option));
        select.addEventListener("change", () => set({ [control.name]: select.selectedIndex }));
        refreshers.push(() => {
          select.selectedIndex = state[control.name];
        });
        group.append(select);
      } else {
        const { name } = control;
        const toggle = button(group, control.label, control.label, () => set({ [name]: 1 - state[name] }));
        refreshers.push(() => toggle.setAttribute("aria-pressed", String(state[name] === 1)));
      }
      bar.append(group);
    };
    for (const control of scenario.controls) add(control);
    if (scenario.controls.length === 0) bar.remove();

    /** Reads `name=1;other=2`, as elements of the picture carry it. */
    const changes = (written: string): State =>
      Object.fromEntries(written.split(";").map((part) => [part.split("=")[0], Number(part.split("=")[1])]));
    const showTip = (content: string, x: number, y: number): void => {
      const box = root.getBoundingClientRect();
      tip.textContent = content;
      tip.hidden = content === "";
      const left = Math.min(x - box.left + 14, box.width - tip.offsetWidth - 4);
      tip.style.left = String(Math.max(0, left)) + "px";
      // Above the place where there is no room below: an output's area may cut off what hangs over.
      const below = y - box.top + 16;
      const above = y - box.top - tip.offsetHeight - 8;
      tip.style.top = String(below + tip.offsetHeight > box.height && above >= 0 ? above : below) + "px";
    };
    const prober = scenario.makeProber({ svg, kit, rasters, drawing: () => drawing, showTip });
    svg.addEventListener("pointermove", (event) => {
      const under = (event.target as Element).closest("[data-tip],[data-hover]");
      const hover = under?.getAttribute("data-hover") ?? "";
      if (hover !== "") set(changes(hover));
      const words = under?.getAttribute("data-tip") ?? "";
      if (words !== "" || !drawing.regions) {
        prober.leave();
        showTip(words, event.clientX, event.clientY);
        return;
      }
      const box = svg.getBoundingClientRect();
      prober.at(
        ((event.clientX - box.left) / box.width) * drawing.width,
        ((event.clientY - box.top) / box.height) * drawing.height,
      );
    });
    svg.addEventListener("pointerleave", () => prober.leave());
    const walker = scenario.makeWalker(svg, showTip);
    svg.addEventListener("blur", () => {
      prober.leave();
      walker.leave();
    });
    svg.addEventListener("click", (event) => {
      const click = (event.target as Element).closest("[data-click]")?.getAttribute("data-click");
      if (click) {
        stop();
        set(changes(click));
      }
    });
    draw();
    const marked = drawing.regions !== undefined || svg.querySelector("[data-tip]") !== null;
    if (marked && !scenario.controls.some(({ kind }) => kind === "steps")) {
      // The rasters are read before they are asked for, and the arrow keys move from cell to cell or mark to mark.
      prober.prepare();
      svg.setAttribute("tabindex", "0");
      svg.addEventListener("keydown", (event) => {
        const ways: Record<string, readonly [number, number]> = {
          ArrowRight: [1, 0],
          ArrowLeft: [-1, 0],
          ArrowDown: [0, 1],
          ArrowUp: [0, -1],
        };
        if (!(event.key in ways)) return;
        event.preventDefault();
        event.stopPropagation();
        const way = ways[event.key];
        if (drawing.regions) prober.move(way);
        else walker.move(way[0] + way[1]);
        status.textContent = tip.textContent;
      });
    }
    const fit = (): void => {
      const narrow = root.clientWidth > 0 && root.clientWidth < 560 ? 1 : 0;
      if (state.narrow === narrow) return;
      state = { ...state, narrow };
      draw(false);
    };
    fit();
    if (typeof ResizeObserver !== "undefined") new ResizeObserver(fit).observe(root);
  };
  for (const root of document.querySelectorAll<HTMLElement>(
    '[data-convlab="' + scenario.key + '"]:not([data-awake])',
  )) {
    start(root);
  }
}
