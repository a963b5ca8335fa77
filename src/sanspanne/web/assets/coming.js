// Whether a kept question is answered by now.
//
// It is asked for only while somebody looks: an answer that was fetched is not kept for long.

import { addressOf, goneOr } from "./ask.js";
import { parsed, readError } from "./reading.js";

const FIRST_MS = 1000;
const EVERY_MS = 4000;

/**
 * Returns when question `id` is no longer kept: `{ at }`, in seconds since 1970, when its answer has come or has begun;
 * `{ error }` when there will be none; null when `signal` was aborted.
 */
export async function coming(id, signal) {
  for (let pause = FIRST_MS; ; pause = EVERY_MS) {
    await rest(pause, signal);
    if (signal.aborted) return null;
    const state = document.hidden ? null : await look(id);
    if (state) return state;
  }
}

/** Gives a kept question up: false if the service cannot be reached, so that it is still kept. */
export async function giveUp(id) {
  try {
    const { status } = await fetch(addressOf(id), { method: "DELETE" });
    return status < 300 || status === 404 || status === 410;
  } catch {
    return false;
  }
}

async function look(id) {
  try {
    const response = await fetch(addressOf(id));
    const body = parsed(await response.text());
    if (response.ok) return body.status === "kept" ? null : { at: body.ended ?? Date.now() / 1000 };
    const isOver = response.status === 404 || response.status === 410;
    return isOver ? { error: goneOr(readError(response.status, body.error ?? {})) } : null;
  } catch {
    return null; // the service is away for a moment, and keeps the question meanwhile
  }
}

function rest(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    document.addEventListener("visibilitychange", done);
    signal.addEventListener("abort", done);
    function done() {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", done);
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}
