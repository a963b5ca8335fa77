"""A whole answer, read."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from sanspanne.chat import (
    Ended,
    Event,
    Failed,
    Frame,
    RefusalDelta,
    TextDelta,
    ThinkingDelta,
    ToolCallBegun,
    ToolCallDelta,
    UsageSeen,
)
from sanspanne.dialects.openai_responses.errors import broken_answer, read_error, says_error
from sanspanne.dialects.openai_responses.events_in import CALL, begun, cited, ending, read_usage
from sanspanne.dialects.openai_responses.schema import NAME, Item, Part, Response

_RESPONSE = msgspec.json.Decoder(Response)


def read_answer(body: bytes) -> Frame:
    """The answer as one frame that ends with `Ended`, or holds only `Failed`."""
    try:
        response = _RESPONSE.decode(body)
    except (ValueError, RecursionError):  # DecodeError and UnicodeDecodeError are both ValueErrors
        return _failure(body, "is no JSON object of a response.")
    if response.status is None or response.output is None:
        return _failure(body, "has no output.")
    end = ending(response, response.status, called=False)
    if isinstance(end, Failed):
        return Frame(NAME, b"", (end,))
    usage = [UsageSeen(read_usage(response.usage))] if response.usage else []
    return Frame(NAME, body, (begun(response), *_said(response.output), *usage, end, Ended()))


def _said(items: list[Item]) -> list[Event]:
    events: list[Event] = []
    calls = 0
    for item in items:
        if item.type == CALL:
            events.append(ToolCallBegun(calls, item.call_id or "", item.name or ""))
            events.append(ToolCallDelta(calls, str(item.arguments or "")))
            calls += 1
        elif item.type == "reasoning":
            thoughts = [part.text for part in (*(item.summary or ()), *(item.content or ())) if part.text]
            events += [ThinkingDelta("\n\n".join(thoughts), origin=NAME)] if thoughts else []
        elif item.type == "message":
            events += [event for part in item.content or () for event in _words(part)]
    return events


def _words(part: Part) -> list[Event]:
    if part.refusal:
        return [RefusalDelta(part.refusal)]
    words: list[Event] = [TextDelta(part.text)] if part.text else []
    return [*words, *cited(part.annotations or [])]


def _failure(body: bytes, detail: str) -> Frame:
    error = read_error(200, body)
    if says_error(error):
        return Frame(NAME, b"", (Failed(error),))
    return Frame(NAME, b"", (Failed(replace(broken_answer(detail), text=error.text)),))
