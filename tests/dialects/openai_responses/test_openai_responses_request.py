"""What is written to OpenAI Responses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.responses.response_create_params import ResponseCreateParamsBase
from pydantic import TypeAdapter

from sanspanne.chat import (
    ChatRequest,
    Document,
    Image,
    Message,
    OutputFormat,
    Part,
    Reasoning,
    Refusal,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
)
from sanspanne.dialects.openai_responses import OPENAI_RESPONSES

SDK = TypeAdapter(ResponseCreateParamsBase)


def user(*parts: Part) -> Message:
    """A turn of the user's."""
    return Message("user", parts)


def request(*messages: Message, **rest: Any) -> ChatRequest:
    """A request in no dialect."""
    return ChatRequest(dialect="", model="m", messages=messages or (user(Text("Bonjour")),), **rest)


def fields_of(*messages: Message, **rest: Any) -> dict[str, Any]:
    """What is written for a request; the SDK's own types must take it."""
    fields = OPENAI_RESPONSES.write_request(request(*messages, **rest), "gpt-5").fields
    SDK.validate_python(fields)
    return fields


def test_a_plain_question() -> None:
    """A question is its text; nothing is sent that was not asked for."""
    assert fields_of() == {"model": "gpt-5", "input": [{"role": "user", "content": "Bonjour"}]}


def test_a_conversation() -> None:
    """The system text at the head becomes the instructions; what comes later keeps its place, and so do calls and results."""
    fields = fields_of(
        Message("system", (Text("Be brief."),)),
        Message("system", (Text("Speak French."),)),
        user(Text("Weather?")),
        Message("assistant", (Text("I look."), ToolCall("c1", "f", '{"a":1}'), ToolCall("c2", "g", ""))),
        user(
            ToolResult("c1", (Text("rain"),)), ToolResult("c2", (Text("a"), Image(data="QUI=", media_type="image/png")))
        ),
        Message("system", (Text("Now in English."),)),
        Message("assistant", (Refusal("No."), Thinking("hm", signature="s", origin="anthropic_messages"))),
    )
    assert fields["instructions"] == "Be brief.\n\nSpeak French."
    assert fields["input"] == [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": "I look."},
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": '{"a":1}'},
        {"type": "function_call", "call_id": "c2", "name": "g", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": "rain"},
        {
            "type": "function_call_output",
            "call_id": "c2",
            "output": [
                {"type": "input_text", "text": "a"},
                {"type": "input_image", "image_url": "data:image/png;base64,QUI=", "detail": "auto"},
            ],
        },
        {"role": "system", "content": "Now in English."},
        {"role": "assistant", "content": "No."},
    ]


def test_pictures_and_files() -> None:
    """Pictures and files go as data or as an address."""
    parts = (
        Text("Look:"),
        Image(url="https://a.example/x.png", detail="low"),
        Document(data="QUI=", media_type="application/pdf", name="a.pdf"),
        Document(url="https://a.example/b.pdf"),
    )
    assert fields_of(user(*parts))["input"][0]["content"][1:] == [
        {"type": "input_image", "image_url": "https://a.example/x.png", "detail": "low"},
        {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,QUI="},
        {"type": "input_file", "file_url": "https://a.example/b.pdf"},
    ]


def test_tools_are_not_strict_unless_they_say_so() -> None:
    """Here an unmarked tool would be made strict, which changes its schema: so each one is marked."""
    tools = (Tool("f", "d", {"type": "object"}), Tool("g", strict=True))
    fields = fields_of(tools=tools, tool_choice=ToolChoice("named", "f"), parallel_tool_calls=False)
    assert fields["tools"] == [
        {"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}, "strict": False},
        {"type": "function", "name": "g", "parameters": {"type": "object", "properties": {}}, "strict": True},
    ]
    assert fields["tool_choice"] == {"type": "function", "name": "f"}
    assert fields["parallel_tool_calls"] is False


def test_limits_and_sampling() -> None:
    """The options that both sides know go over under their names here."""
    fields = fields_of(max_tokens=100, temperature=0.5, top_p=0.9, user="u", stream=True)
    assert {name: fields[name] for name in ("max_output_tokens", "temperature", "top_p", "user", "stream")} == {
        "max_output_tokens": 100,
        "temperature": 0.5,
        "top_p": 0.9,
        "user": "u",
        "stream": True,
    }


@pytest.mark.parametrize(
    ("output", "written"),
    [
        (OutputFormat("json_object"), {"type": "json_object"}),
        (
            OutputFormat("json_schema", "n", {"type": "object"}, True, "d"),
            {"type": "json_schema", "name": "n", "schema": {"type": "object"}, "strict": True, "description": "d"},
        ),
    ],
)
def test_structured_output(output: OutputFormat, written: dict[str, Any]) -> None:
    """A schema goes where this API has its place."""
    assert fields_of(output=output)["text"] == {"format": written}


@pytest.mark.parametrize(
    ("reasoning", "written"),
    [
        (Reasoning(effort="high", summary=True), {"effort": "high", "summary": "auto"}),
        (Reasoning(budget=1024), {"effort": "low"}),
        (Reasoning(budget=50_000), {"effort": "high"}),
        (Reasoning(enabled=False), {"effort": "none"}),
        (Reasoning(), None),
    ],
)
def test_reasoning(reasoning: Reasoning, written: dict[str, Any] | None) -> None:
    """How much to think is a word; a budget becomes the nearest one."""
    assert fields_of(reasoning=reasoning).get("reasoning") == written


def test_what_has_no_place_is_named() -> None:
    """Whatever this API cannot carry is named, none of it in silence."""
    asked = request(
        Message("user", (Text("x"),), name="Ada"),
        Message("assistant", (Image(url="https://a.example"),)),
        user(ToolResult("c", (Text("no"),), is_error=True)),
        max_tokens=5,
        top_k=3,
        stop=("END",),
        n=2,
        seed=1,
        frequency_penalty=0.5,
        presence_penalty=0.5,
        logit_bias={"1": 2.0},
        logprobs=True,
        unknown=("novelty",),
    )
    written = OPENAI_RESPONSES.write_request(asked, "gpt-5")
    assert set(written.omitted) == {
        *(
            "messages[0].name",
            "messages[1].content",
            "messages[2].is_error",
            "max_tokens",
            "top_k",
            "stop",
            "n",
            "seed",
        ),
        *("frequency_penalty", "presence_penalty", "logit_bias", "logprobs", "novelty"),
    }
    assert written.fields["max_output_tokens"] == 16


TEXTS = st.text(max_size=20)
PARTS = st.one_of(
    st.builds(Text, TEXTS),
    st.builds(Image, url=st.just("https://a.example")),
    st.builds(Document, data=st.just("QUI="), name=st.none() | TEXTS),
    st.builds(ToolCall, TEXTS, TEXTS, TEXTS),
    st.builds(ToolResult, TEXTS, st.tuples(st.builds(Text, TEXTS)), st.booleans()),
    st.builds(Thinking, TEXTS),
    st.builds(Refusal, TEXTS),
)
MESSAGES = st.builds(
    Message, st.sampled_from(["system", "user", "assistant"]), st.lists(PARTS, max_size=4).map(tuple), st.none() | TEXTS
)


@given(st.lists(MESSAGES, min_size=1, max_size=5))
def test_any_conversation_can_be_written(messages: list[Message]) -> None:
    """Every conversation becomes items that the SDK's types take, and every word of a user is in them."""
    fields = fields_of(*messages)
    said = [part.text for one in messages if one.role == "user" for part in one.parts if isinstance(part, Text)]
    written = str(fields["input"])
    assert all(repr(text)[1:-1] in written or text in written for text in said)
