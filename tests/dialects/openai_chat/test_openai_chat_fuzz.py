"""Whatever bytes come, nothing breaks: callers get a 400, providers' rubbish becomes events."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.chat import Failed, Frame
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.errors import CallerError

keys = st.sampled_from(
    [
        "model",
        "messages",
        "role",
        "content",
        "type",
        "text",
        "choices",
        "delta",
        "index",
        "error",
        "message",
        "usage",
        "tool_calls",
        "function",
        "name",
        "arguments",
        "id",
        "finish_reason",
        "detail",
        "code",
        "n",
        "stop",
        "tools",
        "image_url",
        "url",
        "tool_call_id",
        "response_format",
        "tool_choice",
        "logprobs",
        "file",
    ]
)
words = st.sampled_from(
    ["user", "tool", "assistant", "text", "stop", "error", "image_url", "{", '{"error":"x"}', "data:"]
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=5),
    max_leaves=20,
)
json_bytes = json_values.map(msgspec.json.encode)
lines = st.sampled_from(
    [b"data: ", b"data:", b"event: error\n", b": c", b"\n", b"\n\n", b"\r\n\r\n", b"[DONE]", b"\xff"]
)
streams = st.lists(lines | json_bytes | st.binary(max_size=20), max_size=12).map(b"".join)
DEEP = b"[" * 10_000 + b"]" * 10_000


def is_frame(frame: Frame) -> bool:
    """Whether a reader kept its promises: its own dialect, and no raw bytes of what failed."""
    failed = any(isinstance(event, Failed) for event in frame.events)
    return frame.dialect == "openai_chat" and not (failed and frame.raw)


def refusal(body: bytes) -> CallerError | None:
    """The error for a body that cannot be read, or None for one that can."""
    try:
        OPENAI_CHAT.read_request(body, {})
    except CallerError as error:
        return error
    return None


@given(st.binary() | json_bytes | json_values.map(lambda value: msgspec.json.encode({"model": "m", "messages": value})))
def test_a_caller_gets_a_request_or_a_400(body: bytes) -> None:
    """Any body is either read or refused with a sentence that shows an example; no other exception escapes."""
    error = refusal(body)
    assert error is None or (error.status == 400 and "Example: " in error.message)


@given(st.lists(json_values, min_size=1, max_size=3))
def test_odd_messages_are_read_or_refused(messages: list[object]) -> None:
    """Messages of any shape never raise anything but a CallerError that names a message."""
    error = refusal(msgspec.json.encode({"model": "m", "messages": messages}))
    assert error is None or (error.param or "").startswith("messages[")


@given(st.lists(streams, max_size=5))
def test_a_reader_never_raises(pieces: list[bytes]) -> None:
    """Any bytes become frames."""
    reader = OPENAI_CHAT.reader()
    frames = [frame for piece in pieces for frame in reader.feed(piece)] + reader.close()
    assert all(is_frame(frame) for frame in frames)


@given(streams)
def test_cuts_in_rubbish_do_not_matter(stream: bytes) -> None:
    """Even a stream that is broken in every way gives the same frames whole and byte by byte."""
    whole, single = OPENAI_CHAT.reader(), OPENAI_CHAT.reader()
    frames = [frame for at in range(len(stream)) for frame in single.feed(stream[at : at + 1])] + single.close()
    assert frames == whole.feed(stream) + whole.close()


@given(json_values)
def test_any_json_in_an_event_is_read(value: object) -> None:
    """A well-formed event with any JSON in it becomes exactly one frame."""
    frames = OPENAI_CHAT.reader().feed(b"data: " + msgspec.json.encode(value) + b"\n\n")
    assert len(frames) == 1
    assert is_frame(frames[0])


@given(st.binary() | json_bytes)
def test_any_body_is_an_answer_or_a_failure(body: bytes) -> None:
    """Any body becomes one frame with at least one event."""
    frame = OPENAI_CHAT.read_answer(body)
    assert is_frame(frame)
    assert frame.events


@given(st.integers(100, 599), st.binary() | json_bytes)
def test_any_error_body_is_read(status: int, body: bytes) -> None:
    """Any body of an error is read, within bounds, and keeps its status."""
    error = OPENAI_CHAT.read_error(status, body)
    assert error.status == status
    assert len(error.text) <= 2000
    assert len(error.message) <= 2000


@pytest.mark.parametrize("body", [DEEP, b'{"error":' + DEEP + b"}", b'{"choices":' + DEEP + b"}"])
def test_deep_nesting_is_survived(body: bytes) -> None:
    """Ten thousand levels of brackets exhaust no stack, wherever they come from."""
    with pytest.raises(CallerError):
        OPENAI_CHAT.read_request(body, {})
    assert OPENAI_CHAT.read_error(500, body).text
    assert isinstance(OPENAI_CHAT.read_answer(body).events[0], Failed)
    assert OPENAI_CHAT.reader().feed(b"data: " + body + b"\n\n")[0].raw == b""
