// How far the model on board has come, in the service's own sentence, until it is ready or switched off.

const UNDER_WAY = new Set(["fetching", "loading", "restarting"]);
const UNDER_WAY_MS = 1000;
const LATER_MS = 10_000;

/** Keeps `box` (a label and a progress bar) up to date, hidden when there is nothing to say. */
export async function showLoading(box, language) {
  for (;;) {
    const status = await readStatus();
    const onboard = status?.onboard ?? {};
    if (status) show(box, onboard, newsOf(onboard, language));
    if (status && box.hidden) return;
    await new Promise((resolve) => setTimeout(resolve, UNDER_WAY.has(onboard.state) ? UNDER_WAY_MS : LATER_MS));
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

function newsOf({ state, message }, language) {
  return state === "ready" || state === "off" ? "" : (message?.[language] ?? "");
}

function show(box, { state, fraction }, sentence) {
  const bar = box.querySelector("progress");
  box.querySelector("label").textContent = sentence;
  bar.hidden = !UNDER_WAY.has(state);
  if (state === "fetching") bar.value = fraction;
  else bar.removeAttribute("value");
  box.hidden = !sentence;
}
