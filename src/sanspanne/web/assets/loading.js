// How far the model on board has come, until it is ready or known not to come.

import { loadingOf } from "./account.js";

const WAITING_MS = 1000;
const UNREACHABLE_MS = 5000;

/** Keeps `box` (a label and a progress bar) up to date, hidden when there is nothing to wait for. */
export async function showLoading(box, words) {
  for (;;) {
    const status = await readStatus();
    if (status) {
      show(box, status.onboard ?? {}, words);
      if (box.hidden) return;
    }
    await new Promise((resolve) => setTimeout(resolve, status ? WAITING_MS : UNREACHABLE_MS));
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

function show(box, onboard, words) {
  const sentence = loadingOf(onboard, words);
  const bar = box.querySelector("progress");
  box.querySelector("label").textContent = sentence;
  if (typeof onboard.fraction === "number") bar.value = onboard.fraction;
  else bar.removeAttribute("value");
  box.hidden = !sentence;
}
