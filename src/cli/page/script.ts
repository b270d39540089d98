/** What the page does with scripts on; without them it is complete, only calmer. Plain ES2019, no dependencies. */
export const pageScript: string = String.raw`
(() => {
  const each = (selector, act) => document.querySelectorAll(selector).forEach(act);

  // A region that does not scroll need not be a stop of the Tab key.
  const settle = () => each('[role="region"]', (region) => {
    const scrolls = region.scrollWidth > region.clientWidth + 1 || region.scrollHeight > region.clientHeight + 1;
    if (scrolls) region.tabIndex = 0; else region.removeAttribute("tabindex");
  });
  settle();
  addEventListener("load", settle);
  addEventListener("resize", settle);

  // On a narrow window the contents would push the text off the first screen.
  const toc = document.querySelector(".toc details");
  if (toc) {
    const wide = matchMedia("(min-width: 75rem)");
    const fold = () => { toc.open = wide.matches; };
    const sidebar = document.querySelector(".toc");
    fold();
    wide.addEventListener("change", fold);
    toc.addEventListener("click", (event) => {
      if (!wide.matches && event.target.closest("a")) toc.open = false;
    });
    const links = new Map([...toc.querySelectorAll('a[href^="#"]')].map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
    const headings = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
    let waiting = false;
    const mark = () => {
      waiting = false;
      let current = headings[0];
      for (const heading of headings) if (heading.getBoundingClientRect().top < 120) current = heading;
      links.forEach((link, id) => {
        const here = Boolean(current) && id === current.id;
        if (here === link.hasAttribute("aria-current")) return;
        if (!here) { link.removeAttribute("aria-current"); return; }
        link.setAttribute("aria-current", "true");
        // Without scrolling the page, as scrollIntoView might.
        const [box, frame] = [link.getBoundingClientRect(), sidebar.getBoundingClientRect()];
        if (box.bottom > frame.bottom || box.top < frame.top) sidebar.scrollTop += box.top - frame.top - frame.height / 2;
      });
    };
    addEventListener("scroll", () => {
      if (!waiting) { waiting = true; requestAnimationFrame(mark); }
    }, { passive: true });
    mark();
  }

  if (navigator.clipboard) each(".source", (block) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.setAttribute("aria-label", "Copy this code");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(block.querySelector("code").textContent);
        button.textContent = "Copied";
      } catch {
        button.textContent = "Not allowed";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    block.append(button);
  });

  // Paper cannot be clicked: print what is folded away.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("main details:not([open])")];
    folded.forEach((details) => { details.open = true; });
  });
  addEventListener("afterprint", () => folded.forEach((details) => { details.open = false; }));
})();
`;

/** Draws the page's Plotly charts in place of their static pictures, in the page's colours. */
export const plotlyScript: string = String.raw`
(() => {
  if (!window.Plotly) return;
  const colours = () => {
    const style = getComputedStyle(document.documentElement);
    return { ink: style.getPropertyValue("--ink").trim(), line: style.getPropertyValue("--line").trim() };
  };
  const themed = (layout) => {
    const { ink, line } = colours();
    const copy = Object.assign({ paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)" }, layout);
    copy.font = Object.assign({ color: ink, family: "system-ui, sans-serif" }, layout.font);
    for (const axis of new Set(["xaxis", "yaxis", ...Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key))])) {
      copy[axis] = Object.assign({ gridcolor: line, zerolinecolor: line, linecolor: line }, layout[axis]);
    }
    return copy;
  };
  const redraw = [];
  document.querySelectorAll(".plotly-figure").forEach((holder) => {
    const figure = JSON.parse(holder.querySelector('script[type="application/json"]').textContent);
    const still = holder.querySelector(".plotly-static");
    const chart = document.createElement("div");
    chart.className = "plotly-chart";
    holder.append(chart);
    const config = Object.assign({ responsive: true, displaylogo: false }, figure.config);
    const draw = () => Plotly.react(chart, figure.data, themed(figure.layout || {}), config);
    draw().then(
      () => { still.hidden = true; },
      () => { chart.remove(); },
    );
    redraw.push(draw);
  });
  const redrawAll = () => redraw.forEach((draw) => draw());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redrawAll);
  new MutationObserver(redrawAll).observe(document.documentElement, { attributeFilter: ["data-theme"] });
})();
`;
