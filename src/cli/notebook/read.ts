import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Ajv, type ErrorObject } from "ajv";
import { exitCodes, Failure, systemReason } from "../failure.js";
import { isJsonMime, isJsonObject, type JsonObject, type JsonValue, type Notebook } from "./format.js";
import { notebookSchema } from "./schema.js";

const validate = new Ajv({ discriminator: true, verbose: true, allowUnionTypes: true }).compile<Notebook>(
  notebookSchema,
);

/**
 * Reads a notebook of nbformat 4.0 to 4.5 as nbformat 4.5.
 * @throws Failure with one line that says which file, which field, what came and what was expected
 */
export function readNotebook(file: string): Notebook {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${systemReason(error)}.`, exitCodes.notebook);
  }
  return parseNotebook(text, file);
}

/** As `readNotebook`, for a text that is already in memory; `name` appears in the messages. */
export function parseNotebook(text: string, name: string): Notebook {
  const refuse = (reason: string): Failure =>
    new Failure(`${name} is not a valid notebook: ${reason}.`, exitCodes.notebook);
  let document: JsonValue;
  try {
    // A byte order mark is no part of JSON, but Windows editors write one.
    document = JSON.parse(text.replace(/^\uFEFF/, "")) as JsonValue;
  } catch (error) {
    throw refuse(text.trim() === "" ? "the file is empty" : `it is not JSON (${jsonReason(error)})`);
  }
  if (!isJsonObject(document)) throw refuse(`expected a JSON object, got ${describe(document)}`);
  const { nbformat, nbformat_minor: minor } = document;
  if (nbformat === undefined) throw refuse("the field nbformat is missing, expected nbformat 4.0 to 4.5");
  if (nbformat !== 4 || typeof minor !== "number" || !Number.isInteger(minor) || minor < 0 || minor > 5) {
    throw refuse(`it is nbformat ${show(nbformat)}.${show(minor)}, expected 4.0 to 4.5`);
  }
  const upgraded = upgrade(document);
  if (!validate(upgraded)) throw refuse(violation(validate.errors?.[0]));
  return upgraded;
}

function jsonReason(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\s+/g, " ").slice(0, 120) : "unreadable";
}

/** To nbformat 4.5 with joined lines; what is not understood is left for the schema to judge. */
function upgrade(document: JsonObject): JsonObject {
  const metadata = isJsonObject(document.metadata)
    ? without(document.metadata, "orig_nbformat")
    : document.metadata;
  const taken = new Set<string>();
  const cells = Array.isArray(document.cells)
    ? document.cells.map((cell, index) => (isJsonObject(cell) ? upgradeCell(cell, index, taken) : cell))
    : document.cells;
  // A field that is absent stays absent, so that the schema reports it as missing.
  return defined({ ...document, metadata, cells, nbformat: 4, nbformat_minor: 5 });
}

function upgradeCell(cell: JsonObject, index: number, taken: Set<string>): JsonObject {
  const upgraded: JsonObject = { ...cell };
  if (cell.source !== undefined) upgraded.source = joined(cell.source);
  if (Array.isArray(cell.outputs)) upgraded.outputs = cell.outputs.map(joinOutput);
  if (isJsonObject(cell.attachments)) {
    upgraded.attachments = Object.fromEntries(
      Object.entries(cell.attachments).map(([name, bundle]) => [name, joinBundle(bundle)]),
    );
  }
  // Copying a cell in an old editor leaves two of one id; the second gets a new one, as in Jupyter.
  const { id } = cell;
  if (id === undefined || (typeof id === "string" && taken.has(id))) {
    upgraded.id = makeId(upgraded.source, index, taken);
  }
  if (typeof upgraded.id === "string") taken.add(upgraded.id);
  return upgraded;
}

/** The same notebook gets the same ids each time, so that links into its page stay good. */
function makeId(source: JsonValue | undefined, index: number, taken: Set<string>): string {
  for (let attempt = 0; ; attempt++) {
    const id = createHash("sha256")
      .update(JSON.stringify([index, attempt, source ?? null]))
      .digest("hex")
      .slice(0, 8);
    if (!taken.has(id)) return id;
  }
}

function joinOutput(output: JsonValue): JsonValue {
  if (!isJsonObject(output)) return output;
  const result: JsonObject = { ...output };
  if (output.text !== undefined) result.text = joined(output.text);
  if (output.data !== undefined) result.data = joinBundle(output.data);
  return result;
}

function joinBundle(bundle: JsonValue): JsonValue {
  if (!isJsonObject(bundle)) return bundle;
  return Object.fromEntries(
    Object.entries(bundle).map(([mime, value]) => [mime, isJsonMime(mime) ? value : joined(value)]),
  );
}

function joined(value: JsonValue): JsonValue {
  return Array.isArray(value) && value.every((line) => typeof line === "string") ? value.join("") : value;
}

function without(object: JsonObject, key: string): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
}

function defined(object: Record<string, JsonValue | undefined>): JsonObject {
  const entries = Object.entries(object).filter(
    (entry): entry is [string, JsonValue] => entry[1] !== undefined,
  );
  return Object.fromEntries(entries);
}

function violation(error: ErrorObject | undefined): string {
  if (!error) return "it does not fit nbformat 4.5";
  const params = error.params as Record<string, unknown>;
  const place = fieldName(error.instancePath);
  const within = place === "" ? "" : `${place}: `;
  const data = error.data as JsonValue;
  switch (error.keyword) {
    case "required":
      return `${within}the field ${String(params.missingProperty)} is missing`;
    case "additionalProperties":
      return `${within}unexpected field ${JSON.stringify(params.additionalProperty)}`;
    case "type":
      return `${place}: expected ${[params.type].flat().map(String).join(" or ")}, got ${describe(data)}`;
    case "discriminator": {
      const tag = String(params.tag);
      const kinds =
        tag === "cell_type" ? "code, markdown or raw" : "stream, display_data, execute_result or error";
      return `${place}.${tag}: expected ${kinds}, got ${describe(params.tagValue as JsonValue)}`;
    }
    default:
      return `${place}: ${error.message ?? "does not fit nbformat 4.5"}, got ${describe(data)}`;
  }
}

/** "/cells/3/source" → "cells[3].source" */
function fieldName(pointer: string): string {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .map((part, i) => (/^\d+$/.test(part) ? `[${part}]` : i === 0 ? part : `.${part}`))
    .join("");
}

function describe(value: JsonValue | undefined): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  const text = JSON.stringify(value);
  return `the ${typeof value} ${text.length > 40 ? `${text.slice(0, 39)}…` : text}`;
}

function show(value: JsonValue | undefined): string {
  return value === undefined ? "?" : typeof value === "object" ? describe(value) : String(value);
}
