"""Gemini's streamed answers: server-sent events, or a JSON array that grows.

Neither has a terminal marker. An answer has ended when the stream closes cleanly after a finish reason; JSON that follows the
finish reason outside an event (Google answers so when it is overloaded) undoes it.
"""

from __future__ import annotations

import msgspec

from sanspanne.chat import Damaged, Ended, Event, Failed, Frame
from sanspanne.dialects.gemini.answer import Decoder
from sanspanne.dialects.gemini.errors import read_error
from sanspanne.dialects.gemini.json_array import ObjectSplitter
from sanspanne.dialects.sse import ServerSentEvent, Splitter
from sanspanne.errors import WireError


class GeminiReader:
    """Reads one streamed answer, in whichever of the two shapes it comes."""

    def __init__(self) -> None:
        self._decoder = Decoder()
        self._head = b""
        self._events: Splitter | None = None
        self._objects: ObjectSplitter | None = None

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that `data` completes."""
        if self._decoder.failed:
            return []
        if self._events is None and self._objects is None:
            data = self._head + data
            self._head = b"" if data.strip() else data
            self._choose(data.lstrip()[:1])
        try:
            return self._split(data)
        except OverflowError as error:
            failed = self._decoder.fail(WireError(200, type="too_large", message=str(error)))
            return [Frame("gemini", b"", (failed,))]

    def close(self) -> list[Frame]:
        """What was left over, and `Ended` if the answer is whole."""
        frames = [] if self._decoder.failed else self._remainder()
        if self._decoder.stopped:
            frames.append(Frame("gemini", b"", (Ended(),)))
        return frames

    def _choose(self, first: bytes) -> None:
        if first in (b"[", b"{"):
            self._objects = ObjectSplitter()
        elif first:
            self._events = Splitter()

    def _split(self, data: bytes) -> list[Frame]:
        if self._events is not None:
            return [self._sse(event) for event in self._events.feed(data)]
        if self._objects is not None:
            return [self._object(item) for item in self._objects.feed(data)]
        return []

    def _remainder(self) -> list[Frame]:
        if self._events is not None:
            return [self._sse(event) for event in self._events.close()]
        rest = self._objects.close() if self._objects is not None else b""
        return [_frame(rest, [self._stray(rest)])] if rest else []

    def _sse(self, event: ServerSentEvent) -> Frame:
        if event.name == b"error":
            return _frame(event.raw, [self._stray(event.data)])
        events = self._data(event.data) if event.data else []
        if event.stray:
            events.append(self._stray(event.stray))
        return _frame(event.raw, events)

    def _object(self, item: bytes) -> Frame:
        return _frame(item, self._data(item))

    def _data(self, data: bytes) -> list[Event]:
        if data.strip() == b"[DONE]":  # proxies that imitate OpenAI add it
            return []
        try:
            data.decode()  # a field whose name is damaged would be skipped, and with it what it says
            return self._decoder.read(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            error = read_error(200, data)
            if error.message:
                return [self._decoder.fail(error)]
            return [Damaged("an event whose data is not a GenerateContentResponse")]

    def _stray(self, data: bytes) -> Event:
        return self._decoder.fail(read_error(200, data))


def _frame(raw: bytes, events: list[Event]) -> Frame:
    """A frame that fails or is damaged has no raw bytes: nothing of it is passed on."""
    is_broken = any(isinstance(event, Failed | Damaged) for event in events)
    return Frame("gemini", b"" if is_broken else raw, tuple(events))
