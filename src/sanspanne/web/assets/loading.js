// How far the model on board has come, until it is ready or nothing more is to be said of it.

import { onboardNews } from "./account.js";

const UNDER_WAY_MS = 1000;
const LATER_MS = 10_000;

/** Keeps `box` (a label and a progress bar) up to date, hidden when there is nothing to say. */
export async function showLoading(box, language, words) {
  for (;;) {
    const status = await readStatus();
    const onboard = status?.onboard ?? {};
    if (status) show(box, onboard, onboardNews(onboard, language, words));
    if (status && box.hidden) return;
    await new Promise((resolve) => setTimeout(resolve, isUnderWay(onboard) ? UNDER_WAY_MS : LATER_MS));
  }
}

async function readStatus() {
  try {
    const response = await fetch("/session");
    return response.status === 401 ? {} : await response.json();
  } catch {
    return null; // the service is away for a moment: asked again later
  }
}

function show(box, onboard, sentence) {
  const bar = box.querySelector("progress");
  box.querySelector("label").textContent = sentence;
  bar.hidden = !isUnderWay(onboard);
  if (typeof onboard.fraction === "number") bar.value = onboard.fraction;
  else bar.removeAttribute("value");
  box.hidden = !sentence;
}

function isUnderWay({ state }) {
  return state === "fetching" || state === "loading";
}
