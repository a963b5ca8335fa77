// The page: reads the questions, puts them one at a time, and takes up those of an earlier visit.

import { Exchange } from "./exchange.js";
import { keptOnes } from "./kept.js";
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
    this.exchanges = [];
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
    for (const kept of keptOnes()) this.exchange(kept).comes();
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
    this.question.value = "";
    this.keepDraft();
    this.put(question, { earlier: this.exchanges.length === 0 });
  }

  // An answer of another day is good enough only where nothing was said before.
  put(question, { earlier }) {
    const messages = [...this.history(), { role: "user", content: question }];
    const asked = { question, key: newKey(), at: Date.now() / 1000, model: this.model.value || "auto", messages, earlier };
    remember(asked);
    this.attend(asked);
  }

  // Once more, and as a new one: what was kept of the first is not given again.
  askAgain(question) {
    const { running } = this;
    if (running && this.question.value) return false; // what is being typed goes before
    if (running) this.giveBack(question);
    else this.put(question, { earlier: false });
    this.question.focus();
    return true;
  }

  // Whole answers only: a broken one is no ground to build on. In the order of the questions, whenever they were answered.
  history() {
    return this.exchanges.filter(({ whole }) => whole).flatMap(({ asked, turn }) => [
      { role: "user", content: asked.question },
      { role: "assistant", content: turn.text },
    ]);
  }

  // From the question to the end of its answer; also for one that was asked before the page was loaded again.
  async attend(asked) {
    this.begin();
    const exchange = this.exchange(asked);
    try {
      if (await exchange.run(this.running.signal)) this.giveBack(asked.question);
    } finally {
      forget(asked);
      this.finish();
    }
    if (asked.kept) exchange.comes();
  }

  exchange(asked) {
    byId("welcome").hidden = true;
    const turn = new Turn(byId("transcript"), asked.question, this.words);
    const exchange = new Exchange(asked, turn, {
      language: this.language,
      words: this.words,
      tell,
      hear,
      askAgain: () => this.askAgain(asked.question),
      toQuestion: () => this.question.focus(),
    });
    this.exchanges.push(exchange);
    turn.answer.scrollIntoView({ block: "end" });
    return exchange;
  }

  begin() {
    this.running = new AbortController();
    this.show({ busy: true });
    tell(this.words.waiting);
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

  // What was typed is not lost with the answer: it comes back, unless something new has been typed meanwhile.
  giveBack(question) {
    if (!this.question.value) this.question.value = question;
    this.keepDraft();
  }

  keepDraft() {
    localStorage.setItem(DRAFT, this.question.value);
  }
}

function tell(sentence) {
  byId("status").textContent = sentence;
}

// For screen readers alone, politely.
function hear(sentence) {
  byId("heard").textContent = sentence;
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

new Page(document.documentElement.lang).start();
