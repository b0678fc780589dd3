// OpenAPI 3.0 as JSON Schema: finds the operation of an exchange, and compiles the schemas it names.
import Ajv2019 from "ajv/dist/2019.js";

const schemaId = "openapi";
const arrayKeywords = ["allOf", "anyOf", "oneOf"];
// Keywords that mean the same in both dialects.
const plainKeywords = [
  "type", "enum", "required", "pattern", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems",
  "minProperties", "maxProperties", "minimum", "maximum", "multipleOf",
];

export class OpenApi {
  #document;
  #ajv = new Ajv2019({ strict: false, allErrors: true, validateFormats: false });
  #validators = new Map();
  #routes = [];

  constructor(document) {
    if (!document?.openapi?.startsWith("3.0")) throw new Error("not an OpenAPI 3.0 description in JSON");
    this.#document = document;
    const definitions = {};
    for (const [name, schema] of Object.entries(document.components?.schemas ?? {})) {
      definitions[name] = this.#convert(schema);
    }
    this.#ajv.addSchema({ $id: schemaId, $defs: definitions });
    for (const [template, item] of Object.entries(document.paths)) this.#routes.push(this.#route(template, item));
    // "/audiences/shared" goes before "/audiences/{id}".
    this.#routes.sort((a, b) => a.names.length - b.names.length);
    this.base = new URL(document.servers[0].url).pathname;
  }

  version() {
    return this.#document.info.version;
  }

  // {operation, parameters, values}, or undefined when the description knows no such method and path.
  find(method, path) {
    if (!path.startsWith(this.base + "/")) return undefined;
    for (const route of this.#routes) {
      const match = route.pattern.exec(path.slice(this.base.length));
      const operation = route.item[method.toLowerCase()];
      if (!match || !operation) continue;
      const parameters = [...(route.item.parameters ?? []), ...(operation.parameters ?? [])];
      const values = Object.fromEntries(route.names.map((name, i) => [name, decodeURIComponent(match[i + 1])]));
      return { operation, values, parameters: parameters.map((parameter) => this.resolve(parameter)) };
    }
    return undefined;
  }

  resolve(node) {
    if (!node?.$ref) return node;
    const keys = node.$ref.slice(2).split("/").map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
    return this.resolve(keys.reduce((at, key) => at?.[key], this.#document));
  }

  // The complaints about `value`; none when it is valid. Unknown keys are complaints.
  problems(schema, value) {
    const key = JSON.stringify(schema);
    if (!this.#validators.has(key)) this.#validators.set(key, this.#ajv.compile(this.#closed(schema)));
    const validate = this.#validators.get(key);
    if (validate(value)) return [];
    return validate.errors.map((error) => {
      const detail = error.params.unevaluatedProperty ?? error.params.allowedValues?.join(", ") ?? "";
      return `${error.instancePath || "/"} ${error.message}${detail ? ` (${detail})` : ""}`;
    });
  }

  #route(template, item) {
    const names = [];
    const pattern = template.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{([^}]+)\}/g, (_, name) => {
      names.push(name);
      return "([^/]+)";
    });
    return { item, names, pattern: new RegExp(`^${pattern}$`) };
  }

  // In a place where a value is described (not a part of an allOf), keys the description does not know are errors.
  // An object of which it names no key stays open.
  #closed(schema) {
    const variants = this.#variants(this.resolve(schema));
    const converted = variants ? { anyOf: variants } : this.#convert(schema);
    return this.#namesKeys(schema) ? { allOf: [converted], unevaluatedProperties: false } : converted;
  }

  // A schema that only names its variants, by the value of one property.
  #variants({ discriminator, oneOf, anyOf }) {
    if (!discriminator?.mapping || oneOf || anyOf) return undefined;
    return Object.entries(discriminator.mapping).map(([value, $ref]) => ({
      allOf: [this.#convert({ $ref }), { properties: { [discriminator.propertyName]: { const: value } } }],
    }));
  }

  #namesKeys(node, seen = new Set()) {
    const schema = this.resolve(node);
    if (!schema || seen.has(schema)) return false;
    seen.add(schema);
    if (Object.keys(schema.properties ?? {}).length > 0) return true;
    return arrayKeywords.some((keyword) => schema[keyword]?.some((part) => this.#namesKeys(part, seen)));
  }

  #convert(schema) {
    if (schema.$ref) return { $ref: schema.$ref.replace("#/components/schemas/", `${schemaId}#/$defs/`) };
    const out = {};
    for (const keyword of plainKeywords) if (keyword in schema) out[keyword] = schema[keyword];
    for (const keyword of arrayKeywords) {
      if (schema[keyword]) out[keyword] = schema[keyword].map((part) => this.#convert(part));
    }
    if (schema.not) out.not = this.#convert(schema.not);
    if (schema.items) out.items = this.#closed(schema.items);
    if (schema.properties) {
      const entries = Object.entries(schema.properties);
      out.properties = Object.fromEntries(entries.map(([name, part]) => [name, this.#closed(part)]));
    }
    if (typeof schema.additionalProperties === "boolean") out.additionalProperties = schema.additionalProperties;
    else if (schema.additionalProperties) out.additionalProperties = this.#closed(schema.additionalProperties);
    // Booleans in OpenAPI 3.0, numbers in JSON Schema.
    if (schema.exclusiveMinimum === true) (out.exclusiveMinimum = out.minimum), delete out.minimum;
    if (schema.exclusiveMaximum === true) (out.exclusiveMaximum = out.maximum), delete out.maximum;
    return schema.nullable ? { anyOf: [{ type: "null" }, out] } : out;
  }
}
