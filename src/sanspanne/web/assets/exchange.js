// One question on the page and its answer: from the first wait to the end, be it hours later.

import { accountOf, endingOf, failureOf, isOnboard, ONBOARD, seamOf } from "./account.js";
import { ask } from "./ask.js";
import { coming, giveUp } from "./coming.js";
import { keep, letGo } from "./kept.js";
import { remember } from "./running.js";
import { stayAtEnd } from "./scroll.js";
import { Waiting } from "./waiting.js";
import { when } from "./when.js";

export class Exchange {
  /** `tell(sentence)` is for all, `hear(sentence)` for screen readers; `askAgain()` puts the question anew, if it can:
   *  true; `toQuestion()` gives the keyboard to the next question. */
  constructor(asked, turn, { language, words, tell, hear, askAgain, toQuestion }) {
    Object.assign(this, { asked, turn, language, words, tell, hear, askAgain, toQuestion });
    this.route = { seams: [] };
    this.answeredAt = Date.now() / 1000;
    this.whole = false;
    this.lost = false; // the service was away for too long: it may still have the answer
  }

  /** To the end of the answer, or until the question is kept. Returns whether it goes back to who asked it. */
  async run(signal) {
    const waiting = new Waiting(this.turn, this.hear, this.words);
    const outcome = await ask(this.asked, this.heard(waiting), signal);
    waiting.over();
    if (outcome.kept) return this.isKept(outcome.kept);
    stayAtEnd(() => this.conclude(outcome));
    return !this.whole && !(outcome.stopped && this.turn.text);
  }

  /** From when the question is kept to the end of its answer, of which nobody hears but here. */
  async comes() {
    this.tell = () => {};
    const control = new AbortController();
    this.showKept(control);
    const state = await coming(this.asked.id, control.signal);
    const hadFocus = this.turn.keepNoLonger();
    if (hadFocus) this.toQuestion();
    if (state?.at) await this.answered(state.at);
    else this.turn.end(state ? "" : this.words.givenUp);
    if (state?.error) this.fail(state.error);
    if (!this.lost) letGo(this.asked);
    if (this.whole) return;
    const button = this.turn.offer(this.words.askAgain, this.askAgain);
    if (hadFocus && !state) button.focus();
  }

  heard(waiting) {
    const { turn, words, route, asked } = this;
    return {
      onText: (piece) => this.hearText(piece, waiting),
      onRoute: (news) => this.learn(Object.assign(route, news)),
      onSeam: (seam) => this.sew(seam),
      onPlace: (place) => waiting.place(place),
      onNamed: () => this.isRunning && remember(asked),
      onKeeps: () => (remember(asked), this.tell(words.keeping)),
      onAway: () => this.tell(turn.text ? words.away : words.notThere),
      onThere: () => this.tell(turn.text ? words.answering : words.waiting),
    };
  }

  get isRunning() {
    return !this.asked.kept;
  }

  hearText(piece, waiting) {
    if (!this.turn.text) {
      waiting.over();
      this.tell(this.words.answering);
      this.forgetHistory();
    }
    stayAtEnd(() => this.turn.say(piece));
  }

  // From its first word on it is followed by its name, and never asked again.
  forgetHistory() {
    delete this.asked.messages;
    if (this.isRunning) remember(this.asked);
  }

  learn(route) {
    if (isOnboard(route)) this.turn.label(this.words.onboardLabel);
    if (route.answeredAt) this.turn.label(this.words.earlierLabel(when(route.answeredAt, this.language)));
    if (route.rung === "deferred") this.labelDeferred();
  }

  labelDeferred() {
    const [asked, answered] = [this.asked.at, this.answeredAt].map((moment) => when(moment, this.language));
    this.turn.label(this.words.deferredLabel(asked, answered));
  }

  sew(seam) {
    const { turn, route, words } = this;
    turn.seam(seamOf(seam, route.seams.length === 0, words));
    route.seams.push(seam);
    if (seam.to === ONBOARD) turn.label(words.onboardEnd);
  }

  isKept({ id, expires }) {
    Object.assign(this.asked, { id, kept: expires });
    keep(this.asked);
    this.tell("");
    this.hear(this.words.kept); // who sees, sees it below the question
    return false;
  }

  showKept(control) {
    const { turn, words, asked } = this;
    const sentence = words.keptUntil(when(asked.kept, this.language));
    const act = async () => ((await giveUp(asked.id)) ? control.abort() : this.hear(words.notGivenUp));
    stayAtEnd(() => turn.keep(sentence, words.giveUp, act));
  }

  async answered(at) {
    this.answeredAt = at;
    this.hear(this.words.keptAnswered);
    await this.run(new AbortController().signal);
  }

  conclude(outcome) {
    const { turn, words, route } = this;
    const account = turn.text && accountOf(route, words);
    this.whole = Boolean(outcome.whole);
    this.lost = outcome.error?.status === 0;
    this.tell(outcome.whole ? words.finished : "");
    if (outcome.whole) turn.end(endingOf(outcome, turn.text, words), account);
    else if (outcome.stopped) turn.end(words.stopped, account);
    else {
      turn.end(turn.text && words.brokeOff, account);
      this.fail(outcome.error);
    }
    if (route.answeredAt) turn.offer(words.askAgain, this.askAgain);
  }

  fail(error) {
    this.turn.fail(failureOf(error, Boolean(this.turn.text), this.words), error.message);
  }
}
