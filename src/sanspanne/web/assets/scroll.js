// Who reads at the end stays there while more comes below.

/** Makes `change`, and scrolls to the end if that was where the reader was. */
export function stayAtEnd(change) {
  const wasAtEnd = innerHeight + scrollY >= document.body.scrollHeight - 40;
  change();
  if (wasAtEnd) scrollTo(0, document.body.scrollHeight);
}
