"""A whole answer has every key that OpenAI's schema requires, and a body that is no answer is a failure."""

from __future__ import annotations

import msgspec
import pytest

from sanspanne.chat import (
    Begun,
    ChatRequest,
    Ended,
    Event,
    Failed,
    Stopped,
    StopReason,
    TextDelta,
    ToolCallBegun,
    ToolCallDelta,
)
from sanspanne.dialects.base import Identity
from sanspanne.dialects.openai_chat import OPENAI_CHAT

ASKED = ChatRequest(dialect="openai_chat", model="m")


def test_the_smallest_answer(identity: Identity) -> None:
    """Nullable keys are there as null; an answer that never stopped has no invented reason and no invented usage."""
    assert msgspec.json.decode(OPENAI_CHAT.write_answer([TextDelta("Bon"), TextDelta("jour")], ASKED, identity)) == {
        "id": "chatcmpl-42",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": "gpt",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Bonjour", "refusal": None, "annotations": []},
                "logprobs": None,
                "finish_reason": None,
            }
        ],
        "usage": None,
        "system_fingerprint": None,
    }


def test_tool_calls_have_null_content(identity: Identity) -> None:
    """Pieces of a call are joined, and content is null beside calls."""
    events: list[Event] = [ToolCallBegun(0, "a", "f"), ToolCallDelta(0, '{"x"'), ToolCallDelta(0, ":1}")]
    message = msgspec.json.decode(OPENAI_CHAT.write_answer(events, ASKED, identity))["choices"][0]["message"]
    assert message["content"] is None
    assert message["tool_calls"] == [{"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}}]


def test_an_empty_answer_is_read_as_what_it_is() -> None:
    """No content and no calls is reported as stopped with nothing said; others judge it."""
    body = b'{"id":"1","model":"m","choices":[{"index":0,"message":{"content":null},"finish_reason":"stop"}]}'
    begun, stopped, ended = OPENAI_CHAT.read_answer(body).events
    assert begun == Begun("1", "m")
    assert isinstance(stopped, Stopped)
    assert stopped.stop.reason is StopReason.END
    assert ended == Ended()


def test_no_reason_is_no_stop() -> None:
    """An answer without finish_reason is not said to have stopped."""
    events = OPENAI_CHAT.read_answer(b'{"choices":[{"message":{"content":"Bon"}}]}').events
    assert events == (Begun("", ""), TextDelta("Bon"), Ended())


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"error":{"message":"boom"}}', "boom"),
        (b'{"error":"boom"}', "boom"),
        (b'{"detail":"boom"}', "boom"),
        (b'{"choices":[],"id":"1"}', "has no choices"),
        (b"{}", "has no choices"),
        (b"", "no JSON object"),
        (b"<html>502</html>", "<html>502</html>"),
        (b'{"choices":[{"message":{"content":"Bon', '{"choices"'),
        (b'{"choices":[{"message":{"content":"\xff"},"finish_reason":"stop"}]}', "no JSON object"),
        (b'{"choices":[{"message":{"content":"Bon"},"finish_reason":"error"}]}', "'error'"),
        (b'{"choices":[{"message":{"content":""},"error":{"message":"boom"}}]}', "boom"),
    ],
)
def test_what_is_no_answer(body: bytes, told: str) -> None:
    """An error, a page, a cut body or one without choices under HTTP 200 is a failure, and none of it is passed on."""
    frame = OPENAI_CHAT.read_answer(body)
    (failed,) = frame.events
    assert isinstance(failed, Failed)
    assert told in failed.error.message + failed.error.text
    assert frame.raw == b""
