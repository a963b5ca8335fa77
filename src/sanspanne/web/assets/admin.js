// How everything stands: asked for once a second while somebody looks, and shown where it has changed.

import { WORDS } from "./admin-words.js";
import { Figures } from "./figures.js";
import { bar, element, figures, table } from "./table.js";

const EVERY_MS = 1000;
const GOOD = new Set(["answered", "kept", "joined"]);
const byId = (id) => document.getElementById(id);

class Admin {
  constructor(language) {
    this.language = language;
    this.words = WORDS[language];
    this.figures = new Figures(language);
    this.shown = {}; // what each part shows, as JSON
    this.at = null;
  }

  async start() {
    for (const place of document.querySelectorAll("[data-words]")) place.textContent = this.words[place.dataset.words];
    document.title = this.words.title;
    while (await this.look()) await nextLook();
  }

  // False once this page is no longer known.
  async look() {
    try {
      const response = await fetch("/admin/state");
      if (response.status === 401) return this.say(this.words.signedOut), false;
      this.show(await response.json());
      this.say("");
    } catch {
      this.say(this.words.away(this.at === null ? "–" : this.figures.time(this.at)));
    }
    return true;
  }

  say(sentence) {
    const status = byId("status");
    if (status.textContent !== sentence) status.textContent = sentence;
  }

  show(state) {
    this.at = state.at;
    this.part("books", state.requests, () => this.books(state.requests));
    this.part("waiting", [state.waiting, state.kept], () => this.waiting(state.waiting, state.kept));
    this.part("targets", state.targets, () => this.targets(state.targets));
    this.part("onboard", state.onboard, () => (byId("onboard").textContent = state.onboard.message[this.language]));
    this.part("keys", state.keys, () => this.keys(state.keys));
    this.part("recent", state.recent, () => this.recent(state.recent));
  }

  part(name, state, show) {
    const now = JSON.stringify(state);
    if (this.shown[name] !== now) show();
    this.shown[name] = now;
  }

  books({ offered, open, ended, agree }) {
    const { words, figures: f } = this;
    const over = ended.reduce((sum, one) => sum + one.count, 0);
    const answered = ended.filter((one) => one.outcome === "answered").reduce((sum, one) => sum + one.count, 0);
    figures(byId("books"), [
      [words.offered, f.count(offered)],
      [words.answered, f.percent(answered, over)],
      [words.open, f.count(open)],
    ]);
    byId("sum").textContent = (agree ? words.agree : words.disagree)(f.count(offered), f.count(over), f.count(open));
    byId("sum").className = agree ? "quiet" : "wrong";
    table(byId("ended"), words.requests, [
      { title: words.outcome, of: (one) => words.outcomes[one.outcome] },
      { title: words.reason, of: (one) => [element("p", [element("code", [one.reason])]), why(words.reasons[one.reason])] },
      { title: words.count, of: (one) => f.count(one.count), number: true },
      { title: words.share, of: (one) => [f.percent(one.count, over), bar(one.count / over, GOOD.has(one.outcome) ? "" : "bad")], number: true },
    ], ended);
  }

  waiting({ count, longest, classes, keys }, kept) {
    const { words, figures: f } = this;
    const ofClass = Object.entries(classes).filter(([name, number]) => number || name !== "resume");
    figures(byId("queue"), [
      [words.waitingAll, f.count(count)],
      [words.longest, f.seconds(longest)],
      ...ofClass.map(([name, number]) => [words.classes[name], f.count(number)]),
      [words.kept, f.count(kept)],
    ]);
    table(byId("tenants"), words.waiting, [
      { title: words.key, of: (one) => one.key },
      { title: words.waitingAll, of: (one) => f.count(one.count), number: true },
      { title: words.longest, of: (one) => f.seconds(one.longest), number: true },
    ], keys);
  }

  targets(targets) {
    const { words, figures: f } = this;
    table(byId("targets"), words.targets, [
      { title: words.target, of: (one) => one.target },
      { title: words.standing, of: (one) => [standing(one, words), why(one.why, "en")] },
      { title: words.inFlight, of: (one) => words.of(f.count(one.in_flight), f.count(one.limit)), number: true },
      { title: words.spill, of: (one) => words.of(f.count(one.spill), f.count(one.spill_limit)), number: true },
      { title: words.reserved, of: (one) => f.count(one.reserved), number: true },
      { title: words.firstToken, of: (one) => f.seconds(one.first_token), number: true },
      { title: words.baseline, of: (one) => f.seconds(one.baseline), number: true },
      { title: words.refusals, of: (one) => f.count(one.refusals), number: true },
      { title: words.requestsLeft, of: (one) => f.count(one.requests_left), number: true },
      { title: words.tokensLeft, of: (one) => f.count(one.tokens_left), number: true },
    ], targets);
  }

  keys(keys) {
    const { words, figures: f } = this;
    table(byId("keys"), words.keys, [
      { title: words.key, of: (one) => one.key },
      { title: words.class, of: (one) => words.classes[one.class] },
      { title: words.running, of: (one) => f.count(one.running), number: true },
      { title: words.requestsToday, of: (one) => f.count(one.requests), number: true },
      { title: words.tokensToday, of: (one) => f.count(one.tokens), number: true },
      { title: words.dollarsToday, of: (one) => f.dollars(one.dollars), number: true },
      { title: words.limits, of: (one) => one.limits.map((limit) => this.limit(limit)) },
    ], keys);
  }

  limit({ limit, most, used }) {
    const written = (number) => (limit.startsWith("dollars") ? this.figures.dollars(number) : this.figures.count(number));
    return element("p", [this.words.limit(written(used), written(most), this.words.limitNames[limit])], used >= most ? "bad" : "");
  }

  recent(recent) {
    const { words, figures: f } = this;
    table(byId("recent"), words.recent, [
      { title: words.time, of: (one) => f.time(one.at) },
      { title: words.id, of: (one) => [element("span", [one.id], "id")] },
      { title: words.key, of: (one) => one.key },
      { title: words.model, of: (one) => one.model },
      { title: words.target, of: (one) => one.target },
      { title: words.reason, of: (one) => [element("code", [one.reason])] },
      { title: words.waited, of: (one) => (one.waited ? f.seconds(one.waited) : ""), number: true },
      { title: words.firstToken, of: (one) => f.seconds(one.first_token), number: true },
      { title: words.took, of: (one) => f.seconds(one.seconds), number: true },
    ], recent);
  }
}

function why(sentence, language = "") {
  const made = element("p", [sentence], "why");
  if (language) made.lang = language;
  return made;
}

function standing({ standing }, words) {
  const colours = { usable: "good", resting: "middling" };
  return element("span", [words.standings[standing]], `word ${colours[standing] ?? "bad"}`);
}

// In a second, or when somebody looks again.
async function nextLook() {
  await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  while (document.hidden) {
    await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
  }
}

new Admin(document.documentElement.lang).start();
