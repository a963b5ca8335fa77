"""A streamed answer, read, and where it could be taken up again.

Every event has a `sequence_number`, counted from 0. A reader that is given a `ResumePoint` goes on after it: events up to that
number have been read before and are dropped, should the server send them again; the first one behind it must have the next
number, or words would be missing between the two. An event that cannot be read ends the reading: behind it nobody would see
that a piece is missing, and before it the answer can be taken up again. At its end the server repeats the whole answer: one that
is not as long as what was read, in all parts together, has lost something on the way.
"""

from __future__ import annotations

import msgspec

from sanspanne.chat import (
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
from sanspanne.dialects.openai_responses.events_in import CALL, begun, cited, ending, length_of, read_usage
from sanspanne.dialects.openai_responses.schema import NAME, Head, Item, Response, StreamEvent
from sanspanne.dialects.sse import ServerSentEvent, Splitter
from sanspanne.errors import WireError

_EVENT = msgspec.json.Decoder(StreamEvent)
_HEAD = msgspec.json.Decoder(Head)
_READ = frozenset(
    {
        "error",
        "response.output_text.delta",
        "response.refusal.delta",
        "response.reasoning_summary_text.delta",
        "response.reasoning_text.delta",
        "response.function_call_arguments.delta",
        "response.output_item.added",
    }
)
_LAST = frozenset({"response.completed", "response.incomplete", "response.failed", "response.cancelled"})


class Reader:
    """Reads one stream. A frame that fails or was read before has no raw bytes: nothing of it is passed on."""

    def __init__(self, point: ResumePoint | None = None) -> None:
        self._splitter = Splitter()
        self._id = point.id if point else ""
        self._last = point.after if point else -1
        self._calls = list(point.calls) if point else []  # the places of the calls that have begun
        self._said_so_far = point.said if point else 0  # in characters
        self._at_seam = point is not None
        self._begun = self._last >= 0
        self._failed = False
        self._over = False
        self._before_end: ResumePoint | None = None

    @property
    def point(self) -> ResumePoint | None:
        """Where the answer could be taken up again, were the stream to break now; None before it has a name, or if it has failed.

        When it has ended well that is before its end: something that follows may yet spoil it.
        """
        if self._over or not self._id:
            return self._before_end
        return ResumePoint(self._id, self._last, tuple(self._calls), self._said_so_far)

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
            read = _read(data)
        except (ValueError, RecursionError):  # DecodeError and UnicodeDecodeError are both ValueErrors
            return self._unreadable(data)
        if read.type == "error":  # never one that was read before, whatever its number
            return self._failure(read_error(200, data))
        return self._numbered(event, read)

    def _unreadable(self, data: bytes) -> Frame:
        error = read_error(200, data)
        broken = broken_answer(f"has an event of {len(data)} bytes that cannot be read.")
        return self._failure(error if says_error(error) else broken)

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
        events = self._said(read)
        if any(isinstance(said, Failed) for said in events):
            self._failed = True
            return Frame(NAME, b"", tuple(events))
        self._at_seam = False
        self._last = number
        self._said_so_far += sum(map(_length, events))
        return Frame(NAME, event.raw, tuple(events))

    # --- what it says

    def _said(self, read: StreamEvent) -> list[Event]:
        if read.type == "response.output_text.delta":  # nearly every event of every answer
            return [TextDelta(read.delta or "")]
        if read.response is not None:
            return self._whole(read.type, read.response)
        match read.type:
            case "response.refusal.delta":
                return [RefusalDelta(read.delta or "")]
            case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta":
                return [ThinkingDelta(read.delta or "", origin=NAME)]
            case "response.reasoning_summary_part.added":
                return [ThinkingDelta("\n\n", origin=NAME)] if read.summary_index else []
            case "response.output_item.added" if read.item is not None and read.item.type == CALL:
                return [self._begin_call(read, read.item)]
            case "response.function_call_arguments.delta":
                return [self._go_on_with_call(read)]
            case "response.output_text.annotation.added":
                return [*cited([read.annotation])] if read.annotation else []
        return []  # what is repeated whole when it is done; the progress of tools that we never asked for

    def _begin_call(self, read: StreamEvent, item: Item) -> Event:
        if not item.name or not item.call_id or read.output_index is None:
            return Failed(broken_answer("has a tool call without a name, an id or a place."))
        self._calls.append(read.output_index)
        return ToolCallBegun(len(self._calls) - 1, item.call_id, item.name)

    def _go_on_with_call(self, read: StreamEvent) -> Event:
        if read.output_index not in self._calls:
            return Failed(broken_answer("goes on with a tool call that never began."))
        return ToolCallDelta(self._calls.index(read.output_index), read.delta or "")

    def _whole(self, type_: str, response: Response) -> list[Event]:
        """An event that carries the whole response: at its beginning, while it waits and works, at its end."""
        events: list[Event] = []
        if not self._begun:
            self._begun = True
            self._id = response.id or ""
            events.append(begun(response))
        if type_ not in _LAST:
            return events
        if response.usage is not None:
            events.append(UsageSeen(read_usage(response.usage)))
        return events + self._end(type_.removeprefix("response."), response)

    def _end(self, status: str, response: Response) -> list[Event]:
        point, self._over = self.point, True
        end = ending(response, status, called=bool(self._calls))
        if isinstance(end, Failed):
            return [end]
        length = length_of(response)
        if status == "completed" and length and length != self._said_so_far:
            return [Failed(broken_answer(f"has {length} characters, of which {self._said_so_far} have come."))]
        self._before_end = point
        return [end, Ended()]

    def _failure(self, error: WireError) -> Frame:
        self._failed = True
        return Frame(NAME, b"", (Failed(error),))


def _length(event: Event) -> int:
    match event:
        case TextDelta(text=text) | RefusalDelta(text=text) | ToolCallDelta(arguments=text):
            return len(text)
    return 0


def _read(data: bytes) -> StreamEvent:
    """One event. Of a type that says nothing to us the number is enough. Raises `ValueError` for what is none."""
    try:
        return _EVENT.decode(data)
    except msgspec.ValidationError:
        head = _HEAD.decode(data)
        if head.type in _READ or head.type in _LAST:
            raise
        return StreamEvent(head.type, head.sequence_number)
