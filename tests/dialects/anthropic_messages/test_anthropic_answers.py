"""Whole answers of Anthropic Messages, read and written."""

import json
from typing import Any

import pytest
from anthropic_strategies import IDENTITY, NAME, answers, gist
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.chat import (
    Begun,
    ChatRequest,
    Citation,
    Cited,
    Ended,
    Event,
    Failed,
    Stop,
    Stopped,
    StopReason,
    TextDelta,
    ThinkingDelta,
    ToolCallBegun,
    ToolCallDelta,
    Usage,
    UsageSeen,
)
from sanspanne.dialects.anthropic_messages import ANTHROPIC_MESSAGES

REQUEST = ChatRequest(dialect=NAME, model="m")
WHOLE: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude",
    "content": [{"type": "text", "text": "Allô"}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 5, "cache_read_input_tokens": 20, "output_tokens": 7},
}


def written(*events: Event) -> dict[str, Any]:
    ended = [Begun("u", "m"), *events, Stopped(Stop(StopReason.END)), Ended()]
    answer: dict[str, Any] = json.loads(ANTHROPIC_MESSAGES.write_answer(ended, REQUEST, IDENTITY))
    return answer


@given(answers())
def test_an_answer_that_is_written_and_read_says_the_same(said: list[Event]) -> None:
    """Text, thoughts, calls, sources, tokens and the reason of the stop survive."""
    frame = ANTHROPIC_MESSAGES.read_answer(ANTHROPIC_MESSAGES.write_answer(said, REQUEST, IDENTITY))
    again, before = gist(list(frame.events)), gist(said)
    texts = [[entry for entry in found.pop("said") if entry[0] != "cited"] for found in (again, before)]
    assert texts[0] == texts[1]
    assert again == before


def test_a_whole_answer_is_read() -> None:
    """One frame holds all that is said, ends well, and keeps the very bytes."""
    body = json.dumps(WHOLE).encode()
    frame = ANTHROPIC_MESSAGES.read_answer(body)
    assert frame.raw == body
    assert frame.events == (
        Begun("msg_1", "claude"),
        TextDelta("Allô"),
        UsageSeen(Usage(25, 7, 20)),
        Stopped(Stop(StopReason.END, None, "end_turn")),
        Ended(),
    )


def test_blocks_of_every_kind_are_read() -> None:
    """Calls keep their arguments as written, thoughts their proof; blocks of server tools say nothing."""
    content = [
        {"type": "thinking", "thinking": "hm", "signature": "Eq=="},
        {"type": "redacted_thinking", "data": "xyz"},
        {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "q"}},
        {"type": "web_search_tool_result", "tool_use_id": "s", "content": [{"type": "web_search_result"}]},
        {"type": "tool_use", "id": "t", "name": "w", "input": {"a": 1.0}},
    ]
    body = json.dumps({**WHOLE, "content": content, "stop_reason": "tool_use"}).encode()
    assert ANTHROPIC_MESSAGES.read_answer(body).events[1:-3] == (
        ThinkingDelta("hm", origin=NAME),
        ThinkingDelta(signature="Eq==", origin=NAME),
        ThinkingDelta(redacted="xyz", origin=NAME),
        ToolCallBegun(0, "t", "w"),
        ToolCallDelta(0, '{"a": 1.0}'),
    )


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "not_an_answer"),
        (b"null", "not_an_answer"),
        (b"[]", "not_an_answer"),
        (b"<html>502</html>", "not_an_answer"),
        (json.dumps(WHOLE).encode()[:-9], "not_an_answer"),
        (json.dumps(WHOLE).encode() + b"{}", "not_an_answer"),
        (json.dumps({**WHOLE, "stop_reason": None}).encode(), "not_an_answer"),
        (json.dumps({**WHOLE, "content": "x"}).encode(), "not_an_answer"),
        (json.dumps(WHOLE).encode().replace(b"end_turn", b"hologram"), "unknown_stop_reason"),
        (b'{"type":"error","error":{"type":"overloaded_error","message":"x"}}', "overloaded_error"),
        (b'{"error":{"message":"x","type":"server_error"}}', "server_error"),
        (b"[" * 10_000, "not_an_answer"),
        (json.dumps(WHOLE, ensure_ascii=False).encode("latin-1"), "not_an_answer"),
    ],
)
def test_a_body_that_is_no_answer_is_a_failure(body: bytes, kind: str) -> None:
    """HTML, errors under status 200, truncated JSON and answers without a known end are never complete."""
    *_, last = ANTHROPIC_MESSAGES.read_answer(body).events
    assert isinstance(last, Failed)
    assert (last.error.status, last.error.type) == (200, kind)
    assert last.error.message or last.error.text


@given(st.binary(max_size=60))
def test_arbitrary_bodies_are_failures_without_an_exception(body: bytes) -> None:
    """No body breaks the reader."""
    assert isinstance(ANTHROPIC_MESSAGES.read_answer(body).events[-1], Failed)


def test_every_required_key_is_written() -> None:
    """The nullable keys of the schema are there, and each text block has its list of citations."""
    answer = written(TextDelta("A"), TextDelta("B"))
    assert answer["content"] == [{"type": "text", "text": "AB", "citations": []}]
    assert (answer["id"], answer["model"], answer["type"]) == (IDENTITY.id, IDENTITY.model, "message")
    assert {"stop_sequence", "stop_details", "container"} <= answer.keys()
    assert {"input_tokens", "output_tokens", "cache_read_input_tokens", "service_tier"} <= answer["usage"].keys()


def test_arguments_are_objects() -> None:
    """A call without arguments has the empty object; broken arguments are kept in a wrapper."""
    calls = written(ToolCallBegun(0, "a", "f"), ToolCallBegun(1, "b", "g"), ToolCallDelta(1, '{"x":'))["content"]
    assert [call["input"] for call in calls] == [{}, {"INVALID_JSON": '{"x":'}]


def test_sources_stand_in_the_text() -> None:
    """A source is written as a web citation of the text block."""
    cited = written(TextDelta("A"), Cited((Citation("https://example.org", None, "c"),)))["content"][0]["citations"][0]
    assert (cited["type"], cited["url"], cited["title"]) == ("web_search_result_location", "https://example.org", None)
