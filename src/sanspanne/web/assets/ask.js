// One question, one streamed answer, over the same API that every other program uses.

import { events } from "./sse.js";

export const CUT = "cut";
const SUCCESS = new Set(["stop", "length", "tool_calls", "content_filter"]);

/**
 * Asks. Calls `onText(piece)` for each piece of text and `onRoute(route)` whenever more is known of who answers.
 *
 * Returns `{ whole, finish, error }`. An answer is whole only if its stop reason and the end marker both came. `error` is
 * `{ status, code, message }`: status 0 without a code means that the service could not be reached or went away.
 * Throws AbortError when `signal` is aborted.
 */
export async function ask({ model, messages, signal, onText, onRoute }) {
  try {
    const response = await post({ model, messages, stream: true }, signal);
    if (!response.ok) return { whole: false, error: await refusal(response) };
    onRoute(routeFromHeaders(response.headers));
    return await follow(response.body, onText, onRoute);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    return { whole: false, error: { status: 0, code: "", message: "" } };
  }
}

function post(body, signal) {
  const headers = { "content-type": "application/json" };
  return fetch("/v1/chat/completions", { method: "POST", headers, body: JSON.stringify(body), signal });
}

async function follow(body, onText, onRoute) {
  let finish = "";
  for await (const { data, comment } of events(body)) {
    if (comment) onRoute(routeFromComment(comment));
    if (data === "[DONE]" && SUCCESS.has(finish)) return { whole: true, finish };
    const chunk = parsed(data);
    if (chunk.error) return { whole: false, finish, error: readError(200, chunk.error) };
    if (chunk.model) onRoute({ model: chunk.model });
    const choice = chunk.choices?.[0] ?? {};
    finish = choice.finish_reason ?? finish;
    const piece = choice.delta?.content ?? choice.delta?.refusal;
    if (piece) onText(piece);
  }
  return { whole: false, finish, error: { status: 200, code: CUT, message: "" } };
}

async function refusal(response) {
  const body = parsed(await response.text());
  return readError(response.status, body.error ?? {});
}

function readError(status, { code, message }) {
  return { status, code: code ?? "", message: typeof message === "string" ? message : "" };
}

function routeFromHeaders(headers) {
  return readRoute((field) => headers.get(`x-sanspanne-${field}`));
}

// When the head had to be sent before anybody had answered, a comment says the same later: `: sanspanne target=... rung=...`.
function routeFromComment(comment) {
  const [, pairs = ""] = comment.match(/^sanspanne (.*)$/m) ?? [];
  const fields = new Map(pairs.split(" ").map((pair) => pair.split(/=(.*)/, 2)));
  return readRoute((field) => fields.get(field));
}

function readRoute(get) {
  const route = {};
  for (const field of ["target", "rung", "attempts"]) if (get(field)) route[field] = get(field);
  if (get("tried")) route.tried = get("tried").split(",");
  if (get("omitted")) route.omitted = get("omitted").split(",");
  return route;
}

function parsed(json) {
  try {
    return JSON.parse(json) ?? {};
  } catch {
    return {}; // a page from a proxy, or an empty event: what is missing then is reported as an answer that broke off
  }
}
