"""A streamed answer, written towards a caller who speaks Anthropic Messages."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from sanspanne.chat import Frame, Seam, Stopped, TextDelta, ThinkingDelta, ToolCallDelta, UsageSeen
from sanspanne.dialects.anthropic_messages.blocks_out import Wire
from sanspanne.dialects.anthropic_messages.errors import error_object
from sanspanne.dialects.anthropic_messages.schema import NAME, Numbered
from sanspanne.dialects.anthropic_messages.translation import Translation
from sanspanne.dialects.base import Identity
from sanspanne.dialects.seams import seam_words
from sanspanne.dialects.sse import Splitter
from sanspanne.errors import CallerError

_NUMBERED = msgspec.json.Decoder(Numbered)
_DELTA = b"event: content_block_delta"


class StreamWriter:
    """Writes one streamed answer.

    Frames of this dialect are passed on as they are, as long as nothing else has been said: after the first translated
    frame or a seam, or when a second upstream begins its message anew, the rest is translated too. The blocks that were passed on
    are counted, so that what follows fits.
    """

    def __init__(self, identity: Identity) -> None:
        self._translation = Translation(identity)
        self._passes_on = True

    def write(self, frames: Iterable[Frame]) -> bytes:
        """The bytes for these frames, raw where the dialects agree; may be empty."""
        return b"".join(self.pieces(frames))

    def pieces(self, frames: Iterable[Frame]) -> list[bytes]:
        """The same, one event or comment each."""
        out: list[bytes] = []
        for frame in frames:
            if self._passes(frame):
                out.append(frame.raw)
            else:
                out += self._translated(frame)
        return out

    def fail(self, error: CallerError) -> bytes:
        """An error event, and no `message_stop`."""
        return _sse(error_object(error, None))

    def comment(self, text: str) -> bytes:
        """A comment line, which event stream parsers skip."""
        return b": " + " ".join(text.split()).encode() + b"\n"

    def _passes(self, frame: Frame) -> bool:
        if not self._passes_on or frame.dialect != NAME or not frame.raw:
            return False
        if frame.raw.startswith(_DELTA) and frame.events and type(frame.events[0]) in (TextDelta, ToolCallDelta):
            return True  # nearly all frames: they leave the blocks as they are
        return self._follow(frame)

    def _follow(self, frame: Frame) -> bool:
        """Takes note of an event that is passed on. False if it must not be: a seam, or a second beginning."""
        if any(isinstance(said, Seam) for said in frame.events):
            return False
        for said in frame.events:
            if isinstance(said, UsageSeen | Stopped):
                self._translation.events(said)
            elif isinstance(said, ThinkingDelta) and said.signature:
                self._translation.blocks.follow_signature()
        event = _numbered(frame.raw)
        match event.type:
            case "message_start":
                self._passes_on = not self._translation.started
                self._translation.started = True
            case "content_block_start" if event.content_block:
                self._translation.blocks.follow_start(event.index, event.content_block.type)
            case "content_block_stop":
                self._translation.blocks.follow_stop()
        return self._passes_on

    def _translated(self, frame: Frame) -> list[bytes]:
        written: list[bytes] = []
        for event in frame.events:
            written += [_sse(wire) for wire in self._translation.events(event)]
            if isinstance(event, Seam):
                written.insert(-1, self.comment(seam_words(event)))  # beside the ping that says the same
        if written:
            self._passes_on = False
        return written


def _numbered(raw: bytes) -> Numbered:
    try:
        return _NUMBERED.decode(b"".join(event.data for event in Splitter().feed(raw)))
    except msgspec.DecodeError:  # a comment, or an event that is new to us
        return Numbered("")


def _sse(event: Wire) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (event["type"].encode(), msgspec.json.encode(event))
