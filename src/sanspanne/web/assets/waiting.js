// A question that waits for its first word: its place in the queue, or after a while at least a sentence.
//
// What is seen is always up to date. What screen readers hear is the first place, and then a new one now and then.

const SILENT_MS = 5000;
const HEARD_AGAIN_MS = 15_000;

import { stayAtEnd } from "./scroll.js";

export class Waiting {
  /** `hear(sentence)` is for screen readers. */
  constructor(turn, hear, words) {
    this.turn = turn;
    this.hear = hear;
    this.words = words;
    this.heardAt = -Infinity;
    this.timer = setTimeout(() => this.show(words.noWordYet), SILENT_MS);
  }

  /** `{ position, of, low, high }`, the last two undefined where the wait is not known; null when it waits in no queue. */
  place(place) {
    clearTimeout(this.timer);
    const sentence = place ? placeOf(place, this.words) : this.words.noWordYet;
    this.show(sentence);
    if (performance.now() - this.heardAt < HEARD_AGAIN_MS) return;
    this.heardAt = performance.now();
    this.hear(sentence);
  }

  /** It waits no longer. */
  over() {
    clearTimeout(this.timer);
    this.show("");
  }

  show(sentence) {
    stayAtEnd(() => this.turn.remark(sentence));
  }
}

function placeOf({ position, of, low, high }, words) {
  const place = position === 1 ? words.next : words.place(position, of);
  if (low === undefined) return place + words.waitUnknown;
  const [least, most] = high < 120 ? [low, high] : [Math.round(low / 60), Math.round(high / 60)];
  const unit = high < 120 ? "s" : "min";
  return place + (least === most ? words.waitAbout(most, unit) : words.waitBetween(least, most, unit));
}
