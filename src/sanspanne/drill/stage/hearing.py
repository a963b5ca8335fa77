"""What a user reads of one response, as it comes: OpenAI's format or Anthropic's, a stream or a JSON body.

Written apart from `sanspanne.dialects` on purpose: a mistake there must not hide by being made on both sides. What is not as
expected is passed over, as clients do; an answer whose end is passed over is not whole.
"""

from __future__ import annotations

import re

import msgspec
from msgspec import Struct

QUEUE = re.compile(rb": sanspanne queue .*wait=(\d{1,6}(?:\.\d+)?)-(\d{1,6}(?:\.\d+)?)")
TARGET = re.compile(r"target=([^\s;,]+)")
RUNG = re.compile(r"rung=([^\s;,]+)")
NUMBER = re.compile(rb"id: ?(\d{1,9})")
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


class Said(Struct):
    """A piece of text: `content` in OpenAI's words, `text` in Anthropic's; and why it stops, in the latter's."""

    content: str | None = None
    text: str | None = None
    stop_reason: str | None = None


class Choice(Struct):
    """OpenAI's: a piece of it in `delta`, the whole in `message`."""

    delta: Said | None = None
    message: Said | None = None
    finish_reason: str | None = None


class Wrong(Struct):
    """An error, in either's words."""

    code: str | int | None = None
    type: str | None = None

    def __str__(self) -> str:
        return str(self.code or self.type or "error")


class Seam(Struct):
    """Where another target took over."""

    exact: bool = True


class Ours(Struct):
    """The field `sanspanne` of an event."""

    seam: Seam | None = None


class Told(Struct):
    """An event, or a body, of either format."""

    type: str | None = None
    error: Wrong | str | None = None
    choices: list[Choice] = []
    delta: Said | None = None
    content: list[Said] = []
    stop_reason: str | None = None
    sanspanne: Ours | None = None


class Stream:
    """A stream of events, fed with bytes as they come."""

    def __init__(self, heard: Heard) -> None:
        self.heard = heard
        self._rest = b""
        self._event: list[bytes] = []

    def feed(self, data: bytes) -> None:
        """Read on. A comment counts at once; an event when the empty line after it has come, as everywhere."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if line.startswith(b":"):
                self._comment(line)
            elif line:
                self._event.append(line)
            else:
                self._end_event()

    def _end_event(self) -> None:
        for line in self._event:
            if line.startswith(b"data:"):
                self._data(line[5:].strip().decode(errors="replace"))
            elif found := NUMBER.fullmatch(line):
                self.heard.last = int(found[1])
        self._event.clear()

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
        elif event := _told(data):
            _read_event(self.heard, event)


def read_body(heard: Heard, body: bytes) -> None:
    """Read a JSON body, an answer's or an error's."""
    told = _told(body)
    if told is None or not (told.error or told.choices or told.content):
        heard.error = "not an answer"
        return
    heard.error = str(told.error or "")
    heard.stop, heard.ended = told.stop_reason, True
    heard.text = "".join(block.text or "" for block in told.content)
    for choice in told.choices[:1]:
        heard.text, heard.stop = (choice.message and choice.message.content) or "", choice.finish_reason


def _told(data: bytes | str) -> Told | None:
    try:
        return msgspec.json.decode(data, type=Told)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _read_event(heard: Heard, event: Told) -> None:
    if event.error:
        heard.error = str(event.error)
        return
    if event.sanspanne and event.sanspanne.seam:
        heard.seams += 1
        heard.exact = heard.exact and event.sanspanne.seam.exact
    for choice in event.choices[:1]:
        heard.text += (choice.delta and choice.delta.content) or ""
        heard.stop = choice.finish_reason or heard.stop
    if event.type == "content_block_delta" and event.delta:
        heard.text += event.delta.text or ""
    elif event.type == "message_delta" and event.delta:
        heard.stop = event.delta.stop_reason or heard.stop
    elif event.type == "message_stop":
        heard.ended = True
