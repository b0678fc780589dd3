// Writes src/api/types.ts from the OpenAPI document: a type for every shape, and every path with what its methods take
// and give. With --check it writes nothing and fails when the file is not what it would write.
import { readFileSync, writeFileSync } from "node:fs";

const at = (path) => new URL(path, import.meta.url);
const document = JSON.parse(readFileSync(at("../docs/reference/openapi.json"), "utf8"));
const target = at("src/api/types.ts");

const nameOf = (reference) => reference.split("/").at(-1);
const comment = (schema, indent) => (schema.description ? `${indent}/** ${schema.description} */\n` : "");
const key = (name) => (/^\w+$/.test(name) ? name : JSON.stringify(name));

function fieldsOf(schema, indent) {
  const inner = indent + "  ";
  const fields = Object.entries(schema.properties).map(([name, each]) => {
    const optional = schema.required?.includes(name) ? "" : "?";
    return `${comment(each, inner)}${inner}${key(name)}${optional}: ${typeOf(each, inner)};\n`;
  });
  return `{\n${fields.join("")}${indent}}`;
}

function objectOf(schema, indent) {
  if (schema.properties) return fieldsOf(schema, indent);
  return `Record<string, ${schema.additionalProperties ? typeOf(schema.additionalProperties, indent) : "unknown"}>`;
}

const isUnion = ({ anyOf, enum: words, type }) => Boolean(anyOf || words || Array.isArray(type));

// By the word of a schema's `type`.
const BASIC = {
  string: () => "string",
  integer: () => "number",
  number: () => "number",
  boolean: () => "boolean",
  null: () => "null",
  array: ({ items }, indent) => (isUnion(items) ? `(${typeOf(items, indent)})[]` : `${typeOf(items, indent)}[]`),
  object: objectOf,
};

function typeOf(schema, indent) {
  if (schema.$ref) return nameOf(schema.$ref);
  if (schema.anyOf) return schema.anyOf.map((each) => typeOf(each, indent)).join(" | ");
  if (schema.enum) return schema.enum.map((each) => JSON.stringify(each)).join(" | ");
  const words = [schema.type ?? []].flat();
  return words.map((word) => BASIC[word](schema, indent)).join(" | ") || "unknown";
}

function declared([name, schema]) {
  const type = typeOf(schema, "");
  return comment(schema, "") + (schema.properties ? `export interface ${name} ${type}\n` : `export type ${name} = ${type};\n`);
}

function queryOf(parameters, indent) {
  const named = parameters.filter((each) => each.in === "query");
  const schema = { properties: Object.fromEntries(named.map((each) => [each.name, each.schema])), required: named.filter((each) => each.required).map((each) => each.name) };
  return named.length ? fieldsOf(schema, indent) : "Record<string, never>";
}

function bodyOf(requestBody, indent) {
  if (!requestBody) return "undefined";
  const json = requestBody.content["application/json"];
  if (!json) return "Blob";
  return typeOf(json.schema, indent) + (requestBody.required ? "" : " | undefined");
}

function methodOf([method, { parameters = [], requestBody, responses }]) {
  const [, success] = Object.entries(responses).find(([status]) => status.startsWith("2"));
  const [content] = Object.values(success.content);
  const streamed = content["x-events"]?.state ?? content["x-events"]?.log;
  const fields = {
    [streamed ? "event" : "answer"]: typeOf(streamed ?? content.schema, "      "),
    query: queryOf(parameters, "      "),
    body: bodyOf(requestBody, "      "),
  };
  const lines = Object.entries(fields).map(([name, type]) => `      ${name}: ${type};\n`);
  return `    ${method.toUpperCase()}: {\n${lines.join("")}    };\n`;
}

const paths = Object.entries(document.paths).map(
  ([path, methods]) => `  "${path}": {\n${Object.entries(methods).map(methodOf).join("")}  };\n`,
);

const text = `// Made from docs/reference/openapi.json by \`npm run types\`; do not edit.

${Object.entries(document.components.schemas).map(declared).join("\n")}
/** Every path with what its methods take and give; of a live one, the data of its events. */
export interface Paths {
${paths.join("")}}
`;

if (!process.argv.includes("--check")) {
  writeFileSync(target, text);
} else if (readFileSync(target, "utf8") !== text) {
  console.error("ui/src/api/types.ts is not what docs/reference/openapi.json says: npm --prefix ui run types");
  process.exit(1);
}
