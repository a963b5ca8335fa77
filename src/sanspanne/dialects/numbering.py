"""Numbers on the events of an answer, so that a caller who lost his connection can say which one he saw last.

    id: 17                      <- ours; counts the events of one answer from 1, also those of ours and errors
    data: {"choices": ...}

Comments have no number, and no blank line after them, whoever wrote them (why: `StreamWriter.comment`). An upstream's own `id:`
and `retry:` lines, which would steer the caller's client, never get here: `sse.Splitter` leaves them out of what is passed on.
"""

from __future__ import annotations

from collections.abc import Iterable

from sanspanne.chat import Frame
from sanspanne.dialects.base import StreamWriter
from sanspanne.errors import CallerError

_COMMENT = ord(":")


class NumberedWriter:
    """Writes one streamed answer with a dialect's `writer`, and numbers its events. `last` is the latest number.

    `after` is the number of the last event that was written before, by another writer.
    """

    def __init__(self, writer: StreamWriter, after: int = 0) -> None:
        self._writer = writer
        self.last = after

    def write(self, frames: Iterable[Frame]) -> bytes:
        """The bytes for these frames, each event with its number; may be empty."""
        number = self.last
        numbered = []
        for piece in self._writer.pieces(frames):
            if piece[0] == _COMMENT and _is_comment(piece):
                numbered.append(piece.rstrip(b"\n") + b"\n")
            else:
                number += 1
                numbered.append(b"id: %d\n%b" % (number, piece))
        self.last = number
        return b"".join(numbered)

    def fail(self, error: CallerError) -> bytes:
        """An error event, with its number."""
        self.last += 1
        return b"id: %d\n%b" % (self.last, self._writer.fail(error))

    def comment(self, text: str) -> bytes:
        """A comment, which has no number."""
        return self._writer.comment(text)


def events_after(data: bytes, number: int) -> bytes:
    """What `data`, bytes that a `NumberedWriter` wrote, holds after event `number`, comments included.

    All of it where that event comes before the first one in `data`; nothing where it comes after the last one.
    """
    place = _place(data, b"id: %d\n" % number)
    if place is not None:
        return data[place:].partition(b"\n\n")[2]
    first = _place(data, b"id: ")
    return data if first is None or number < int(data[first + 4 : data.index(b"\n", first)]) else b""


def has_event(data: bytes, number: int) -> bool:
    """Whether `data`, bytes that a `NumberedWriter` wrote, holds event `number`."""
    return _place(data, b"id: %d\n" % number) is not None


def _place(data: bytes, beginning: bytes) -> int | None:
    """Where a line begins like that. No line of an event's data can: it begins with `data:`."""
    if data.startswith(beginning):
        return 0
    at = data.find(b"\n" + beginning)
    return None if at < 0 else at + 1


def _is_comment(piece: bytes) -> bool:
    """Whether it is nothing but comments: some providers write a comment and an event into one block."""
    return all(line.startswith(b":") for line in piece.split(b"\n") if line)
