"""What a caller reads of a streamed answer, from its bytes alone: OpenAI's format or Anthropic's, read by hand."""

from __future__ import annotations

import json
from typing import Any

from msgspec import Struct


class Heard(Struct):
    """A stream as its caller has it. `begun` counts beginnings of the message, `done` terminal markers.

    `texts` is the text by choice; `seams` are the fields in which the service tells of them; `usage` is prompt and completion
    tokens; `calls` the arguments of each tool call, by its number.
    """

    texts: dict[int, str]
    calls: dict[str, str]
    begun: int = 0
    done: int = 0
    ids: tuple[str, ...] = ()
    stop: str | None = None
    error: str | None = None
    seams: tuple[dict[str, Any], ...] = ()
    usage: tuple[int, int] | None = None
    thought: str = ""
    refusal: str = ""
    after_the_end: bool = False

    @property
    def text(self) -> str:
        """The text of the first choice."""
        return self.texts.get(0, "")

    @property
    def whole(self) -> bool:
        """Whether the caller takes it for a complete answer."""
        return self.done == 1 and self.stop is not None and self.error is None


def hear(dialect: str, data: bytes) -> Heard:
    """Read a whole stream."""
    heard = Heard({}, {})
    read = _openai if dialect == "openai_chat" else _anthropic
    for event in data.decode(errors="replace").split("\n\n"):
        lines = [line.removeprefix("data: ") for line in event.split("\n") if line.startswith("data: ")]
        if lines:
            heard.after_the_end = heard.after_the_end or bool(heard.done)
            read(heard, lines[0])
    return heard


def _openai(heard: Heard, data: str) -> None:
    if data == "[DONE]":
        heard.done += 1
        return
    chunk = json.loads(data)
    if "error" in chunk:
        heard.error = chunk["error"]["message"]
        return
    heard.ids = tuple(dict.fromkeys((*heard.ids, chunk["id"])))
    if told := chunk.get("sanspanne"):
        heard.seams += (told["seam"],)
    if counted := chunk.get("usage"):
        heard.usage = counted["prompt_tokens"], counted["completion_tokens"]
    for choice in chunk["choices"]:
        heard.stop = choice["finish_reason"] or heard.stop
        _delta(heard, choice["index"], choice["delta"])


def _delta(heard: Heard, choice: int, delta: dict[str, Any]) -> None:
    if "role" in delta and choice == 0:  # some say it in every chunk; it may not be said again after a seam
        heard.begun = max(1, heard.begun + bool(heard.seams))
    heard.texts[choice] = heard.texts.get(choice, "") + (delta.get("content") or "")
    heard.thought += delta.get("reasoning_content") or ""
    heard.refusal += delta.get("refusal") or ""
    for call in delta.get("tool_calls") or ():
        number = str(call["index"])
        heard.calls[number] = heard.calls.get(number, "") + (call.get("function") or {}).get("arguments", "")


def _anthropic(heard: Heard, data: str) -> None:
    event = json.loads(data)
    if told := event.get("sanspanne"):
        heard.seams += (told["seam"],)
    match event["type"]:
        case "message_start":
            heard.begun += 1
            heard.ids += (event["message"]["id"],)
        case "content_block_start" if event["content_block"]["type"] == "tool_use":
            heard.calls[str(event["index"])] = ""
        case "content_block_delta":
            _block_delta(heard, str(event["index"]), event["delta"])
        case "message_delta":
            heard.stop = event["delta"]["stop_reason"]
            heard.usage = event["usage"].get("input_tokens", 0), event["usage"]["output_tokens"]
        case "message_stop":
            heard.done += 1
        case "error":
            heard.error = event["error"]["message"]


def _block_delta(heard: Heard, index: str, delta: dict[str, Any]) -> None:
    heard.texts[0] = heard.text + delta.get("text", "")
    heard.thought += delta.get("thinking", "")
    if "partial_json" in delta:
        heard.calls[index] += delta["partial_json"]
