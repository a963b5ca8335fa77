// The answer that is under way, kept in the browser so that a reload, or a tab that was closed, does not lose it.
//
// Until its first word its whole question is kept, to be asked again; from then on its name is enough. What has come of it is not
// kept: the service gives all of it again.

const RUNNING = "sanspanne.running";

/** Keeps `{ question, key, at, model, messages, id, earlier, keeps }`, after the first word without the messages. */
export function remember({ question, key, at, model, messages, id, earlier, keeps }) {
  try {
    localStorage.setItem(RUNNING, JSON.stringify({ question, key, at, model, messages, id, earlier, keeps }));
  } catch (error) {
    console.warn("The browser has no room for the question: this answer will not survive a reload.", error.name);
  }
}

/** What was kept, or null. */
export function remembered() {
  try {
    const kept = JSON.parse(localStorage.getItem(RUNNING));
    return kept?.question && kept.key && (kept.id || kept.messages) ? kept : null;
  } catch {
    return null; // not ours, or of another version
  }
}

/** Nothing is under way any more; what another tab has asked since stays. */
export function forget({ key }) {
  if (remembered()?.key === key) localStorage.removeItem(RUNNING);
}
