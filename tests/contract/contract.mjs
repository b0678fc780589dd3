// Validates Pinrelay's requests and the simulator's answers by Pinterest's description of its API; see README.md.
//   node contract.mjs [FILE...]      FILE: recorded exchanges, "-" = standard input
// Environment: PINTEREST_OPENAPI, the description (JSON); CONTRACT_SAMPLES, the program that prints our exchanges.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { wrongExchanges } from "./wrong_exchanges.mjs";

// Where the description (5.23.0) and the real API differ, and we follow the API. The only place that says so.
const deviations = [
  {
    why: 'bodies of 401 really carry "status": "failure" beside code and message',
    allows: (problem) => problem.status === 401 && problem.text === "/ must NOT have unevaluated properties (status)",
  },
  {
    why: "the words of POST /oauth/token ask for continuous_refresh, which its schema does not name",
    allows: (problem) => problem.text.endsWith("/ must NOT have unevaluated properties (continuous_refresh)"),
  },
];

function parseJson(text) {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { problem: `is not JSON: ${error.message}` };
  }
}

// Texts of a query, a path or a form as the types that the schema wants.
function typed(schema, text) {
  if (["integer", "number"].includes(schema.type) && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (schema.type === "boolean" && /^(true|false)$/.test(text)) return text === "true";
  if (schema.type === "array") return text.split(",");
  return text;
}

function* parameterProblems(api, found, query) {
  for (const name of query.keys()) {
    if (!found.parameters.some((known) => known.in === "query" && known.name === name)) yield `query: '${name}' is unknown`;
  }
  for (const parameter of found.parameters) {
    const text = parameter.in === "path" ? found.values[parameter.name] : query.get(parameter.name) ?? undefined;
    if (!["path", "query"].includes(parameter.in)) continue;
    if (text === undefined) {
      if (parameter.required) yield `${parameter.in}: '${parameter.name}' is missing`;
      continue;
    }
    const value = typed(api.resolve(parameter.schema), text);
    for (const problem of api.problems(parameter.schema, value)) yield `${parameter.in} '${parameter.name}': ${problem}`;
  }
}

function* bodyProblems(api, content, contentType, text) {
  const schema = content?.[contentType]?.schema;
  if (!schema) return yield `content type '${contentType}' is unknown`;
  if (contentType === "application/x-www-form-urlencoded") {
    const form = Object.fromEntries(new URLSearchParams(text));
    for (const [name, value] of Object.entries(form)) if (/^(true|false)$/.test(value)) form[name] = value === "true";
    return yield* api.problems(schema, form);
  }
  const { value, problem } = parseJson(text);
  yield* problem ? [problem] : api.problems(schema, value);
}

function* requestProblems(api, found, exchange, query) {
  yield* parameterProblems(api, found, query);
  const body = api.resolve(found.operation.requestBody);
  const text = exchange.request_body ?? "";
  if (body && (text !== "" || body.required)) {
    for (const problem of bodyProblems(api, body.content, exchange.content_type || "application/json", text)) {
      yield `body: ${problem}`;
    }
  } else if (text !== "") {
    yield "body: there should be none";
  }
}

function* answerProblems(api, found, exchange) {
  const { responses } = found.operation;
  const answer = api.resolve(responses[exchange.status] ?? responses.default);
  if (!answer) return yield `status ${exchange.status} is unknown`;
  if (answer.content) yield* bodyProblems(api, answer.content, "application/json", exchange.response_body ?? "");
}

// What is wrong with an exchange, as {part, status, text}.
function examine(api, exchange) {
  const [path, query] = exchange.path.split("?");
  const found = api.find(exchange.method, path);
  if (!found) return [{ part: "request", text: "no operation has this method and path" }];
  const problems = [...requestProblems(api, found, exchange, new URLSearchParams(query ?? ""))].map((text) => ({
    part: "request",
    text,
  }));
  if (exchange.spoilt) return problems;
  for (const text of answerProblems(api, found, exchange)) {
    problems.push({ part: "answer", status: exchange.status, text });
  }
  // Our own reading must agree with the description.
  if (exchange.verdict && (exchange.verdict === "done") !== (exchange.status >= 200 && exchange.status < 300)) {
    problems.push({ part: "answer", text: `Pinrelay reads status ${exchange.status} as '${exchange.verdict}'` });
  }
  return problems.filter((problem) => !deviations.some((deviation) => deviation.allows(problem)));
}

function* exchangesIn(text, source) {
  if (text === "") throw new Error(`${source} holds no exchange`);
  for (const [i, line] of text.split("\n").entries()) {
    if (line === "") continue;
    const { value, problem } = parseJson(line);
    if (problem) throw new Error(`${source}:${i + 1}: ${problem}`);
    yield { name: `${source}:${i + 1}`, ...value };
  }
}

function* allExchanges(files) {
  const here = dirname(fileURLToPath(import.meta.url));
  const program = process.env.CONTRACT_SAMPLES ?? join(here, "../../build/release/tests/contract/contract_samples");
  if (!existsSync(program)) throw new Error(`${program} is missing: build the target contract_samples`);
  yield* exchangesIn(execFileSync(program, { encoding: "utf8", maxBuffer: 2 ** 30 }), "contract_samples");
  for (const file of files) yield* exchangesIn(readFileSync(file === "-" ? 0 : file, "utf8"), file);
}

function show(exchange, problems) {
  console.log(`FAILED  ${exchange.name}: ${exchange.method} ${exchange.path} → ${exchange.status}`);
  for (const { part, text } of problems.slice(0, 10)) console.log(`        ${part}: ${text}`);
}

async function main() {
  const file = process.env.PINTEREST_OPENAPI;
  if (!file) {
    console.log("contract test SKIPPED: PINTEREST_OPENAPI is not set, so NO REQUEST WAS VALIDATED");
    console.log("0 passed, 0 failed, 1 skipped");
    return 0;
  }
  const { OpenApi } = await import("./openapi.mjs");
  const api = new OpenApi(JSON.parse(readFileSync(file, "utf8")));
  console.log(`Pinterest's description, version ${api.version()}`);
  let passed = 0;
  let failed = 0;
  for (const exchange of wrongExchanges) {
    const texts = examine(api, exchange).map((problem) => `${problem.part}: ${problem.text}`);
    const refused = texts.some((text) => text.includes(exchange.complaint));
    refused ? (passed += 1) : (failed += 1);
    if (!refused) console.log(`FAILED  a wrong exchange is not refused: ${exchange.name}; found: ${texts.join("; ")}`);
  }
  for (const exchange of allExchanges(process.argv.slice(2))) {
    const problems = examine(api, exchange);
    problems.length === 0 ? (passed += 1) : (failed += 1);
    if (problems.length > 0) show(exchange, problems);
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`contract test: ${error.message}`);
  process.exitCode = 1;
}
