"""The scripted Responses API and our reader of it were written apart from one another, and they agree."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from sanspanne.chat import (
    Cited,
    Ended,
    Event,
    Failed,
    RefusalDelta,
    ResumePoint,
    Stopped,
    StopReason,
    TextDelta,
    ThinkingDelta,
    ToolCallBegun,
    ToolCallDelta,
    UsageSeen,
)
from sanspanne.dialects.openai_responses import OPENAI_RESPONSES
from sanspanne.providers.catalogue import make
from sanspanne.testing import Reason, Source, ToolUse
from sanspanne.testing.asked import Asked, Said
from sanspanne.testing.wires import wire

POST: tuple[str, str] = ("POST", "/v1/responses")
CALLS = (ToolUse("f", {"a": "é"}), ToolUse("g", {}))


def said(**rest: Any) -> Said:
    """An answer in two pieces."""
    base = {"asked": Asked(model="m", stream=True), "id": "a1", "created": 1, "pieces": ("Ça ", "va\u2028!")}
    return Said(**{**base, **rest})


def heard(what: Said, size: int = 5, point: ResumePoint | None = None) -> list[Event]:
    """What our reader makes of an answer's stream, in pieces of `size` bytes."""
    stream = b"".join(piece.data for piece in wire("openai").serving(*POST, {"background": True}).stream(what))
    reader = OPENAI_RESPONSES.reader(point)
    frames = [frame for at in range(0, len(stream), size) for frame in reader.feed(stream[at : at + size])]
    return [event for frame in [*frames, *reader.close()] for event in frame.events]


def whole(what: Said) -> list[Event]:
    """What our reader makes of the same answer in one piece."""
    return list(OPENAI_RESPONSES.read_answer(wire("openai").serving(*POST, {}).whole(what)).events)


@pytest.mark.parametrize("read", [heard, whole])
def test_everything_arrives(read: Any) -> None:
    """Thoughts, text, sources, a refusal and calls arrive, with usage, one reason to stop and the end."""
    sources = (Source("https://a.example", "A"),)
    events = read(said(thinking=("hm", "!"), sources=sources, tool_calls=CALLS, refusal="No.", ending="tool_calls"))
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == "Ça va\u2028!"
    assert "".join(event.text for event in events if isinstance(event, ThinkingDelta)) == "hm!"
    assert "".join(event.text for event in events if isinstance(event, RefusalDelta)) == "No."
    assert [one.url for event in events if isinstance(event, Cited) for one in event.citations] == ["https://a.example"]
    assert [(event.index, event.name) for event in events if isinstance(event, ToolCallBegun)] == [(0, "f"), (1, "g")]
    first = "".join(event.arguments for event in events if isinstance(event, ToolCallDelta) and event.index == 0)
    assert msgspec.json.decode(first) == {"a": "é"}
    assert [event.stop.reason for event in events if isinstance(event, Stopped)] == [StopReason.TOOL_CALLS]
    assert sum(isinstance(event, UsageSeen) for event in events) == 1
    assert events[-1] == Ended()


@pytest.mark.parametrize("read", [heard, whole])
@pytest.mark.parametrize(
    ("ending", "reason"),
    [("end", StopReason.END), ("length", StopReason.LENGTH), ("filtered", StopReason.FILTERED)],
)
def test_endings_arrive(read: Any, ending: Any, reason: StopReason) -> None:
    """Each way to end is the one that was meant."""
    assert [e.stop.reason for e in read(said(ending=ending)) if isinstance(e, Stopped)] == [reason]


@pytest.mark.parametrize("rest", [{"ending": None}, {"ends": False}])
def test_a_missing_end_is_missed(rest: dict[str, Any]) -> None:
    """An answer without its last event has neither stopped nor ended."""
    assert not any(isinstance(event, Stopped | Ended) for event in heard(said(**rest)))


@pytest.mark.parametrize("reason", list(wire("openai").errors))
def test_errors_in_the_stream_are_understood(reason: Reason) -> None:
    """An error event has the class that the same error has as a response."""
    one, theirs = make("it", "openai", "http://127.0.0.1:9/v1", "k"), wire("openai").serving(*POST, {})
    reply = theirs.failure(reason, "a-model")
    frames = OPENAI_RESPONSES.reader().feed(theirs.failure_event(reason, "a-model"))
    failed = [event for frame in frames for event in frame.events if isinstance(event, Failed)]
    expected = one.failure(reply.status, reply.headers, reply.body).name
    assert one.failure_in_stream(failed[0].error).name == expected
