"""The scripted providers write each wire format from their own notes; what we read from them must be what they meant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from sanspanne.chat import (
    Cited,
    Ended,
    Event,
    Failed,
    Stopped,
    StopReason,
    TextDelta,
    ThinkingDelta,
    ToolCallBegun,
    ToolCallDelta,
)
from sanspanne.providers.base import Provider
from sanspanne.providers.catalogue import KINDS as OURS
from sanspanne.providers.catalogue import make
from sanspanne.testing.asked import Asked, Said, Source, ToolUse
from sanspanne.testing.wires import KINDS as THEIRS
from sanspanne.testing.wires import Reason, wire

CLASSES = {
    Reason.OVERLOADED: "overloaded",
    Reason.RATE_LIMITED: "rate_limited",
    Reason.RAMP: "ramp_limited",
    Reason.QUOTA: "auth",
    Reason.BILLING: "auth",
    Reason.AUTH: "auth",
    Reason.PERMISSION: "auth",
    Reason.MODEL_GONE: "model_gone",
    Reason.REFUSED: "content_refusal",
    Reason.INVALID: "client_error",
    Reason.TOO_LONG: "client_error",
    Reason.SERVER_ERROR: "server_error",
    Reason.TIMEOUT: "timeout",
}


def reader_for(kind: str) -> Provider:
    """Our provider for a scripted kind: the engines of the own machine are all `llama`."""
    return make("it", kind if kind in OURS else "llama", "http://127.0.0.1:9/v1", "k")


def _errors() -> Iterator[tuple[str, Reason]]:
    yield from ((kind, reason) for kind in THEIRS for reason in Reason if reason in wire(kind).errors)


@pytest.mark.parametrize(("kind", "reason"), list(_errors()))
def test_every_scripted_failure_is_understood(kind: str, reason: Reason) -> None:
    """A scripted error has the class it was meant to have, as a response and within a stream."""
    one = reader_for(kind)
    reply = wire(kind).failure(reason, "a-model")
    assert one.failure(reply.status, reply.headers, reply.body).name == CLASSES[reason]
    frames = one.reader().feed(wire(kind).failure_event(reason, "a-model"))
    failed = [event for frame in frames for event in frame.events if isinstance(event, Failed)]
    assert one.failure_in_stream(failed[0].error).name == CLASSES[reason]


def said(**rest: Any) -> Said:
    """An answer in two pieces."""
    base = {
        "asked": Asked(model="m", question="q", stream=True),
        "id": "a1",
        "created": 1,
        "pieces": ("Ça ", "va\u2028!"),
    }
    return Said(**{**base, **rest})


def heard(kind: str, what: Said) -> dict[str, list[Event]]:
    """What our reader makes of an answer: streamed in pieces of five bytes, and whole."""
    one, theirs = reader_for(kind), wire(kind)
    stream = b"".join(piece.data for piece in theirs.stream(what))
    reader = one.reader()
    frames = [frame for at in range(0, len(stream), 5) for frame in reader.feed(stream[at : at + 5])] + reader.close()
    return {
        "stream": [event for frame in frames for event in frame.events],
        "whole": list(one.read_answer(theirs.whole(what)).events),
    }


def text(events: list[Event]) -> str:
    """The text of an answer."""
    return "".join(event.text for event in events if isinstance(event, TextDelta))


@pytest.mark.parametrize("kind", THEIRS)
def test_text_arrives(kind: str) -> None:
    """Text arrives whole and ended, streamed or not."""
    for events in heard(kind, said()).values():
        assert text(events) == "Ça va\u2028!"
        assert [event.stop.reason for event in events if isinstance(event, Stopped)] == [StopReason.END]
        assert events[-1] == Ended()


@pytest.mark.parametrize("kind", ["openai", "anthropic", "gemini", "mistral", "openai-compatible"])
def test_tool_calls_arrive(kind: str) -> None:
    """Tool calls arrive with their names and arguments, and stop the answer for that reason."""
    calls = (ToolUse("f", {"a": "é"}), ToolUse("g", {}))
    for events in heard(kind, said(pieces=(), tool_calls=calls, ending="tool_calls")).values():
        begun = [event for event in events if isinstance(event, ToolCallBegun)]
        assert [(event.index, event.name) for event in begun] == [(0, "f"), (1, "g")]
        assert all(event.id for event in begun)
        arguments = "".join(
            event.arguments for event in events if isinstance(event, ToolCallDelta) and event.index == 0
        )
        assert msgspec.json.decode(arguments) == {"a": "é"}
        assert [event.stop.reason for event in events if isinstance(event, Stopped)] == [StopReason.TOOL_CALLS]


@pytest.mark.parametrize("kind", ["anthropic", "gemini"])
def test_thinking_arrives(kind: str) -> None:
    """Reasoning arrives apart from the text."""
    for events in heard(kind, said(thinking=("hm",))).values():
        assert "".join(event.text for event in events if isinstance(event, ThinkingDelta)) == "hm"
        assert text(events) == "Ça va\u2028!"


@pytest.mark.parametrize("kind", ["perplexity", "gemini", "anthropic"])
def test_sources_arrive(kind: str) -> None:
    """Each source is told once."""
    sources = (Source("https://a.example", "A"), Source("https://b.example", "B"))
    for events in heard(kind, said(sources=sources)).values():
        found = [one for event in events if isinstance(event, Cited) for one in event.citations]
        assert [(one.url, one.title) for one in found] == [("https://a.example", "A"), ("https://b.example", "B")]


@pytest.mark.parametrize("kind", THEIRS)
def test_missing_reason_is_missed(kind: str) -> None:
    """An answer without a stop reason is not taken for a whole one."""
    for events in heard(kind, said(ending=None)).values():
        assert not any(isinstance(event, Stopped) for event in events)
