// The answer that is under way, kept in the browser so that a reload, or a tab that was closed, does not lose it.
//
// Until it has a name its whole question is kept, to be asked again; from then on its name is enough. What has come of it is not
// kept: the service gives all of it again.

const RUNNING = "sanspanne.running";

/** Keeps `{ question, key, model, messages, id }`. */
export function remember({ question, key, model, messages, id }) {
  const kept = id ? { question, key, id } : { question, key, model, messages };
  try {
    localStorage.setItem(RUNNING, JSON.stringify(kept));
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
