"""A caller's stream is well-formed, whoever the upstreams were, and a broken answer never looks whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from sanspanne.chat import (
    Begun,
    ChatRequest,
    Damaged,
    Ended,
    Event,
    Failed,
    Frame,
    Stop,
    Stopped,
    StopReason,
    TextDelta,
    ThinkingDelta,
    Usage,
    UsageSeen,
)
from sanspanne.dialects.base import Identity, StreamWriter
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.errors import CallerError, WireError


def writer(identity: Identity, *, include_usage: bool = False) -> StreamWriter:
    """A writer for a streamed request."""
    asked = ChatRequest(dialect="openai_chat", model="m", stream=True, include_usage=include_usage)
    return OPENAI_CHAT.writer(asked, identity)


def foreign(*events: Event) -> list[Frame]:
    """Frames of another dialect, one per event; their raw bytes must never get out."""
    return [Frame("another", b"event: secret\n\n", (event,)) for event in events]


def chunks(stream: bytes) -> list[Any]:
    """The decoded chunks of a stream, and its last word as it is."""
    events = [event.removeprefix(b"data: ") for event in stream.split(b"\n\n") if event]
    return [event.decode() if event == b"[DONE]" else msgspec.json.decode(event) for event in events]


WHOLE = (
    Begun("msg_1", "claude"),
    ThinkingDelta("hm", origin="another"),
    ThinkingDelta(signature="sig", origin="another"),
    TextDelta("Bonjour"),
    UsageSeen(Usage(3, 1)),
    Stopped(Stop(StopReason.END)),
    UsageSeen(Usage(3, 2)),
    Ended(),
)


def test_a_translated_stream(identity: Identity) -> None:
    """Role, reasoning, text, reason to stop, the latest usage and `[DONE]`, in that order and in OpenAI's shape."""
    role, thought, text, finish, usage, done = chunks(writer(identity, include_usage=True).write(foreign(*WHOLE)))
    head = {"id": "chatcmpl-42", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": "gpt"}
    plain = {"index": 0, "logprobs": None, "finish_reason": None}
    assert role == {
        **head,
        "choices": [{**plain, "delta": {"role": "assistant", "content": "", "refusal": None}}],
        "usage": None,
    }
    assert thought["choices"] == [{**plain, "delta": {"reasoning_content": "hm"}}]
    assert text["choices"] == [{**plain, "delta": {"content": "Bonjour"}}]
    assert finish["choices"] == [{**plain, "delta": {}, "finish_reason": "stop"}]
    assert usage["choices"] == []
    assert usage["usage"]["total_tokens"] == 5
    assert done == "[DONE]"


def test_usage_only_for_those_who_asked(identity: Identity) -> None:
    """Whoever did not ask for usage gets neither the chunk nor the key."""
    stream = writer(identity).write(foreign(*WHOLE))
    assert b"usage" not in stream


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        (StopReason.END, "stop"),
        (StopReason.STOP_SEQUENCE, "stop"),
        (StopReason.LENGTH, "length"),
        (StopReason.CONTEXT_FULL, "length"),
        (StopReason.PAUSE, "length"),
        (StopReason.TOOL_CALLS, "tool_calls"),
        (StopReason.REFUSAL, "content_filter"),
        (StopReason.FILTERED, "content_filter"),
    ],
)
def test_every_reason_has_an_honest_word(identity: Identity, reason: StopReason, word: str) -> None:
    """Only answers that are whole are said to have stopped."""
    stream = writer(identity).write(foreign(Stopped(Stop(reason))))
    assert chunks(stream)[-1]["choices"][0]["finish_reason"] == word


def test_an_answer_made_from_two(identity: Identity, chunk: Callable[..., bytes]) -> None:
    """Raw frames first, translated ones after: one id, one role, one end."""
    raw = OPENAI_CHAT.reader().feed(chunk({"role": "assistant", "content": ""}) + chunk({"content": "Bon"}))
    stream = writer(identity).write([*raw, *foreign(Begun("msg_1", "claude"), TextDelta("jour"), *WHOLE[-3:])])
    *said, done = chunks(stream)
    assert {body["id"] for body in said} == {"chatcmpl-1"}
    assert [body["choices"][0]["delta"].get("role") for body in said] == ["assistant", None, None, None]
    assert done == "[DONE]"


def test_frames_of_this_dialect_without_raw_bytes_are_written_anew(identity: Identity) -> None:
    """A frame whose bytes were taken away (a trimmed seam) is written from its events."""
    stream = writer(identity).write([Frame("openai_chat", b"", (TextDelta("jour"),))])
    assert chunks(stream)[-1]["choices"][0]["delta"] == {"content": "jour"}


def test_failures_are_not_written_as_events(identity: Identity) -> None:
    """An upstream's failure or damage writes nothing by itself: what the caller is told is decided elsewhere."""
    assert writer(identity).write(foreign(Failed(WireError(200)), Damaged("x"))) == b""


def test_a_broken_answer_ends_honestly(identity: Identity) -> None:
    """`fail` writes an error object and no `[DONE]`."""
    out = writer(identity)
    out.write(foreign(TextDelta("Bon")))
    end = out.fail(CallerError(502, "bad_gateway", "The answer broke off.", code="answer_broken"))
    message = {"message": "The answer broke off.", "type": "server_error", "param": None, "code": "answer_broken"}
    assert chunks(end) == [{"error": message}]
    assert end.endswith(b"\n\n")


def test_a_comment_is_one_line(identity: Identity) -> None:
    """No text can break out of a comment and become an event."""
    comment = writer(identity).comment("one\n\ndata: {}\r\ntwo")
    assert comment == b": one data: {} two\n"
    wire = comment + b"data: [DONE]\n\n"
    assert OPENAI_CHAT.reader().feed(wire) == [Frame("openai_chat", wire, (Ended(),))]
