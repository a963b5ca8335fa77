// One question and its answer on the page. All text that comes from outside is set as text, never as HTML.

/** The elements of one turn, at the end of `transcript`. */
export class Turn {
  constructor(transcript, question, words) {
    this.words = words;
    this.text = "";
    const asked = add(transcript, "article", "asked");
    add(asked, "h2", "unseen", words.you);
    add(asked, "p", "said", question);
    this.answer = add(transcript, "article", "answer");
    add(this.answer, "h2", "unseen", words.assistant);
    this.labels = add(this.answer, "div", "labels");
    this.remarked = add(this.answer, "p", "remark");
    this.said = add(this.answer, "p", "said");
    this.said.dir = "auto";
    this.answer.classList.add("waiting");
  }

  /** More of the answer. */
  say(piece) {
    this.answer.classList.remove("waiting");
    this.text += piece;
    this.said.append(piece);
  }

  /** What is to be known of an answer from its first word on: the model on board gave it, or it was given another time. */
  label(sentence) {
    const known = [...this.labels.children].some((label) => label.textContent === sentence);
    if (!known) add(this.labels, "p", "label", sentence);
  }

  /** What is said below while it waits, in the place of what was said before. */
  remark(sentence) {
    this.remarked.textContent = sentence;
  }

  /** The question is kept: `sentence` says so, and a button that says `giveUp` calls `act`. Nothing is waited for meanwhile. */
  keep(sentence, giveUp, act) {
    this.answer.classList.remove("waiting");
    this.notice = add(this.answer, "div", "notice");
    add(this.notice, "p", "", sentence);
    offer(this.notice, giveUp, act);
  }

  /** It is no longer kept. Returns whether the keyboard was on its button. */
  keepNoLonger() {
    const hadFocus = this.notice.contains(document.activeElement);
    this.notice.remove();
    return hadFocus;
  }

  /** A button below, until `act` says that it was of use. */
  offer(sentence, act) {
    const button = offer(this.answer, sentence, () => act() && button.remove());
    return button;
  }

  /** Here another goes on: a mark in the text, which is no part of it, and below what the mark means. */
  seam(sentence) {
    const mark = add(this.said, "span", "seam");
    mark.role = "img";
    mark.ariaLabel = mark.title = sentence;
    add(this.answer, "p", "account sewn", sentence);
  }

  /** What there is to say at the end: where it stopped, and who gave it. */
  end(...sentences) {
    this.answer.classList.remove("waiting");
    this.said.hidden = !this.text;
    for (const sentence of sentences.filter((each) => each)) add(this.answer, "p", "account", sentence);
  }

  /** An error, with the service's own words for it below. Screen readers say it at once. */
  fail(sentence, detail) {
    const alert = add(this.answer, "div", "failure");
    alert.setAttribute("role", "alert");
    add(alert, "p", "", sentence);
    if (detail) add(alert, "p", "detail", detail).lang = "en";
  }
}

function offer(parent, sentence, act) {
  const button = add(parent, "button", "offer", sentence);
  button.type = "button";
  button.addEventListener("click", act);
  return button;
}

function add(parent, tag, className, text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.textContent = text;
  parent.append(element);
  return element;
}
