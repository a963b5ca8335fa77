// One question and its whole answer, over the same API that every other program uses, and over as many connections as it takes.
//
//     asked ----> named ----> whole | broken | refused      named: the service has said what the answer is called
//       |           |
//       |           +-- dropped: the events after the last one are asked for
//       +-- dropped: the same question with the same Idempotency-Key, which joins the answer if it has begun
//       +-- nobody can answer now: the same again, to be kept until somebody can ----> kept

import { Dropped, Line } from "./line.js";
import { Pauses } from "./pauses.js";
import { parsed, readError, Reading, routeFromHeaders } from "./reading.js";

export const GONE = "gone";
export const EXPIRED = "answer_expired";
const BETWEEN = new Set([502, 503, 504]); // what stands between says these while the service starts again

/**
 * `asked` is `{ key, model, messages, id, earlier, keeps }`: its id is written there as soon as it is known; with one, no question
 * is asked, and the whole answer is given. `earlier`: rather than none, the reader's own earlier answer; `keeps` is set when
 * nobody could answer and the service is asked to keep the question. `heard` has `onText(piece)`, `onRoute(route)`,
 * `onSeam(seam)`, `onPlace(place)`, `onNamed()`, `onKeeps()`, `onAway()` when the connection is lost and `onThere()` when there
 * is one.
 *
 * Returns `{ whole, finish, error, stopped, kept }`. An answer is whole only if its stop reason and the end marker both came.
 * `error` is `{ status, code, message }`: status 0 means that the service could not be reached, or went away for too long.
 * `stopped`: `signal` was aborted, and the service was told to give the answer up. `kept` is `{ id, expires }`: the question is
 * kept, and to be fetched later.
 */
export function ask(asked, heard, signal) {
  const asking = new Asking(asked, heard);
  const stopped = new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  return Promise.race([asking.toTheEnd(), stopped.then(() => asking.stop())]);
}

class Asking {
  constructor(asked, heard) {
    this.asked = asked;
    this.heard = heard;
    this.reading = new Reading(heard);
    this.line = null;
    this.stopped = false;
  }

  async toTheEnd() {
    const pauses = new Pauses();
    let doubts = 0; // ends of which we were not certain, with nothing new between them
    for (;;) {
      const { last } = this.reading;
      const outcome = await this.connect();
      if (outcome?.certain && !this.isToBeKept(outcome)) return outcome;
      if (outcome?.certain) {
        this.keepIt();
        continue;
      }
      if (this.reading.last > last) {
        pauses.reset();
        doubts = 0;
      }
      if (outcome && (doubts++ || !this.asked.id)) return outcome;
      if (this.stopped || !this.canGoOn || !(await this.again(pauses))) return this.lost();
    }
  }

  /** One connection: how the answer ended, or null if we have to ask again. */
  async connect() {
    this.line = new Line();
    try {
      const follows = Boolean(this.asked.id);
      const response = await (follows ? this.follow() : this.post());
      this.name(response.headers.get("x-sanspanne-answer"));
      if (this.stopped) return this.stop();
      if (response.status === 202) return { kept: parsed(await this.line.text(response)), certain: true };
      if (!response.ok) return this.asked.id && passes(response) ? null : await this.refusal(response, follows);
      this.heard.onThere();
      this.heard.onRoute(routeFromHeaders(response.headers));
      return await this.reading.read(this.line.pieces(response.body));
    } catch (error) {
      if (error instanceof Dropped) return null;
      throw error;
    } finally {
      this.line.close();
    }
  }

  post() {
    const { key, model, messages, earlier, keeps } = this.asked;
    const headers = { "content-type": "application/json", "idempotency-key": key, "x-sanspanne-detach": "true" };
    if (keeps) headers.prefer = "respond-async, wait=0";
    else if (earlier) headers["x-sanspanne-earlier"] = "true";
    const body = JSON.stringify({ model, messages, stream: true });
    return this.line.open("/v1/chat/completions", { method: "POST", headers, body });
  }

  follow() {
    return this.line.open(`${addressOf(this.asked.id)}/events?after=${this.reading.last}`);
  }

  async refusal(response, follows) {
    const body = parsed(await this.line.text(response));
    const error = readError(response.status, body.error ?? {});
    const isGone = follows && (response.status === 404 || response.status === 410);
    return { whole: false, certain: true, error: isGone ? goneOr(error) : error };
  }

  // Nobody can answer for now, and the service itself has said so before any word.
  isToBeKept({ error }) {
    const { keeps, messages } = this.asked;
    return error?.status === 503 && !keeps && Boolean(messages) && !this.stopped && !this.reading.begun;
  }

  keepIt() {
    this.asked.keeps = true;
    delete this.asked.id;
    this.heard.onKeeps();
  }

  name(id) {
    if (!id || this.asked.id) return;
    this.asked.id = id;
    if (!this.stopped) this.heard.onNamed();
  }

  // What has come of an answer without a name would come a second time.
  get canGoOn() {
    return Boolean(this.asked.id) || !this.reading.begun;
  }

  async again(pauses) {
    this.heard.onAway();
    return (await pauses.next()) && !this.stopped;
  }

  /** Gives the answer up; if we do not know yet what it is called, as soon as we do. */
  stop() {
    this.stopped = true;
    const { id } = this.asked;
    if (id || this.reading.begun) this.line.close();
    if (id) fetch(addressOf(id), { method: "DELETE", keepalive: true }).catch(() => {}); // unreachable: it ends by itself
    return { whole: false, stopped: true, certain: true };
  }

  lost() {
    return { whole: false, error: { status: 0, code: "", message: "" } };
  }
}

/** The error of an answer that is not there any more: it expired unanswered, of which there is no more to say, or is gone. */
export function goneOr(error) {
  return error.code === EXPIRED ? { ...error, message: "" } : { ...error, code: GONE };
}

export function addressOf(id) {
  return `/v1/answers/${encodeURIComponent(id)}`;
}

/** Whether a response says that somebody else, or the service's next life, will give the answer. */
function passes({ status, headers }) {
  const ours = headers.has("x-request-id");
  return ours ? status === 503 && headers.get("x-should-retry") === "true" : BETWEEN.has(status);
}
