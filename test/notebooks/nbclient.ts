/** Notebooks run by Python's nbclient, and how its files differ from ours where both show the same. */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import type { JsonObject, Notebook, Output } from "../../src/cli/notebook/format.js";
import { codeCells, folder, root } from "./lecture.js";

const widgetMime = "application/vnd.jupyter.widget-view+json";

/** Runs a notebook of the lecture by nbclient into `out`, and checks `ours` against Jupyter's schema. */
export async function runByNbclient(
  python: string,
  name: string,
  { kernels, out, ours }: { kernels: string; out: string; ours: string },
): Promise<void> {
  const script = path.join(root, "test", "support", "execute.py");
  await promisify(execFile)(python, [script, path.join(folder, name), out, ours], {
    cwd: folder,
    env: { ...process.env, JUPYTER_PATH: kernels },
    maxBuffer: 1 << 26,
  });
}

/** Where two runs differ, in words. Nothing is forgiven: on one machine, every byte of every output is the same. */
export function disagreements(ours: Notebook, theirs: Notebook): string[] {
  const shown = (notebook: Notebook): Map<string, string[]> =>
    new Map(
      codeCells(notebook).map((cell) => [
        `${cell.id} [${cell.execution_count ?? " "}]`,
        cell.outputs.map((output) => JSON.stringify(sorted(output as unknown as JsonObject))),
      ]),
    );
  const [mine, other] = [shown(ours), shown(theirs)];
  const found: string[] = [];
  if ([...mine.keys()].join() !== [...other.keys()].join()) found.push("the cells or their counts differ");
  for (const [cell, outputs] of mine) {
    const others = other.get(cell) ?? [];
    if (outputs.length !== others.length) {
      found.push(`cell ${cell}: ${outputs.length} outputs here, ${others.length} there`);
    }
    for (const [i, output] of outputs.entries()) {
      const there = others[i] ?? output;
      if (output === there) continue;
      let same = 0;
      while (output[same] === there[same]) same++;
      const excerpt = (text: string): string => JSON.stringify(text.slice(Math.max(0, same - 40), same + 80));
      found.push(`cell ${cell}, output ${i + 1}: ${excerpt(output)} here, ${excerpt(there)} there`);
    }
  }
  return found;
}

/**
 * What nbclient gathered as our runner stores it. Two things differ, both on purpose. nbclient leaves the pieces of a
 * stream as they came; ours are joined, as JupyterLab joins them. And it keeps views of controls whose kernel is gone,
 * each with an identifier of its own and the state that it leads to; ours keep the words beside them, marked.
 */
export function asWeStore(
  theirs: Notebook,
  models: Set<string> | "unknown" = widgetModels(theirs),
): Notebook {
  const cells = theirs.cells.map((cell) => {
    if (cell.cell_type !== "code") return cell;
    const outputs: Output[] = [];
    for (const output of cell.outputs) {
      const last = outputs.at(-1);
      if (output.output_type === "stream" && last?.output_type === "stream" && last.name === output.name) {
        last.text += output.text;
      } else outputs.push(withoutView(output, models));
    }
    return { ...cell, outputs };
  });
  return { ...theirs, cells };
}

function withoutView(output: Output, models: Set<string> | "unknown"): Output {
  if (!("data" in output) || !(widgetMime in output.data)) return { ...output };
  const { [widgetMime]: view, ...data } = output.data;
  const id = (view as { model_id?: unknown }).model_id;
  if (typeof id !== "string" || (models !== "unknown" && !models.has(id)))
    throw new Error(`no model for the view ${String(id)}`);
  return { ...output, data, metadata: { ...output.metadata, convlab: "controls" } };
}

function widgetModels(notebook: Notebook): Set<string> {
  const { widgets } = notebook.metadata as { widgets?: Record<string, { state: object }> };
  return new Set(Object.keys(widgets?.["application/vnd.jupyter.widget-state+json"]?.state ?? {}));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, part]): [string, unknown] => [key, sorted(part)]);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
