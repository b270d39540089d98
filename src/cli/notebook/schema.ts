/**
 * The JSON schema of nbformat 4.5, written after Jupyter's own
 * (jupyter/nbformat, nbformat/v4/nbformat.v4.5.schema.json, BSD-3-Clause, © Jupyter Development Team).
 * It accepts the same documents. Cells and outputs are told apart by their type field instead of by trying each
 * alternative, so that a violation is reported where it is and not once for every kind of cell.
 */

type Schema = Record<string, unknown>;

const text: Schema = { type: ["string", "array"], items: { type: "string" } };

const mimeBundle: Schema = {
  type: "object",
  patternProperties: { "^application/(.*\\+)?json$": {} },
  additionalProperties: { $ref: "#/definitions/text" },
};

const cellMetadata: Schema = {
  type: "object",
  properties: {
    name: { type: "string", pattern: "^.+$" },
    tags: { type: "array", uniqueItems: true, items: { type: "string", pattern: "^[^,]+$" } },
    jupyter: { type: "object" },
  },
};

const codeMetadata: Schema = {
  type: "object",
  allOf: [{ $ref: "#/definitions/cellMetadata" }],
  properties: {
    collapsed: { type: "boolean" },
    scrolled: { enum: [true, false, "auto"] },
    execution: { type: "object", additionalProperties: { type: "string" } },
  },
};

const executionCount: Schema = { type: ["integer", "null"], minimum: 0 };

function record(required: string[], properties: Schema, optional: Schema = {}): Schema {
  return {
    type: "object",
    required,
    properties: { ...properties, ...optional },
    additionalProperties: false,
  };
}

function cell(type: string, own: Schema, metadata: Schema, optional: Schema = {}): Schema {
  const properties: Schema = {
    cell_type: { const: type },
    id: { type: "string", pattern: "^[a-zA-Z0-9-_]+$", minLength: 1, maxLength: 64 },
    metadata,
    source: { $ref: "#/definitions/text" },
    ...own,
  };
  return record(Object.keys(properties), properties, optional);
}

const attachments: Schema = {
  attachments: { type: "object", additionalProperties: { $ref: "#/definitions/mimeBundle" } },
};

function output(type: string, own: Schema): Schema {
  const properties: Schema = { output_type: { const: type }, ...own };
  return record(Object.keys(properties), properties);
}

const shown: Schema = { data: { $ref: "#/definitions/mimeBundle" }, metadata: { type: "object" } };

const definitions: Schema = {
  text,
  mimeBundle,
  cellMetadata,
  cell: {
    type: "object",
    discriminator: { propertyName: "cell_type" },
    required: ["cell_type"],
    oneOf: [
      cell("raw", {}, { $ref: "#/definitions/cellMetadata" }, attachments),
      cell("markdown", {}, { $ref: "#/definitions/cellMetadata" }, attachments),
      cell(
        "code",
        {
          outputs: { type: "array", items: { $ref: "#/definitions/output" } },
          execution_count: executionCount,
        },
        codeMetadata,
      ),
    ],
  },
  output: {
    type: "object",
    discriminator: { propertyName: "output_type" },
    required: ["output_type"],
    oneOf: [
      output("execute_result", { ...shown, execution_count: executionCount }),
      output("display_data", shown),
      output("stream", { name: { type: "string" }, text: { $ref: "#/definitions/text" } }),
      output("error", {
        ename: { type: "string" },
        evalue: { type: "string" },
        traceback: { type: "array", items: { type: "string" } },
      }),
    ],
  },
};

const named: Schema = { type: "string" };

export const notebookSchema: Schema = {
  $schema: "http://json-schema.org/draft-07/schema#",
  definitions,
  ...record(["metadata", "nbformat_minor", "nbformat", "cells"], {
    metadata: {
      type: "object",
      properties: {
        kernelspec: {
          type: "object",
          required: ["name", "display_name"],
          properties: { name: named, display_name: named },
        },
        language_info: {
          type: "object",
          required: ["name"],
          properties: {
            name: named,
            codemirror_mode: { type: ["string", "object"] },
            file_extension: named,
            mimetype: named,
            pygments_lexer: named,
          },
        },
        orig_nbformat: { type: "integer", minimum: 1 },
        title: named,
        authors: { type: "array" },
      },
    },
    nbformat: { const: 4 },
    nbformat_minor: { const: 5 },
    cells: { type: "array", items: { $ref: "#/definitions/cell" } },
  }),
};
