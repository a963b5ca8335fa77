// Tables and figures, made of text alone.

/** Fills `box` with a table. A column is `{ title, of, number }`: `of(row)` gives text, or nodes. Nothing where there are no rows. */
export function table(box, label, columns, rows) {
  if (!rows.length) return box.replaceChildren();
  const head = element("tr", columns.map(({ title, number }) => cell("th", title, number)));
  const body = rows.map((row) => element("tr", columns.map(({ of, number }) => cell("td", of(row), number))));
  for (const title of head.children) title.scope = "col";
  const made = element("table", [element("thead", [head]), element("tbody", body)]);
  made.ariaLabel = label;
  Object.assign(box, { tabIndex: 0, role: "region", ariaLabel: label }); // so that the keyboard can scroll it
  box.replaceChildren(made);
}

/** Fills the list `box` with pairs of a name and what stands for it. */
export function figures(box, pairs) {
  box.replaceChildren(...pairs.map(([name, value]) => element("div", [element("dt", [name]), element("dd", [value])])));
}

/** An element with these children, which are nodes or text. */
export function element(name, children, className = "") {
  const made = document.createElement(name);
  made.className = className;
  made.append(...children);
  return made;
}

/** A bar of that share, for the eye alone. */
export function bar(share, className) {
  const filled = element("span", []);
  filled.style.width = `${100 * share}%`;
  const made = element("span", [filled], `bar ${className}`);
  made.ariaHidden = "true";
  return made;
}

function cell(name, content, number) {
  return element(name, Array.isArray(content) ? content : [content], number ? "number" : "");
}
