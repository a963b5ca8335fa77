// Server-sent events from a response body. Events end with a blank line and nothing else ends a line but \n and \r\n:
// U+2028 in an answer is an ordinary character. The decoder keeps a character that the network cut in two.

/** Yields `{ data, comment }` for each event: its data lines and its comment lines, joined with \n. */
export async function* events(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    rest = (rest + (done ? decoder.decode() : decoder.decode(value, { stream: true }))).replaceAll("\r\n", "\n");
    const blocks = rest.split("\n\n");
    rest = done ? "" : blocks.pop();
    yield* blocks.filter((block) => block).map(parse);
    if (done) return;
  }
}

function parse(block) {
  const lines = block.split("\n");
  return { data: values(lines, "data:"), comment: values(lines, ":") };
}

function values(lines, prefix) {
  const matching = lines.filter((line) => line.startsWith(prefix));
  return matching.map((line) => line.slice(prefix.length).replace(/^ /, "")).join("\n");
}
