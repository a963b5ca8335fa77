"""Whole answers and errors of OpenAI Responses."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from responses_frames import EVERYTHING, USAGE, read, response

from sanspanne.chat import (
    Begun,
    Citation,
    Cited,
    Ended,
    Failed,
    RefusalDelta,
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
from sanspanne.dialects.openai_responses import OPENAI_RESPONSES

OUTPUT: list[dict[str, Any]] = [
    {"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": t} for t in ("Voyons.", "Bon.")]},
    {
        "type": "message",
        "role": "assistant",
        "content": [
            {
                "type": "output_text",
                "text": "Ça va",
                "annotations": [
                    {
                        "type": "url_citation",
                        "url": "https://a.example",
                        "title": "A",
                        "start_index": 0,
                        "end_index": 2,
                    },
                    {"type": "file_citation", "file_id": "f"},
                ],
            },
            {"type": "refusal", "refusal": "Non."},
        ],
    },
    {"type": "function_call", "call_id": "c1", "name": "f", "arguments": '{"a":1}'},
    {"type": "web_search_call", "id": "w", "status": "completed", "action": {"type": "search"}},
    {"type": "function_call", "call_id": "c2", "name": "g", "arguments": ""},
]


def test_a_whole_answer() -> None:
    """Everything in a body is said once, in its order."""
    body = msgspec.json.encode(response(output=OUTPUT, usage=USAGE))
    frame = OPENAI_RESPONSES.read_answer(body)
    assert frame.raw == body
    assert list(frame.events) == [
        Begun("resp_1", "gpt-5", 7),
        ThinkingDelta("Voyons.\n\nBon.", origin="openai_responses"),
        TextDelta("Ça va"),
        Cited((Citation("https://a.example", "A", start=0, end=2),)),
        RefusalDelta("Non."),
        ToolCallBegun(0, "c1", "f"),
        ToolCallDelta(0, '{"a":1}'),
        ToolCallBegun(1, "c2", "g"),
        ToolCallDelta(1, ""),
        UsageSeen(Usage(input=3, output=5, reasoning=1)),
        Stopped(Stop(StopReason.TOOL_CALLS, raw="completed")),
        Ended(),
    ]


def test_a_limit_ends_an_answer() -> None:
    """A body that is incomplete for its limit is an answer that ran into it."""
    body = response("incomplete", incomplete_details={"reason": "max_output_tokens"}, output=OUTPUT[1:2])
    stopped = [
        one for one in OPENAI_RESPONSES.read_answer(msgspec.json.encode(body)).events if isinstance(one, Stopped)
    ]
    assert [one.stop.reason for one in stopped] == [StopReason.LENGTH]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b"{" * 3000,
        b'{"error":{"message":"m"}}',
        msgspec.json.encode(response("failed", error={"code": "server_error", "message": "m"})),
        msgspec.json.encode(response("in_progress")),
        msgspec.json.encode(response("queued")),
        msgspec.json.encode(response("cancelled")),
        msgspec.json.encode(response("incomplete")),
        msgspec.json.encode(response(output="words")),
    ],
)
def test_no_answer_is_a_failure(body: bytes) -> None:
    """A body that is not a finished answer is said to have failed, and nothing else."""
    frame = OPENAI_RESPONSES.read_answer(body)
    assert [type(one) for one in frame.events] == [Failed]
    assert frame.raw == b""


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"<html>", b"[[]]", b'"x"', b'{"error":"x"}', b'{"response":{"error":3}}', b"\xff", b"{" * 3000],
)
def test_any_error_body_is_read(body: bytes) -> None:
    """Whatever stands in an error body, reading it gives an error with the status of the response."""
    assert OPENAI_RESPONSES.read_error(500, body).status == 500


def test_the_words_of_an_error_are_kept() -> None:
    """Type, code, sentence and field of an error come through, whether it is nested or flat."""
    error = {"type": "invalid_request_error", "code": "c", "message": "m", "param": "input", "headers": {"x": "y"}}
    read_back = OPENAI_RESPONSES.read_error(400, msgspec.json.encode({"error": error}))
    assert (read_back.type, read_back.code, read_back.message, read_back.param) == (
        "invalid_request_error",
        "c",
        "m",
        "input",
    )
    assert read_back.details == {"headers": {"x": "y"}}
    flat = OPENAI_RESPONSES.read_error(200, b'{"type":"error","code":"c","message":"m","param":null}')
    assert (flat.type, flat.code, flat.message) == (None, "c", "m")


def test_stream_and_body_say_the_same() -> None:
    """The text, calls and ending of a stream are those of the same answer in one piece."""
    kinds = (ToolCallBegun, Stopped, Ended, UsageSeen, Begun)
    output = [
        {"type": "message", "content": [{"type": "output_text", "text": "Ça va \u2028 🙂"}]},
        {"type": "function_call", "call_id": "call_2", "name": "f", "arguments": '{"a":"é"}'},
        {"type": "function_call", "call_id": "call_3", "name": "g", "arguments": "{}"},
    ]
    whole = OPENAI_RESPONSES.read_answer(msgspec.json.encode(response(output=output, usage=USAGE))).events
    streamed = read(b"".join(EVERYTHING))
    assert [one for one in whole if isinstance(one, kinds)] == [one for one in streamed if isinstance(one, kinds)]
