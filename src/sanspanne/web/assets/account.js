// What answered and why, or what went wrong: facts in, one sentence out.

import { EXPIRED, GONE } from "./ask.js";
import { CUT } from "./reading.js";

export const ONBOARD = "onboard";
const OURSELVES = "sanspanne";
const LATER = new Set(["cached", "deferred"]); // of who failed meanwhile there is nothing to say

/** Who answered. `route` is `{ seams, target, rung, attempts, tried, omitted, model }`; all but the seams may be missing. */
export function accountOf(route, words) {
  if (route.seams.length) return route.seams.at(-1).to === ONBOARD ? words.caution : ""; // they have said who
  if (isOnboard(route)) return words.onboard(route.model) + forgotten(route, words);
  if (!route.target) return "";
  if (LATER.has(route.rung)) return `${words.by(route.target)}.`;
  const { tried = [] } = route;
  if (tried.length) return `${words.by(route.target)}${words.inPlaceOf(listed(tried, words))}.`;
  return `${words.by(route.target)}${place(route, words)}${effort(route, words)}.`;
}

/** Whether the small model on board gave it, be it later. */
export function isOnboard({ rung, target }) {
  return rung === ONBOARD || target === ONBOARD;
}

/** What a seam means: who broke off, and who goes on. */
export function seamOf({ from, to, exact }, isFirst, words) {
  const named = (target) => (target === ONBOARD ? words.onboardName : String(target));
  const brokeOff = isFirst ? words.begunBy(named(from)) : words.brokenBy(named(from));
  return (from === OURSELVES ? words.restarted : brokeOff) + (exact ? words.continuedBy : words.begunAgainBy)(named(to));
}

// The model on board has room for a short conversation only.
function forgotten({ omitted = [] }, words) {
  const [, count] = omitted.join(",").match(/(\d+)-oldest-messages/) ?? [];
  return count ? words.forgotten(count) : "";
}

function listed(names, words) {
  return [names.slice(0, -1).join(", "), names.at(-1)].filter((part) => part).join(words.and);
}

// Not the first choice: it may have failed, be known to be down, or be unable to serve this question. We say what we know.
function place(route, words) {
  return { primary: words.firstChoice, fallback: words.notFirst }[route.rung] ?? "";
}

function effort(route, words) {
  return Number(route.attempts) > 1 ? words.attempts(route.attempts) : "";
}

/** Why there is no answer, or no whole one. `begun` says whether some of it has come. */
export function failureOf(error, begun, words) {
  if (error.code === GONE) return words.gone;
  if (error.code === EXPIRED) return words.expired;
  if (error.status === 0) return begun ? words.vanished : words.unreachable;
  if (error.status === 200) return error.code === CUT ? words.cut : words.midway;
  if (error.code === "model_loading") return words.modelLoading;
  const known = { 401: words.signedOut, 429: words.tooMany };
  if (known[error.status]) return known[error.status];
  if (error.status >= 502) return words.unanswered;
  return error.status >= 500 ? words.failed : words.refused;
}

/** What to say at the end of an answer that ended without an error, besides who gave it. */
export function endingOf(outcome, text, words) {
  if (outcome.finish === "length") return words.tooLong;
  if (outcome.finish === "content_filter") return words.filtered;
  return text ? "" : words.nothingSaid;
}
