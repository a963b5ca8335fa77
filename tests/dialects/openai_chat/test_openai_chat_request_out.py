"""A request from another dialect is written as OpenAI would have it, and what has no place is named."""

from __future__ import annotations

from typing import Any

import pytest

from sanspanne.chat import (
    ChatRequest,
    Document,
    Image,
    Message,
    Part,
    Reasoning,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from sanspanne.dialects.base import Written
from sanspanne.dialects.openai_chat import OPENAI_CHAT


def write(*messages: Message, **fields: Any) -> Written:
    """The translation of a request from another dialect."""
    return OPENAI_CHAT.write_request(ChatRequest(dialect="another", model="m", messages=messages, **fields), "gpt")


def test_a_translated_stream_asks_for_usage() -> None:
    """A stream is asked for with its usage, since the caller's dialect may always report it; JSON is not."""
    hello = Message("user", (Text("Hello"),))
    assert write(hello, stream=True).fields == {
        "model": "gpt",
        "messages": [{"role": "user", "content": "Hello"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert write(hello).fields == {"model": "gpt", "messages": [{"role": "user", "content": "Hello"}]}


def test_tool_results_with_pictures() -> None:
    """A tool message holds text; the picture that a tool gave back follows in the user message."""
    results: tuple[Part, ...] = (
        ToolResult("c1", (Text("see"), Image("image/png", "AAAA"))),
        ToolResult("c2", ()),
        Text("So?"),
    )
    assert write(Message("user", results)).fields["messages"] == [
        {"role": "tool", "tool_call_id": "c1", "content": "see"},
        {"role": "tool", "tool_call_id": "c2", "content": ""},
        {
            "role": "user",
            "content": [
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
                {"type": "text", "text": "So?"},
            ],
        },
    ]


def test_thinking_of_another_origin_stays_behind() -> None:
    """Another dialect's reasoning proves nothing here and is not sent; our own is."""
    parts = (Thinking("theirs", "sig", "another"), Thinking("ours", origin="openai_chat"), ToolCall("c", "f", "{}"))
    written = write(Message("assistant", parts))
    assert written.omitted == ()
    assert written.fields["messages"] == [
        {
            "role": "assistant",
            "content": None,
            "reasoning_content": "ours",
            "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
        }
    ]


def test_what_has_no_place_is_named() -> None:
    """`top_k`, a tool's failure flag, a document by address and unknown fields are reported, never dropped in silence."""
    written = write(
        Message("user", (ToolResult("c", (Text("x"),), is_error=True),)),
        Message("user", (Document(url="https://example.org/a.pdf"), Text("?"))),
        Message("assistant", (Image(url="https://example.org/a.png"),)),
        top_k=5,
        unknown=("foo",),
    )
    assert written.omitted == ("messages[0].is_error", "messages[1].content", "messages[2].content", "top_k", "foo")


@pytest.mark.parametrize(
    ("reasoning", "effort"),
    [
        (None, None),
        (Reasoning(), None),
        (Reasoning(enabled=False), "none"),
        (Reasoning(effort="high"), "high"),
        (Reasoning(budget=1024), "low"),
        (Reasoning(budget=4096), "medium"),
        (Reasoning(budget=30_000), "high"),
    ],
)
def test_how_much_to_think(reasoning: Reasoning | None, effort: str | None) -> None:
    """A budget in tokens becomes the nearest word."""
    assert write(reasoning=reasoning).fields.get("reasoning_effort") == effort
