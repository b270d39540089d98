/** Leads the arrow keys from mark to mark: along a curve's points, down a network's layers. */
export interface Walker {
  /** To the next mark or back, and says what it says; stays at the ends. */
  readonly move: (by: number) => void;
  readonly leave: () => void;
}

/**
 * What a pointer reads by hovering, for the keyboard: the elements with `data-tip`, in their order. Sent to the page
 * as its own source text, so it refers to nothing outside itself.
 */
export function makeWalker(
  svg: SVGSVGElement,
  showTip: (content: string, x: number, y: number) => void,
): Walker {
  const frame = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  const look = { class: "s-accent", fill: "none", "stroke-width": "2", rx: "4", "pointer-events": "none" };
  for (const [key, value] of Object.entries(look)) frame.setAttribute(key, value);
  let at = -1;
  const wordsOf = (mark: Element): string => mark.getAttribute("data-tip") ?? "";
  const move = (by: number): void => {
    // A block and its words that say the same are one mark.
    const marks = [...svg.querySelectorAll<SVGGraphicsElement>("[data-tip]")].filter(
      (mark, index, all) =>
        wordsOf(mark) !== "" && (index === 0 || wordsOf(mark) !== wordsOf(all[index - 1])),
    );
    at = Math.min(marks.length - 1, Math.max(0, at + by));
    const mark = marks.at(at);
    if (mark === undefined) return;
    const { x, y, width, height } = mark.getBBox();
    const place = { x: x - 3, y: y - 3, width: width + 6, height: height + 6 };
    for (const [key, value] of Object.entries(place)) frame.setAttribute(key, String(value));
    mark.after(frame);
    const box = mark.getBoundingClientRect();
    showTip(wordsOf(mark), box.right, box.bottom);
  };
  const leave = (): void => {
    frame.remove();
    showTip("", 0, 0);
  };
  return { move, leave };
}
