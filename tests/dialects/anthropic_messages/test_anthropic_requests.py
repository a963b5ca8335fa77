"""Requests read from Anthropic Messages."""

import json
from typing import Any

import msgspec
import pytest
from anthropic_strategies import requests
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.chat import (
    Capability,
    ChatRequest,
    Document,
    Image,
    Message,
    OutputFormat,
    Reasoning,
    Text,
    Thinking,
    ToolCall,
    ToolChoice,
    ToolResult,
)
from sanspanne.dialects.anthropic_messages import ANTHROPIC_MESSAGES, read_count_request, write_count
from sanspanne.errors import CallerError

LEAST: dict[str, Any] = {"model": "auto", "max_tokens": 10, "messages": [{"role": "user", "content": "Bonjour"}]}
PNG = {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}


def read(**fields: Any) -> ChatRequest:
    return ANTHROPIC_MESSAGES.read_request(json.dumps({**LEAST, **fields}).encode(), {})


def said(*blocks: dict[str, Any], role: str = "user") -> list[dict[str, Any]]:
    return [{"role": role, "content": list(blocks)}]


def refused(body: bytes) -> CallerError:
    with pytest.raises(CallerError) as caught:
        ANTHROPIC_MESSAGES.read_request(body, {})
    assert caught.value.status == 400
    assert caught.value.kind == "invalid_request"
    assert "Example: " in caught.value.message
    return caught.value


@given(requests())
def test_a_request_that_is_written_and_read_is_the_same(request: ChatRequest) -> None:
    """Whatever the dialect can carry survives being written and read again."""
    written = ANTHROPIC_MESSAGES.write_request(request, "claude")
    again = ANTHROPIC_MESSAGES.read_request(msgspec.json.encode(written.fields), {})
    assert written.omitted == ()
    assert again.unknown == ()
    ignored = {"dialect": NAME, "fields": {}, "needs": {}, "size": 0}
    assert msgspec.structs.replace(again, **ignored) == msgspec.structs.replace(request, **ignored)


NAME = "anthropic_messages"


def test_the_plain_request_is_read() -> None:
    """Model, limit, text and size of the least possible request are read, and it needs nothing special."""
    body = json.dumps({**LEAST, "stream": True}).encode()
    request = ANTHROPIC_MESSAGES.read_request(body, {"anthropic-version": "2023-06-01", "x-api-key": "secret"})
    assert request.dialect == NAME
    assert request.messages == (Message("user", (Text("Bonjour"),)),)
    assert (request.model, request.max_tokens, request.stream, request.size) == ("auto", 10, True, len(body))
    assert request.headers == {"anthropic-version": "2023-06-01"}
    assert (request.needs, request.unknown) == ({}, ())


def test_system_text_leads_the_messages() -> None:
    """A system text, as a string or as blocks, becomes the leading system message."""
    assert read(system="Be kind.").messages[0] == Message("system", (Text("Be kind."),))
    blocks = [{"type": "text", "text": "Be kind.", "cache_control": {"type": "ephemeral"}}]
    assert read(system=blocks).messages[0] == Message("system", (Text("Be kind."),))


def test_tool_results_stand_first() -> None:
    """Tool results come before the text that a caller put in front of them."""
    result = {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "18"}], "is_error": True}
    request = read(messages=said({"type": "text", "text": "so?"}, result))
    assert request.messages[0].parts == (ToolResult("t1", (Text("18"),), True), Text("so?"))


def test_every_kind_of_block_is_read() -> None:
    """Pictures, documents, calls and thoughts keep what they say, and the arguments their very text."""
    call = b'{"type":"tool_use","id":"t1","name":"w","input":{"a": 1.0,"b":[]}}'
    thought = b'{"type":"thinking","thinking":"hm","signature":"Eq=="}'
    secret = b'{"type":"redacted_thinking","data":"xyz"}'
    body = b'{"model":"m","max_tokens":1,"messages":[{"role":"assistant","content":[%b,%b,%b]}]}' % (
        thought,
        secret,
        call,
    )
    parts = ANTHROPIC_MESSAGES.read_request(body, {}).messages[0].parts
    assert parts == (
        Thinking("hm", "Eq==", NAME),
        Thinking("", None, NAME, "xyz"),
        ToolCall("t1", "w", '{"a": 1.0,"b":[]}'),
    )
    pdf = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBE"}}
    plain = {"type": "document", "title": "T", "source": {"type": "text", "media_type": "text/plain", "data": "é"}}
    web = {"type": "document", "source": {"type": "url", "url": "https://example.org/a.pdf"}}
    assert read(messages=said({"type": "image", "source": PNG}, pdf, plain, web)).messages[0].parts == (
        Image("image/png", "iVBORw0KGgo="),
        Document("application/pdf", "JVBE"),
        Document("text/plain", "w6k=", name="T"),
        Document(url="https://example.org/a.pdf"),
    )


def test_a_thought_of_another_provider_is_known_again() -> None:
    """A signature that we minted gives back the dialect whose thought it was, and that dialect's own signature."""
    ours = {"type": "thinking", "thinking": "hm", "signature": "sanspanne.gemini.AbC.d"}
    unsigned = {"type": "thinking", "thinking": "hm", "signature": "sanspanne.openai_chat."}
    parts = read(messages=said(ours, unsigned, role="assistant")).messages[0].parts
    assert parts == (Thinking("hm", "AbC.d", "gemini"), Thinking("hm", None, "openai_chat"))


@pytest.mark.parametrize(
    ("fields", "capability", "where"),
    [
        ({"tools": [{"name": "w", "input_schema": {}}]}, Capability.TOOLS, "tools"),
        ({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, Capability.NATIVE_ANTHROPIC, "tools[0]"),
        ({"tool_choice": {"type": "any"}}, Capability.TOOL_CHOICE, "tool_choice"),
        ({"messages": said({"type": "image", "source": PNG})}, Capability.IMAGES, "messages[0].content[0]"),
        (
            {"messages": said({"type": "image", "source": {"type": "url", "url": "https://example.org/i.png"}})},
            Capability.IMAGE_URLS,
            "messages[0].content[0]",
        ),
        (
            {"messages": said({"type": "image", "source": {"type": "file", "file_id": "f"}})},
            Capability.NATIVE_ANTHROPIC,
            "messages[0].content[0].source",
        ),
        ({"messages": said({"type": "text", "text": "I"}, role="assistant")}, Capability.PREFILL, "messages[0]"),
        ({"messages": said({"type": "container_upload"})}, Capability.NATIVE_ANTHROPIC, "messages[0].content[0]"),
        ({"messages": said({"type": "mcp_tool_use"})}, Capability.NATIVE_ANTHROPIC, "messages[0].content[0]"),
        (
            {"messages": said({"type": "search_result", "source": "s", "title": "t", "content": []})},
            Capability.NATIVE_ANTHROPIC,
            "messages[0].content[0]",
        ),
        ({"stop_sequences": ["\n\n"]}, Capability.STOP, "stop_sequences"),
        ({"thinking": {"type": "enabled", "budget_tokens": 2048}}, Capability.THINKING, "thinking"),
        (
            {"output_config": {"format": {"type": "json_schema", "schema": {}}}},
            Capability.JSON_SCHEMA,
            "output_config.format",
        ),
        ({"inference_geo": "us"}, Capability.NATIVE_ANTHROPIC, "inference_geo"),
        ({"mcp_servers": [{"type": "url"}]}, Capability.NATIVE_ANTHROPIC, "mcp_servers"),
        ({"max_tokens": 0}, Capability.NATIVE_ANTHROPIC, "max_tokens"),
        ({"thread": {"type": "continue", "previous_message_id": "msg_1"}}, Capability.NATIVE_ANTHROPIC, "thread"),
    ],
)
def test_a_request_says_what_it_needs(fields: dict[str, Any], capability: Capability, where: str) -> None:
    """What only some targets can serve is named, with the field that asks for it."""
    assert read(**fields).needs[capability] == where


@pytest.mark.parametrize("thread", [{"type": "create"}, None])
def test_a_thread_that_begins_needs_nobody(thread: Any) -> None:
    """The whole conversation comes along when a thread is begun: any target may answer, and that it was not kept is said."""
    request = read(thread=thread)
    assert not request.needs
    assert request.unknown == ("thread",)


def test_options_are_read() -> None:
    """Sampling, tools, structured output and thinking are understood in the SDK's present words."""
    request = read(
        temperature=0.5,
        top_p=0.9,
        top_k=4,
        metadata={"user_id": "u"},
        tool_choice={"type": "tool", "name": "w", "disable_parallel_tool_use": True},
        output_config={"effort": "high", "format": {"type": "json_schema", "schema": {"type": "object"}}},
        thinking={"type": "adaptive"},
    )
    assert (request.temperature, request.top_p, request.top_k, request.user) == (0.5, 0.9, 4, "u")
    assert (request.tool_choice, request.parallel_tool_calls) == (ToolChoice("named", "w"), False)
    assert request.output == OutputFormat("json_schema", schema={"type": "object"})
    assert request.reasoning == Reasoning(effort="high")
    assert read(thinking={"type": "disabled"}).reasoning == Reasoning(enabled=False)


def test_thinking_that_is_left_to_the_model_is_no_need() -> None:
    """An answer without thoughts is a right answer to `adaptive`, so that any target may give it."""
    assert Capability.THINKING not in read(thinking={"type": "adaptive"}).needs


def test_unknown_fields_are_named_and_hints_are_not() -> None:
    """A field that we do not know is reported; one that changes nothing in the answer is not."""
    assert read(frobnicate=1, service_tier="auto", cache_control={"type": "ephemeral"}).unknown == ("frobnicate",)


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"model": ""}, "model"),
        ({"model": 3}, "model"),
        ({"max_tokens": -1}, "max_tokens"),
        ({"max_tokens": "10"}, "max_tokens"),
        ({"max_tokens": None}, "max_tokens"),
        ({"messages": []}, "messages"),
        ({"messages": "hi"}, "messages"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user"}]}, "messages[0].content"),
        ({"messages": said({"type": "frob"})}, "messages[0].content[0].type"),
        ({"messages": said({"type": "text"})}, "messages[0].content[0].text"),
        ({"messages": said({"type": "text", "text": 3})}, "messages[0].content[0].text"),
        ({"messages": said({"type": "tool_result", "content": "x"})}, "messages[0].content[0].tool_use_id"),
        ({"messages": said({"type": "tool_use", "id": "a", "name": "b", "input": 3})}, "messages[0].content[0].input"),
        ({"messages": said({"type": "image", "source": {"type": "base64"}})}, "messages[0].content[0].source.data"),
        ({"messages": said({"type": "image", "source": {"type": "ftp"}})}, "messages[0].content[0].source.type"),
        ({"messages": said({"type": "thinking", "thinking": "x"})}, "messages[0].content[0].signature"),
        ({"temperature": 1.5}, "temperature"),
        ({"tool_choice": {"type": "frob"}}, "tool_choice"),
        ({"tools": [{"name": "w"}]}, "tools[0]"),
        ({"thinking": {"type": "enabled"}}, "thinking"),
        ({"output_config": {"format": {"type": "frob"}}}, "output_config.format"),
        ({"system": [{"type": "image", "source": PNG}]}, "system"),
        ({"stream": "yes"}, "stream"),
    ],
)
def test_a_wrong_field_is_named(change: dict[str, Any], param: str) -> None:
    """A field that is missing or wrong is a 400 that names it and shows a right example."""
    error = refused(json.dumps({**LEAST, **change}).encode())
    assert error.param == param
    assert param in error.message


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'{"model":',
        b"<html>",
        b'{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"\xff"}]}',
        b'{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"x"}],"metadata":{"a":"\xff"}}',
        b'{"messages":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b'{"frob":' + b'{"a":' * 10_000,
    ],
)
def test_a_body_that_is_no_request_is_refused(body: bytes) -> None:
    """Bytes that are not JSON, not UTF-8 or nested without end are a 400 with an example."""
    refused(body)


@given(
    st.binary(max_size=80)
    | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps).map(str.encode)
)
def test_arbitrary_bytes_raise_nothing_but_a_caller_error(body: bytes) -> None:
    """No body, however strange, breaks the reader."""
    with pytest.raises(CallerError):
        ANTHROPIC_MESSAGES.read_request(body, {})


@given(
    st.dictionaries(
        st.sampled_from(["system", "tools", "tool_choice", "thinking", "output_config", "metadata", "messages"]),
        st.recursive(
            st.none() | st.text(max_size=4) | st.integers() | st.sampled_from(["text", "image", "user", "tool_use"]),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["type", "role", "content", "text", "source", "input"]), inner)
            ),
            max_leaves=8,
        ),
    )
)
def test_arbitrary_values_are_read_or_refused(fields: dict[str, Any]) -> None:
    """Every JSON value in every field is either understood or a 400 with an example."""
    body = json.dumps({**LEAST, **fields}).encode()
    try:
        request = ANTHROPIC_MESSAGES.read_request(body, {})
    except CallerError:
        refused(body)
    else:
        assert request.fields.keys() == {**LEAST, **fields}.keys()


def test_tokens_are_counted_without_a_limit() -> None:
    """A request to count tokens needs no max_tokens, and its answer is one number."""
    body = json.dumps({"model": "m", "messages": LEAST["messages"]}).encode()
    assert read_count_request(body, {}).max_tokens is None
    assert json.loads(write_count(17)) == {"input_tokens": 17}
