// Server-sent events from the pieces of a response body. Events end with a blank line and nothing else ends a line but \n and
// \r\n: U+2028 in an answer is an ordinary character. The decoder keeps a character that the network cut in two.

/** Yields `{ id, data, comment }` for each event: its number (0 without one), its data and its comment lines, joined with \n. */
export async function* events(pieces) {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of pieces) {
    rest = (rest + decoder.decode(piece, { stream: true })).replaceAll("\r\n", "\n");
    const blocks = rest.split("\n\n");
    rest = blocks.pop();
    yield* blocks.filter((block) => block).map(parse);
    for (; rest.startsWith(":") && rest.includes("\n"); rest = rest.slice(rest.indexOf("\n") + 1)) {
      yield parse(rest.slice(0, rest.indexOf("\n"))); // a comment need not wait for the event behind it
    }
  }
}

function parse(block) {
  const lines = block.split("\n");
  return { id: Number(values(lines, "id:")), data: values(lines, "data:"), comment: values(lines, ":") };
}

function values(lines, prefix) {
  const matching = lines.filter((line) => line.startsWith(prefix));
  return matching.map((line) => line.slice(prefix.length).replace(/^ /, "")).join("\n");
}
