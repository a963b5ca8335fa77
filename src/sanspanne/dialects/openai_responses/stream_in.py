"""A streamed answer, read, and where it could be taken up again.

Every event has a `sequence_number`, counted from 0. A reader that is given a `ResumePoint` goes on after it: events up to that
number have been read before and are dropped, should the server send them again; the first one behind it must have the next
number, or words would be missing between the two.
"""

from __future__ import annotations

import msgspec

from sanspanne.chat import (
    Damaged,
    Ended,
    Event,
    Failed,
    Frame,
    RefusalDelta,
    ResumePoint,
    TextDelta,
    ThinkingDelta,
    ToolCallBegun,
    ToolCallDelta,
    UsageSeen,
)
from sanspanne.dialects.openai_responses.errors import broken_answer, read_error, says_error
from sanspanne.dialects.openai_responses.events_in import CALL, begun, cited, ending, read_usage
from sanspanne.dialects.openai_responses.schema import NAME, Item, Response, StreamEvent
from sanspanne.dialects.sse import ServerSentEvent, Splitter
from sanspanne.errors import WireError

_EVENT = msgspec.json.Decoder(StreamEvent)
_LAST = frozenset({"response.completed", "response.incomplete", "response.failed", "response.cancelled"})


class Reader:
    """Reads one stream. A frame that fails, is damaged or was read before has no raw bytes: nothing of it is passed on."""

    def __init__(self, point: ResumePoint | None = None) -> None:
        self._splitter = Splitter()
        self._id = point.id if point else ""
        self._last = point.after if point else -1
        self._calls = list(point.calls) if point else []  # the places of the calls that have begun
        self._at_seam = point is not None
        self._begun = self._last >= 0
        self._failed = False
        self._damaged = False
        self._over = False

    @property
    def point(self) -> ResumePoint | None:
        """Where the answer could be taken up again, were the stream to break now; None where it could not.

        Behind a piece that could not be read it could not: nobody would see any more that one is missing.
        """
        whole = self._id and not self._over and not self._damaged
        return ResumePoint(self._id, self._last, tuple(self._calls)) if whole else None

    @property
    def running(self) -> str:
        """The id of the answer that is still being made, as far as we know; empty if there is none."""
        return "" if self._over else self._id

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that `data` completes; none any more when one has failed."""
        try:
            events = self._splitter.feed(data)
        except OverflowError as error:
            self._splitter = Splitter()  # what was gathered is given up
            return [self._failure(broken_answer(f"holds {error}, which is more than can be read."))]
        return self._frames(events)

    def close(self) -> list[Frame]:
        """The frames that only the end of the stream completes."""
        return self._frames(self._splitter.close())

    def _frames(self, events: list[ServerSentEvent]) -> list[Frame]:
        frames: list[Frame] = []
        for event in events:
            if not self._failed:
                frames.append(self._frame(event))
        return frames

    # --- one event of the stream

    def _frame(self, event: ServerSentEvent) -> Frame:
        data = event.data.strip()
        if event.stray.strip():
            return self._failure(read_error(200, event.stray.strip()))
        if not data or data == b"[DONE]":  # a comment; the end as proxies put it who imitate the older API
            return Frame(NAME, event.raw)
        try:
            read = _EVENT.decode(data)
        except (ValueError, RecursionError):  # DecodeError and UnicodeDecodeError are both ValueErrors
            return self._unreadable(data)
        if read.type == "error":  # never one that was read before, whatever its number
            return self._failure(read_error(200, data))
        return self._numbered(event, read)

    def _unreadable(self, data: bytes) -> Frame:
        """Data that is no event: an error in some shape of its own, or damage that the stream may survive."""
        error = read_error(200, data)
        if says_error(error):
            return self._failure(error)
        self._damaged = True
        return Frame(NAME, b"", (Damaged(f"An event of {len(data)} bytes is no event of a response."),))

    def _numbered(self, event: ServerSentEvent, read: StreamEvent) -> Frame:
        if self._over:
            return self._failure(broken_answer("goes on after its end."))
        number = read.sequence_number
        if number is None:
            return self._failure(broken_answer("has an event without a number."))
        if number <= self._last:
            return Frame(NAME, b"")
        if self._at_seam and number != self._last + 1:
            return self._failure(broken_answer(f"goes on with event {number}; event {self._last + 1} was expected."))
        self._at_seam = False
        events = self._said(read)
        self._last = number
        return self._told(event, events)

    def _told(self, event: ServerSentEvent, events: list[Event]) -> Frame:
        for said in events:
            if isinstance(said, Failed):
                return self._failure(said.error)
            if isinstance(said, Damaged):
                self._damaged = True
        is_whole = not any(isinstance(said, Damaged) for said in events)
        return Frame(NAME, event.raw if is_whole else b"", tuple(events))

    # --- what it says

    def _said(self, read: StreamEvent) -> list[Event]:
        if read.type == "response.output_text.delta":  # nearly every event of every answer
            return [TextDelta(read.delta)] if isinstance(read.delta, str) else [_unclear(read)]
        if read.response is not None:
            return self._whole(read.type, read.response)
        match read.type:
            case "response.output_item.added" if read.item is not None and read.item.type == CALL:
                return [self._begin_call(read, read.item)]
            case "response.reasoning_summary_part.added":
                return [ThinkingDelta("\n\n", origin=NAME)] if read.summary_index else []
            case "response.output_text.annotation.added":
                return [*cited([read.annotation])] if read.annotation else []
        return self._delta(read)

    def _delta(self, read: StreamEvent) -> list[Event]:
        delta = read.delta if isinstance(read.delta, str) else None
        match read.type:
            case "response.refusal.delta" if delta is not None:
                return [RefusalDelta(delta)]
            case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" if delta is not None:
                return [ThinkingDelta(delta, origin=NAME)]
            case "response.function_call_arguments.delta" if delta is not None and read.output_index in self._calls:
                return [ToolCallDelta(self._calls.index(read.output_index), delta)]
            case "response.refusal.delta" | "response.function_call_arguments.delta":
                return [_unclear(read)]
        return []  # what is repeated whole when it is done; the progress of tools that we never asked for

    def _begin_call(self, read: StreamEvent, item: Item) -> Event:
        if not item.name or not item.call_id or read.output_index is None:
            return Damaged("A tool call has no name, no id or no place, so nobody can run it.")
        self._calls.append(read.output_index)
        return ToolCallBegun(len(self._calls) - 1, item.call_id, item.name)

    def _whole(self, type_: str, response: Response) -> list[Event]:
        """An event that carries the whole response: at its beginning, while it waits and works, at its end."""
        events: list[Event] = []
        if not self._begun:
            self._begun = True
            self._id = response.id or ""
            events.append(begun(response))
        if type_ not in _LAST:
            return events
        self._over = True
        if response.usage is not None:
            events.append(UsageSeen(read_usage(response.usage)))
        end = ending(response, type_.removeprefix("response."), called=bool(self._calls))
        return [*events, end] if isinstance(end, Failed) else [*events, end, Ended()]

    def _failure(self, error: WireError) -> Frame:
        self._failed = True
        return Frame(NAME, b"", (Failed(error),))


def _unclear(read: StreamEvent) -> Damaged:
    return Damaged(f"An event of type {read.type[:60]} does not say what it adds, or to what.")
