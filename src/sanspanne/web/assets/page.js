// The page: reads the question, asks, shows the answer and who gave it.

import { accountOf, endingOf, failureOf, ONBOARD, seamOf } from "./account.js";
import { ask } from "./ask.js";
import { showLoading } from "./loading.js";
import { forget, remember, remembered } from "./running.js";
import { Turn } from "./turn.js";
import { WORDS } from "./words.js";

const DRAFT = "sanspanne.draft";
const MODEL = "sanspanne.model";
const KEY_BYTES = 16;
const byId = (id) => document.getElementById(id);

class Page {
  constructor(language) {
    this.language = language;
    this.words = WORDS[language];
    this.history = []; // whole turns only: a broken answer is no ground to build on
    this.running = null; // the AbortController of the answer that is under way
    this.question = byId("question");
    this.model = byId("model");
  }

  start() {
    this.fillWords();
    this.question.value = localStorage.getItem(DRAFT) ?? "";
    this.question.addEventListener("input", () => this.keepDraft());
    this.model.addEventListener("change", () => localStorage.setItem(MODEL, this.model.value));
    byId("composer").addEventListener("submit", (event) => (event.preventDefault(), this.send()));
    byId("stop").addEventListener("click", () => this.stop());
    document.addEventListener("keydown", (event) => this.onKey(event));
    this.question.focus();
    this.fillModels();
    showLoading(byId("loading"), this.language);
    const asked = remembered();
    if (asked) this.attend(asked);
  }

  fillWords() {
    for (const element of document.querySelectorAll("[data-words]")) element.textContent = this.words[element.dataset.words];
    for (const element of document.querySelectorAll("[data-label]")) element.ariaLabel = this.words[element.dataset.label];
    this.question.placeholder = this.words[this.question.dataset.placeholder];
  }

  async fillModels() {
    const models = await modelNames();
    this.model.replaceChildren(...models.map((name) => new Option(name, name)));
    const wanted = [localStorage.getItem(MODEL), "auto"].find((name) => models.includes(name));
    if (wanted) this.model.value = wanted;
  }

  onKey(event) {
    if (event.isComposing) return; // Enter ends the choice of a character in an input method
    if (event.key === "Escape") this.stop();
    if (event.key === "Enter" && !event.shiftKey && event.target === this.question) {
      event.preventDefault();
      this.send();
    }
  }

  stop() {
    this.running?.abort();
  }

  send() {
    const question = this.question.value.trim();
    if (!question || this.running) return;
    const messages = [...this.history, { role: "user", content: question }];
    const asked = { question, key: newKey(), model: this.model.value || "auto", messages };
    remember(asked);
    this.question.value = "";
    this.keepDraft();
    this.attend(asked);
  }

  // From the question to the end of its answer; also for one that was asked before the page was loaded again.
  async attend(asked) {
    this.begin();
    const turn = new Turn(byId("transcript"), asked.question, this.words);
    turn.answer.scrollIntoView({ block: "end" });
    try {
      await this.converse(asked, turn);
    } finally {
      forget(asked);
      this.finish();
    }
  }

  async converse(asked, turn) {
    const route = { seams: [] };
    const heard = {
      onText: (piece) => this.hear(turn, piece),
      onRoute: (news) => this.learn(turn, Object.assign(route, news)),
      onSeam: (seam) => this.sew(turn, route, seam),
      onNamed: () => remember(asked),
      onAway: () => this.tell(turn.text ? this.words.away : this.words.notThere),
      onThere: () => this.tell(turn.text ? this.words.answering : this.words.waiting),
    };
    const outcome = await ask(asked, heard, this.running.signal);
    this.conclude(turn, route, outcome, asked.question);
    const answer = { role: "assistant", content: turn.text };
    if (outcome.whole) this.history.push({ role: "user", content: asked.question }, answer);
  }

  begin() {
    this.running = new AbortController();
    byId("welcome").hidden = true;
    this.show({ busy: true });
    this.tell(this.words.waiting);
  }

  finish() {
    this.running = null;
    this.show({ busy: false });
  }

  show({ busy }) {
    const focused = document.activeElement;
    byId("send").hidden = busy;
    byId("stop").hidden = !busy;
    if (focused?.hidden) this.question.focus(); // never leave the keyboard on a button that has gone
  }

  hear(turn, piece) {
    const atEnd = scrolledToEnd();
    if (!turn.text) this.tell(this.words.answering);
    turn.say(piece);
    if (atEnd) scrollTo(0, document.body.scrollHeight);
  }

  learn(turn, route) {
    if (route.rung === "onboard") turn.label(this.words.onboardLabel);
  }

  sew(turn, route, seam) {
    turn.seam(seamOf(seam, route.seams.length === 0, this.words));
    route.seams.push(seam);
    if (seam.to === ONBOARD) turn.label(this.words.onboardEnd);
  }

  conclude(turn, route, outcome, question) {
    const atEnd = scrolledToEnd();
    const account = turn.text && accountOf(route, this.words);
    this.tell(outcome.whole ? this.words.finished : "");
    if (outcome.whole) turn.end(endingOf(outcome, turn.text, this.words), account);
    else if (outcome.stopped) turn.end(this.words.stopped, account);
    else {
      turn.end(turn.text && this.words.brokeOff, account);
      turn.fail(failureOf(outcome.error, Boolean(turn.text), this.words), outcome.error.message);
    }
    if (!outcome.whole && !(outcome.stopped && turn.text)) this.giveBack(question);
    if (atEnd) scrollTo(0, document.body.scrollHeight);
  }

  // What was typed is not lost with the answer: it comes back, unless something new has been typed meanwhile.
  giveBack(question) {
    if (!this.question.value) this.question.value = question;
    this.keepDraft();
  }

  keepDraft() {
    localStorage.setItem(DRAFT, this.question.value);
  }

  tell(sentence) {
    byId("status").textContent = sentence;
  }
}

async function modelNames() {
  try {
    const response = await fetch("/v1/models");
    const { data = [] } = await response.json();
    return data.map((model) => model.id);
  } catch {
    return ["auto"]; // the question itself will tell what is wrong
  }
}

// Not randomUUID(), which browsers have only where the page came over TLS or from this machine.
function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(KEY_BYTES)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function scrolledToEnd() {
  return innerHeight + scrollY >= document.body.scrollHeight - 40;
}

new Page(document.documentElement.lang).start();
