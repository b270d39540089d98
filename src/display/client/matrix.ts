import type { AxisScene } from "./convolution.js";
import type { Drawing, State } from "./contract.js";
import type { Kit } from "./kit.js";

export interface MatrixScene {
  readonly rows: AxisScene;
  readonly columns: AxisScene;
  readonly kernel: readonly number[];
  /** The entries that are not zero by structure: row, column, tap in turn. */
  readonly entries: readonly number[];
}

/** The convolution as a matrix times the flattened input; one row is one window. */
export function drawMatrix(scene: MatrixScene, state: State, kit: Kit): Drawing {
  const narrow = state.narrow === 1;
  const width = narrow ? 400 : 760;
  const margin = 14;
  const transposed = state.transposed === 1;
  const { rows, columns, kernel } = scene;
  const inputs = rows.input * columns.input;
  const outputs = rows.output * columns.output;
  const [high, wide] = transposed ? [inputs, outputs] : [outputs, inputs];
  const row = Math.min(state.row, high - 1);
  const parts: string[] = [];
  const range = kit.rangeOf(kernel);
  const grid = Math.min(narrow ? 120 : 132, 26 * Math.max(rows.input, columns.input));
  const small = grid / Math.max(rows.input, columns.input);
  // A small picture is narrower than its heading.
  const headed = Math.max(grid, 72);
  const matrixX = narrow ? margin : margin + headed + 36;
  const room = narrow ? width - 2 * margin : width - matrixX - margin - 132 - 20;
  const cell = Math.min(26, room / wide, 400 / high);
  const matrixY = narrow ? 90 + Math.max(rows.input, rows.output) * small : 40;
  const top = 40;
  const title = (x: number, y: number, content: string, role: string): void => {
    parts.push(kit.text(x, y, content, { class: "f-" + role, "font-size": 13, "font-weight": 600 }));
  };
  const reads = new Map<number, number>();
  for (let index = 0; index < scene.entries.length; index += 3) {
    const [output, input, tap] = scene.entries.slice(index, index + 3);
    if ((transposed ? input : output) === row) reads.set(transposed ? output : input, tap);
  }
  // The image, with what this row of the matrix touches.
  const picture = (
    x: number,
    y: number,
    down: number,
    across: number,
    role: "input" | "output",
    lit: (at: number) => number | undefined,
    here: number,
  ): void => {
    for (let at = 0; at < down * across; at++) {
      const left = x + (at % across) * small;
      const over = y + Math.floor(at / across) * small;
      const tap = lit(at);
      parts.push(
        kit.rect(left + 0.75, over + 0.75, small - 1.5, small - 1.5, {
          class: tap === undefined ? "f-raised" : "f-" + role + " s-kernel-strong",
          "stroke-width": tap === undefined ? 0 : 1.5,
          rx: 3,
        }),
      );
      if (tap !== undefined && small >= 15)
        parts.push(kit.cellText(left, over, small, small, kernel[tap], range));
      if (at === here)
        parts.push(
          kit.rect(left + 1, over + 1, small - 2, small - 2, {
            class: "f-" + role + " s-" + role + "-strong",
            "stroke-width": 2.5,
            rx: 3,
          }),
        );
    }
  };
  const outX = narrow ? margin + headed + 60 : width - margin - columns.output * small;
  title(margin, 18, "Input " + String(rows.input) + " × " + String(columns.input), "input-strong");
  title(
    Math.min(outX - (narrow ? 0 : 20), width - margin - 92),
    18,
    "Output " + String(rows.output) + " × " + String(columns.output),
    "output-strong",
  );
  const none = (): number | undefined => undefined;
  picture(
    margin,
    top,
    rows.input,
    columns.input,
    "input",
    transposed ? none : (at) => reads.get(at),
    transposed ? row : -1,
  );
  picture(
    outX,
    top,
    rows.output,
    columns.output,
    "output",
    transposed ? (at) => reads.get(at) : none,
    transposed ? -1 : row,
  );
  const name = transposed ? "Cᵀ" : "C";
  title(
    matrixX,
    narrow ? matrixY - 16 : 18,
    "Matrix " + name + ": " + String(high) + " × " + String(wide),
    "kernel-strong",
  );
  // Only the entries are drawn; the zeros are the ground.
  parts.push(kit.rect(matrixX, matrixY, wide * cell, high * cell, { class: "f-raised" }));
  for (let index = 0; index < scene.entries.length; index += 3) {
    const [output, input, tap] = scene.entries.slice(index, index + 3);
    const y = transposed ? input : output;
    const x = transposed ? output : input;
    parts.push(kit.cell(matrixX + x * cell, matrixY + y * cell, cell, kernel[tap], "kernel", range));
  }
  parts.push(kit.rect(matrixX, matrixY, wide * cell, high * cell, { fill: "none", class: "s-line" }));
  for (let at = 0; at < high; at++) {
    parts.push(
      kit.rect(matrixX, matrixY + at * cell, wide * cell, cell, {
        fill: "transparent",
        "data-hover": "row=" + String(at),
        "data-click": "row=" + String(at),
      }),
    );
  }
  const bar = kit.rect(-2, 0, wide * cell + 4, cell, {
    fill: "none",
    class: "s-output-strong",
    "stroke-width": 2.5,
    rx: 3,
    "pointer-events": "none",
  });
  parts.push(
    kit.element(
      "g",
      {
        "data-move": "row",
        transform: "translate(" + String(matrixX) + "," + String(matrixY + row * cell) + ")",
        "pointer-events": "none",
      },
      bar,
    ),
  );
  // Rows are counted from one, as the slider counts them.
  const placeOf = (at: number, across: number): string =>
    "row " + String(Math.floor(at / across) + 1) + ", column " + String((at % across) + 1);
  const which = "Row " + String(row + 1) + " of " + String(high) + " of " + name;
  const facts = [
    transposed
      ? which +
        " gathers the " +
        kit.counted(reads.size, "output cell") +
        " that input cell " +
        String(row + 1) +
        " (" +
        placeOf(row, columns.input) +
        ") feeds: the transposed convolution."
      : which +
        " holds the kernel where window " +
        String(row + 1) +
        " (output " +
        placeOf(row, columns.output) +
        ") reads: " +
        String(reads.size) +
        " of " +
        kit.counted(inputs, "entry", "entries") +
        ".",
    String(scene.entries.length / 3) +
      " of " +
      kit.counted(inputs * outputs, "entry is", "entries are") +
      " the kernel's " +
      kit.counted(kernel.length, "weight") +
      ": sparse and shared. Rows and columns count from 1.",
  ];
  let y = Math.max(top + rows.input * small, matrixY + high * cell, top + rows.output * small) + 22;
  for (const fact of facts) {
    const style = { "font-size": 13.5, class: fact === facts[0] ? "f-ink" : "f-muted" };
    for (const written of kit.wrap(fact, Math.floor((width - 2 * margin) / 7))) {
      parts.push(kit.text(margin, y, written, style));
      y += 19;
    }
  }
  const height = y + 4;
  const ground = kit.rect(0, 0, width, height, { class: "f-surface", rx: 8 });
  return { width, height, body: ground + parts.join(""), status: facts[0] };
}
