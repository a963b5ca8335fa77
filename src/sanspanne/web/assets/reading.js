// What the events of an answer say, over as many connections as it takes. `last` is the number of the last event that was read,
// `begun` whether any was.

import { events } from "./sse.js";

export const CUT = "cut";
const NO_PLACE = "waiting for an answer"; // a comment that says no more than that somebody is there
const SUCCESS = new Set(["stop", "length", "tool_calls", "content_filter"]);

export class Reading {
  /** `heard` has `onText(piece)`, `onRoute(route)`, `onSeam(seam)` and `onPlace(place)`. */
  constructor(heard) {
    this.heard = heard;
    this.last = 0;
    this.begun = false;
    this.finish = "";
  }

  /**
   * Reads to the end of the answer, or of these events: `{ whole, finish, error, certain }`. It is not certain that the answer
   * ended like that when the events just end, or when an error without a number follows them, which is no part of it: the
   * service stops, for example, and its next life goes on.
   */
  async read(pieces) {
    for await (const { id, data, comment } of events(pieces)) {
      if (comment) this.comment(comment);
      if (!data) continue;
      if (data === "[DONE]" && SUCCESS.has(this.finish)) return { whole: true, finish: this.finish, certain: true };
      const chunk = parsed(data);
      if (chunk.error) return this.broken(readError(200, chunk.error), id > 0);
      this.hear(chunk);
      this.begun = true;
      this.last = id || this.last;
    }
    return this.broken({ status: 200, code: CUT, message: "" }, false);
  }

  broken(error, certain) {
    return { whole: false, finish: this.finish, error, certain };
  }

  comment(comment) {
    this.heard.onRoute(routeFromComment(comment));
    const place = placeFromComment(comment);
    if (place || comment.includes(NO_PLACE)) this.heard.onPlace(place);
  }

  hear(chunk) {
    if (chunk.model) this.heard.onRoute({ model: chunk.model });
    const { rung, answered_at: answeredAt } = chunk.sanspanne ?? {};
    if (answeredAt) this.heard.onRoute({ rung, answeredAt });
    if (chunk.sanspanne?.seam) this.heard.onSeam(chunk.sanspanne.seam);
    const choice = chunk.choices?.[0] ?? {};
    this.finish = choice.finish_reason ?? this.finish;
    const piece = choice.delta?.content ?? choice.delta?.refusal;
    if (piece) this.heard.onText(piece);
  }
}

export function readError(status, { code, message }) {
  return { status, code: code ?? "", message: typeof message === "string" ? message : "" };
}

export function routeFromHeaders(headers) {
  return readRoute((field) => headers.get(`x-sanspanne-${field}`));
}

// When the head had to be sent before anybody had answered, a comment says the same later: `: sanspanne target=... rung=...`.
function routeFromComment(comment) {
  const [, pairs = ""] = comment.match(/^sanspanne (?!seam |queue )(.*)$/m) ?? [];
  const fields = new Map(pairs.split(" ").map((pair) => pair.split(/=(.*)/, 2)));
  return readRoute((field) => fields.get(field));
}

// While an answer waits in the queue: `: sanspanne queue position=3 of=17 wait=4-9`, in seconds, or `wait=unknown`.
function placeFromComment(comment) {
  const found = comment.match(/^sanspanne queue position=(\d+) of=(\d+) wait=(?:(\d+)-(\d+)|unknown)$/m);
  if (!found) return null;
  const [position, of, low, high] = found.slice(1).map((number) => number && Number(number));
  return { position, of, low, high };
}

function readRoute(get) {
  const route = {};
  for (const field of ["target", "rung", "attempts"]) if (get(field)) route[field] = get(field);
  if (get("tried")) route.tried = get("tried").split(",");
  if (get("omitted")) route.omitted = get("omitted").split(",");
  return route;
}

export function parsed(json) {
  try {
    return JSON.parse(json) ?? {};
  } catch {
    return {}; // a page from a proxy, or an empty event: what is missing then is reported as an answer that broke off
  }
}
