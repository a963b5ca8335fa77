// When to try again: soon at first, then less and less often, never in step with other pages, at once when the network is back.

const FIRST_MS = 300;
const LONGEST_MS = 5000;
const GIVE_UP_MS = 10 * 60_000; // for so long the service keeps an answer

export class Pauses {
  constructor() {
    this.reset();
  }

  /** The service was there. */
  reset() {
    this.tries = 0;
    this.since = null;
  }

  /** Returns when to try again: true. False when it has been in vain for too long. */
  async next() {
    this.since ??= Date.now();
    if (Date.now() - this.since > GIVE_UP_MS) return false;
    const longest = Math.min(FIRST_MS * 2 ** this.tries++, LONGEST_MS);
    await pause(longest * (0.5 + Math.random() / 2));
    return true;
  }
}

function pause(milliseconds) {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    addEventListener("online", done);
    function done() {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    }
  });
}
