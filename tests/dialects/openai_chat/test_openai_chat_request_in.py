"""A caller's request is read as he meant it, or refused in a sentence that helps him."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from sanspanne.chat import (
    Capability,
    ChatRequest,
    Document,
    Image,
    Message,
    OutputFormat,
    Reasoning,
    Refusal,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
)
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.errors import CallerError

HELLO = [{"role": "user", "content": "Hello"}]
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA", "detail": "low"}}
CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def read(**fields: Any) -> ChatRequest:
    """The request made of these fields, a greeting where nothing else is said."""
    return OPENAI_CHAT.read_request(msgspec.json.encode({"model": "m", "messages": HELLO, **fields}), {})


def refused(body: bytes) -> CallerError:
    """The error for a body that cannot be read."""
    with pytest.raises(CallerError) as caught:
        OPENAI_CHAT.read_request(body, {})
    return caught.value


# --- what is understood


def test_every_role() -> None:
    """System and developer are one role, tool messages in a row are one user message, and reasoning has an origin."""
    request = read(
        messages=[
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "Two"}, PICTURE], "name": "Ada"},
            {
                "role": "assistant",
                "content": None,
                "reasoning_content": "hm",
                "tool_calls": [CALL, {**CALL, "id": "c2"}],
            },
            {"role": "tool", "tool_call_id": "c1", "content": "1"},
            {"role": "tool", "tool_call_id": "c2", "content": [{"type": "text", "text": "2"}]},
            {"role": "assistant", "content": [{"type": "text", "text": "3"}, {"type": "refusal", "refusal": "no"}]},
        ]
    )
    assert request.messages == (
        Message("system", (Text("Be brief."),)),
        Message("user", (Text("Two"), Image("image/png", "AAAA", detail="low")), "Ada"),
        Message(
            "assistant", (Thinking("hm", origin="openai_chat"), ToolCall("c1", "f", "{}"), ToolCall("c2", "f", "{}"))
        ),
        Message("user", (ToolResult("c1", (Text("1"),)), ToolResult("c2", (Text("2"),)))),
        Message("assistant", (Text("3"), Refusal("no"))),
    )


def test_a_tool_that_gives_a_picture() -> None:
    """OpenAI takes only text from a tool, but its clients send pictures too: they are read, for those who see them."""
    request = read(
        messages=[{"role": "user", "content": "x"}, {"role": "tool", "tool_call_id": "c", "content": [PICTURE]}]
    )
    assert request.messages[1].parts == (ToolResult("c", (Image("image/png", "AAAA", detail="low"),)),)
    assert set(request.needs) == {Capability.TOOLS, Capability.IMAGES}


@pytest.mark.parametrize("data", ["data:application/pdf;base64,AAAA", "AAAA"])
def test_a_file(data: str) -> None:
    """A PDF is read with and without the `data:` that OpenAI's own guide puts before it."""
    part = {"type": "file", "file": {"file_data": data, "filename": "a.pdf"}}
    request = read(messages=[{"role": "user", "content": [part]}])
    assert request.messages[0].parts == (Document("application/pdf", "AAAA", name="a.pdf"),)
    assert request.needs == {Capability.DOCUMENTS: "messages[0].content[0]"}


def test_the_plain_fields() -> None:
    """Limits, sampling and the like arrive under their neutral names."""
    request = read(
        stream=True,
        stream_options={"include_usage": True},
        max_tokens=1,
        max_completion_tokens=2,
        temperature=0,
        stop="END",
        n=2,
        seed=7,
        logprobs=True,
        top_logprobs=3,
        logit_bias={"5": -1},
        reasoning_effort="none",
        user="u",
    )
    assert (request.stream, request.include_usage, request.max_tokens, request.temperature) == (True, True, 2, 0.0)
    assert (request.stop, request.n, request.seed, request.top_logprobs) == (("END",), 2, 7, 3)
    assert (request.logit_bias, request.reasoning, request.user) == ({"5": -1.0}, Reasoning(enabled=False), "u")
    assert set(request.needs) == {Capability.STOP, Capability.CHOICES, Capability.LOGPROBS, Capability.LOGIT_BIAS}


def test_usage_is_for_streams_only() -> None:
    """`include_usage` without `stream` asks for nothing."""
    assert not read(stream_options={"include_usage": True}).include_usage


def test_tools_and_formats() -> None:
    """Tools, the tool that must be called and the schema of the answer are understood and needed."""
    schema = {"type": "object"}
    request = read(
        tools=[{"type": "function", "function": {"name": "f", "parameters": schema, "strict": True}}],
        tool_choice={"type": "function", "function": {"name": "f"}},
        response_format={"type": "json_schema", "json_schema": {"name": "a", "schema": schema}},
    )
    assert request.tools == (Tool("f", None, schema, True),)
    assert request.tool_choice == ToolChoice("named", "f")
    assert request.output == OutputFormat("json_schema", "a", schema)
    assert request.needs == {
        Capability.TOOLS: "tools",
        Capability.TOOL_CHOICE: "tool_choice",
        Capability.JSON_SCHEMA: "response_format",
    }


@pytest.mark.parametrize(
    ("fields", "needs"),
    [
        ({}, {}),
        ({"tool_choice": "auto", "response_format": {"type": "text"}, "modalities": ["text"], "audio": None}, {}),
        ({"modalities": None, "tool_choice": None, "response_format": None, "tools": None}, {}),
        ({"response_format": {"type": "json_object"}}, {Capability.JSON_OBJECT: "response_format"}),
        ({"tool_choice": "required"}, {Capability.TOOL_CHOICE: "tool_choice"}),
        ({"modalities": ["text", "audio"]}, {Capability.NATIVE_OPENAI_CHAT: "modalities"}),
        ({"web_search_options": {}}, {Capability.NATIVE_OPENAI_CHAT: "web_search_options"}),
        ({"functions": [{"name": "f"}]}, {Capability.NATIVE_OPENAI_CHAT: "functions"}),
        ({"tools": [{"type": "custom", "custom": {"name": "f"}}]}, {Capability.NATIVE_OPENAI_CHAT: "tools[0]"}),
        ({"tool_choice": {"type": "allowed_tools"}}, {Capability.NATIVE_OPENAI_CHAT: "tool_choice"}),
        ({"response_format": {"type": "grammar"}}, {Capability.NATIVE_OPENAI_CHAT: "response_format"}),
    ],
)
def test_what_a_target_must_be_able_to_do(fields: dict[str, Any], needs: dict[str, str]) -> None:
    """Each need is named after the caller's field, and defaults spelled out need nothing."""
    assert read(**fields).needs == needs


@pytest.mark.parametrize(
    ("part", "needs"),
    [
        (PICTURE, [Capability.IMAGES]),
        ({"type": "image_url", "image_url": {"url": "https://a"}}, [Capability.IMAGES, Capability.IMAGE_URLS]),
        ({"type": "input_audio", "input_audio": {}}, [Capability.AUDIO, Capability.NATIVE_OPENAI_CHAT]),
    ],
)
def test_what_a_part_needs(part: dict[str, Any], needs: list[str]) -> None:
    """A need that comes from a message names the very part."""
    request = read(messages=[*HELLO, {"role": "user", "content": [{"type": "text", "text": "?"}, part]}])
    assert request.needs == dict.fromkeys(needs, "messages[1].content[1]")


def test_the_ids_of_one_provider_stay_there() -> None:
    """An uploaded file's id means something to its own dialect only."""
    request = read(messages=[{"role": "user", "content": [{"type": "file", "file": {"file_id": "file-1"}}]}])
    assert request.needs[Capability.NATIVE_OPENAI_CHAT] == "messages[0].content[0].file.file_id"


def test_unknown_fields_and_hints() -> None:
    """Fields that nobody knows are named; hints that change no answer are not."""
    assert read(metadata={}, store=True, service_tier="auto", verbosity="low", top_k=5, foo=1).unknown == (
        "top_k",
        "foo",
    )


def test_no_credential_is_kept() -> None:
    """Of the caller's headers only the flags for providers are kept, none of his secrets."""
    body = msgspec.json.encode({"model": "m", "messages": HELLO})
    request = OPENAI_CHAT.read_request(body, {"Authorization": "Bearer s", "Cookie": "s", "OpenAI-Beta": "x"})
    assert request.headers == {"openai-beta": "x"}
    assert request.size == len(body)


# --- what is refused


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (b"", None),
        (b"{", None),
        (b"[]", None),
        (b'"hello"', None),
        (b"\xef\xbb\xbf{}", None),
        (b'{"model":"m","messages":[{"role":"user","content":"\xff"}]}', None),
        (b'{"model":"m","messages":[{"role":"user","content":"a"}],"x":"\xff"}', None),
        (b'{"messages":[]}', "model"),
        (b'{"model":"m"}', "messages"),
    ],
)
def test_a_body_that_is_none(body: bytes, param: str | None) -> None:
    """What is no JSON object, no UTF-8, or has no model or messages is a 400 with the shape of a right one."""
    error = refused(body)
    assert (error.status, error.kind, error.param, error.should_retry) == (400, "invalid_request", param, False)
    assert "Example: " in str(error)


@pytest.mark.parametrize(
    ("fields", "param", "example"),
    [
        ({"model": ""}, "model", '"model": "auto"'),
        ({"model": 5}, "model", '"model": "auto"'),
        ({"messages": []}, "messages", '"role": "user"'),
        ({"messages": "Hello"}, "messages", '"role": "user"'),
        ({"max_tokens": -5}, "max_tokens", '"max_tokens": 500'),
        ({"max_completion_tokens": "many"}, "max_completion_tokens", '"max_completion_tokens": 500'),
        ({"n": 0}, "n", '"n": 1'),
        ({"n": 10_000}, "n", '"n": 1'),
        ({"temperature": "hot"}, "temperature", '"temperature": 0.7'),
        ({"stream": "yes"}, "stream", '"stream": true'),
        ({"stream_options": {"include_usage": 1}}, "stream_options.include_usage", '"include_usage": true'),
        ({"stop": 5}, "stop", '"stop": ["END"]'),
        ({"logit_bias": {"a": "b"}}, "logit_bias[]", '"logit_bias": {'),
        ({"tools": [{"type": "function"}]}, "tools[0].function", '"name": "weather"'),
        ({"tools": [{"type": "function", "function": {}}]}, "tools[0].function.name", '"name": "weather"'),
        ({"tool_choice": "maybe"}, "tool_choice", '"name": "weather"'),
        ({"tool_choice": {"type": "function"}}, "tool_choice.function", '"name": "weather"'),
        ({"response_format": "json"}, "response_format", '"type": "json_schema"'),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema", '"json_schema": {'),
        ({"modalities": "text"}, "modalities", '"messages"'),
    ],
)
def test_a_wrong_field(fields: dict[str, Any], param: str, example: str) -> None:
    """The sentence names the field, and shows one that is right."""
    error = refused(msgspec.json.encode({"model": "m", "messages": HELLO, **fields}))
    assert error.param == param
    assert f"`{param}`" in error.message
    assert example in error.message


@pytest.mark.parametrize(
    ("message", "where"),
    [
        ("Hello", ""),
        ({"content": "Hello"}, ".role"),
        ({"role": "robot", "content": "Hello"}, ".role"),
        ({"role": "user"}, ".content"),
        ({"role": "user", "content": 5}, ".content"),
        ({"role": "user", "content": ["Hello"]}, ".content[0]"),
        ({"role": "user", "content": [{"type": "video"}]}, ".content[0].type"),
        ({"role": "user", "content": [{"type": "text"}]}, ".content[0].text"),
        ({"role": "user", "content": [{"type": "image_url"}]}, ".content[0].image_url"),
        (
            {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,x"}}]},
            ".content[0].image_url.url",
        ),
        ({"role": "user", "content": [{"type": "file", "file": {}}]}, ".content[0].file"),
        ({"role": "system", "content": [PICTURE]}, ".content[0].type"),
        ({"role": "tool", "content": "1"}, ".tool_call_id"),
        ({"role": "tool", "tool_call_id": "c", "content": [{"type": "refusal"}]}, ".content[0].type"),
        ({"role": "assistant", "content": [PICTURE]}, ".content[0].type"),
        ({"role": "assistant", "tool_calls": [{"id": "c"}]}, ".tool_calls[0].function"),
        ({"role": "assistant", "tool_calls": [{"function": {"name": "f"}}]}, ".tool_calls[0].id"),
    ],
)
def test_a_wrong_message(message: object, where: str) -> None:
    """The sentence names the place in the message, counted from 0."""
    error = refused(msgspec.json.encode({"model": "m", "messages": [*HELLO, message]}))
    assert error.param == f"messages[1]{where}"
