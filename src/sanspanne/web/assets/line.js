// One connection to the service. Whatever ends it too early is a `Dropped`, so that a mistake of ours is not taken for one.

const SILENCE_MS = 30_000; // a service that is there says something at least every ten seconds, if only a comment

/** The connection broke, could not be made, or has been silent for so long that nobody can be at its other end. */
export class Dropped extends Error {}

export class Line {
  constructor() {
    this.control = new AbortController();
  }

  /** The head of the response. Throws `Dropped`. */
  open(address, options) {
    return spoken(fetch(address, { ...options, signal: this.control.signal }));
  }

  /** Yields the bytes of a response's body as they come. Throws `Dropped`. */
  async *pieces(body) {
    const reader = body.getReader();
    for (;;) {
      const { value, done } = await spoken(reader.read());
      if (done) return;
      yield value;
    }
  }

  /** A response's body as text. Throws `Dropped`. */
  text(response) {
    return spoken(response.text());
  }

  close() {
    this.control.abort();
  }
}

async function spoken(coming) {
  let timer;
  const silence = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error("silence")), SILENCE_MS)));
  try {
    return await Promise.race([coming, silence]);
  } catch (cause) {
    throw new Dropped("the connection to the service was lost", { cause });
  } finally {
    clearTimeout(timer);
  }
}
