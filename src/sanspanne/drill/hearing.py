"""What a user reads of one response, as it comes: OpenAI's format or Anthropic's, a stream or a JSON body.

Told apart from `sanspanne.dialects` on purpose: a mistake there must not hide by being made on both sides.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec import Struct

QUEUE = re.compile(rb"^: sanspanne queue .*wait=(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)", re.MULTILINE)
TARGET = re.compile(r"target=([^\s;,]+)")
RUNG = re.compile(r"rung=([^\s;,]+)")
DONE = "[DONE]"


class Heard(Struct):
    """`ended`: it says itself that all has been said. `error`: the code or the type of an error that it tells of.

    `last` is the number of the last event; `told` the range in seconds that a queue was said to take; `exact`: no seam says
    that its wording may not join.
    """

    text: str = ""
    stop: str | None = None
    ended: bool = False
    error: str = ""
    last: int = 0
    seams: int = 0
    exact: bool = True
    told: tuple[float, float] | None = None
    target: str = ""
    rung: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether a client takes it for a complete answer."""
        return self.ended and self.stop is not None and not self.error


class Stream:
    """A stream of events, fed with bytes as they come."""

    def __init__(self, heard: Heard) -> None:
        self.heard = heard
        self._rest = b""

    def feed(self, data: bytes) -> None:
        """Read on; the end of an event that has not come yet is kept for the next time."""
        *blocks, self._rest = (self._rest + data).split(b"\n\n")
        for block in blocks:
            self._block(block)

    def _block(self, block: bytes) -> None:
        number = 0
        for line in block.split(b"\n"):
            if line.startswith(b"data:"):
                self._data(line[5:].strip().decode(errors="replace"))
            elif line.startswith(b"id:"):
                number = int(line[3:])
            elif line.startswith(b":"):
                self._comment(line)
        self.heard.last = number or self.heard.last

    def _comment(self, line: bytes) -> None:
        queue = QUEUE.match(line)
        if queue is not None and self.heard.told is None:
            self.heard.told = float(queue[1]), float(queue[2])
        said = line.decode(errors="replace")
        for pattern, name in ((TARGET, "target"), (RUNG, "rung")):
            if found := pattern.search(said):
                setattr(self.heard, name, found[1])

    def _data(self, data: str) -> None:
        if data == DONE:
            self.heard.ended = True
            return
        try:
            event = msgspec.json.decode(data)
        except msgspec.DecodeError:
            return  # no client stumbles over one bad line
        if isinstance(event, dict):
            _read_event(self.heard, event)


def read_body(heard: Heard, body: bytes) -> None:
    """Read a JSON body, an answer's or an error's."""
    try:
        whole = msgspec.json.decode(body)
    except msgspec.DecodeError:
        heard.error = "not JSON"
        return
    if not isinstance(whole, dict) or whole.get("error"):
        heard.error = _error(whole)
    elif "choices" in whole:
        choice = whole["choices"][0]
        heard.text, heard.stop = choice["message"].get("content") or "", choice["finish_reason"]
    else:
        heard.text = "".join(block.get("text", "") for block in whole.get("content", ()))
        heard.stop = whole.get("stop_reason")
    heard.ended = True


def _read_event(heard: Heard, event: dict[str, Any]) -> None:
    if event.get("error"):
        heard.error = _error(event)
        return
    ours = event.get("sanspanne")
    if isinstance(ours, dict) and isinstance(ours.get("seam"), dict):
        heard.seams += 1
        heard.exact = heard.exact and ours["seam"].get("exact", True)
    if "choices" in event:
        for choice in event["choices"][:1]:
            heard.text += (choice.get("delta") or {}).get("content") or ""
            heard.stop = choice.get("finish_reason") or heard.stop
        return
    match event.get("type"):
        case "content_block_delta":
            heard.text += event["delta"].get("text", "")
        case "message_delta":
            heard.stop = event["delta"].get("stop_reason")
        case "message_stop":
            heard.ended = True


def _error(body: Any) -> str:
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return str(error or "not an answer")[:80]
    return str(error.get("code") or error.get("type") or "error")
