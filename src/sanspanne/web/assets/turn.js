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
    this.labelled = add(this.answer, "p", "label");
    this.labelled.hidden = true;
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

  /** An answer of the model on board is labelled from its first word on. */
  label(sentence) {
    this.labelled.textContent = sentence;
    this.labelled.hidden = false;
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

function add(parent, tag, className, text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.textContent = text;
  parent.append(element);
  return element;
}
