// One way to the service: JSON out, JSON or a problem in. Problems have the shape of RFC 9457 with a code, a fix and,
// where something of the request is wrong, pointers to it.
import { signal } from "@preact/signals";

import type { Paths, Problem as ProblemAnswer } from "./types";

// A path as the API's description has it, and one of these with its parts filled in: nothing else can be called.
export type Path = keyof Paths;
declare const filled: unique symbol;
export type At<P extends Path> = string & { readonly [filled]: P };

type MethodOf<P extends Path> = keyof Paths[P] & string;
type Of<P extends Path, M, What> = P extends Path ? (M extends keyof Paths[P] ? (What extends keyof Paths[P][M] ? Paths[P][M][What] : never) : never) : never;
export type Answer<P extends Path, M = "GET"> = Of<P, M, "answer">;
export type Event<P extends Path> = Of<P, "GET", "event">;
type Body<P extends Path, M> = Of<P, M, "body">;
type Query<P extends Path> = { [M in MethodOf<P>]: Of<P, M, "query"> }[MethodOf<P>];
type Parts<P extends string> = P extends `${string}{${string}}${infer Rest}` ? [part: string | number, ...Parts<Rest>] : [];
// A name without a value is left out.
type Given<Q> = { [K in keyof Q]: Q[K] | undefined };

export function at<P extends Path>(path: P, ...given: [...Parts<P>, query?: Given<Query<P>>]): At<P> {
  const parts: unknown[] = given;
  const whole = path.replace(/\{\w+\}/g, () => encodeURIComponent(String(parts.shift())));
  const query = Object.entries(parts[0] ?? {}).filter(([, value]) => value !== undefined);
  return (whole + (query.length ? "?" + new URLSearchParams(query) : "")) as At<P>;
}

// Where the request did not reach the service, no answer has an id.
export type Problem = Omit<ProblemAnswer, "type" | "request_id">;

export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

// What the whole page has to say about the connection.
export const connection = signal<{ up: boolean; since: number; simulated: boolean }>({
  up: true,
  since: Date.now(),
  simulated: false,
});

function note(up: boolean, simulated = connection.value.simulated): void {
  const was = connection.value;
  if (was.up !== up || was.simulated !== simulated)
    connection.value = { up, simulated, since: was.up === up ? was.since : Date.now() };
}

const unreachable = (): Problem => ({
  status: 0,
  code: "unreachable",
  title: "The service does not answer",
  detail: "the service does not answer",
  fix: "it may be restarting; what is shown is from before, and the page goes on by itself",
});

export function signInAgain(): void {
  location.assign("/sign-in?next=" + encodeURIComponent(location.pathname + location.search));
}

// A request may need the password again. Whoever can ask for it sets this: it resolves to true once it was given.
let askPassword: () => Promise<boolean> = async () => false;
export function whenPasswordIsNeeded(ask: () => Promise<boolean>): void {
  askPassword = ask;
}

async function answerOf<T>(response: Response): Promise<T> {
  note(true, response.headers.has("Pinrelay-Simulator"));
  const text = await response.text();
  let json: unknown;
  try {
    json = text ? JSON.parse(text) : null;
  } catch {
    json = null;
  }
  if (response.ok) return json as T;
  const given = (json ?? {}) as Partial<Problem>;
  throw new Refused({
    title: response.statusText,
    detail: "the service refused it",
    fix: "",
    code: "http_" + response.status,
    ...given,
    status: response.status,
  });
}

// `version`: what the thing must still be at; the service refuses a change of anything newer.
export interface More {
  signal?: AbortSignal;
  version?: string;
}

function headersOf(body: unknown, version: string | undefined): Record<string, string> {
  return {
    ...(body !== undefined && !(body instanceof Blob) && { "Content-Type": "application/json" }),
    ...(version && { "If-Match": `"${version}"` }),
  };
}

export function call<P extends Path, M extends MethodOf<P>>(
  method: M,
  path: At<P>,
  ...[body, more]: undefined extends Body<P, M> ? [body?: Body<P, M>, more?: More] : [body: Body<P, M>, more?: More]
): Promise<Answer<P, M>> {
  return send(method, path, body, more);
}

async function send<T>(method: string, path: string, body?: unknown, { signal, version }: More = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      credentials: "same-origin",
      headers: headersOf(body, version),
      ...(body !== undefined && { body: body instanceof Blob ? body : JSON.stringify(body) }),
      ...(signal && { signal }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    note(false);
    throw new Refused(unreachable());
  }
  try {
    return await answerOf<T>(response);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.problem.status === 401 && !path.startsWith("/api/v1/session")) signInAgain();
    if (error.problem.code === "confirm_password" && (await askPassword())) return send<T>(method, path, body, { ...(signal && { signal }), ...(version && { version }) });
    throw error;
  }
}

export const get = <P extends Path>(path: At<P>, signal?: AbortSignal): Promise<Answer<P>> => send("GET", path, undefined, signal && { signal });

// A table as CSV, in pages that are one file behind each other; `told` hears how many lines there are so far.
export async function getTable<P extends Path>(path: At<P>, told: (lines: number) => void): Promise<string[]> {
  const parts: string[] = [];
  let lines = -1; // the first page has a heading
  for (let cursor: string | null = ""; cursor !== null; ) {
    const response: Response = await fetch(path + (cursor && `${path.includes("?") ? "&" : "?"}cursor=${encodeURIComponent(cursor)}`), { credentials: "same-origin" });
    if (!response.ok) await answerOf(response);
    const text = await response.text();
    parts.push(text);
    lines += text.split("\r\n").length - 1;
    told(lines);
    cursor = response.headers.get("Pinrelay-Next-Cursor");
  }
  return parts;
}

// All pages of the fields, which pickers offer as a whole.
export async function getFields(path: At<"/api/v1/fields">, signal?: AbortSignal): Promise<Answer<"/api/v1/fields">> {
  const all = await get(path, signal);
  for (let cursor = all.next_cursor; cursor; ) {
    const page = await get(at("/api/v1/fields", { cursor }), signal);
    all.fields.push(...page.fields);
    cursor = page.next_cursor;
  }
  return all;
}

export async function sendFile(file: File): Promise<Answer<"/api/v1/uploads", "POST">> {
  const type = /\.(ndjson|jsonl)$/i.test(file.name) ? "application/x-ndjson" : "text/csv";
  return call("POST", at("/api/v1/uploads"), file.slice(0, file.size, type));
}

export function problemOf(error: unknown): Problem {
  if (error instanceof Refused) return error.problem;
  return { status: 0, code: "interface", title: "The page failed", detail: String(error), fix: "load the page again" };
}
