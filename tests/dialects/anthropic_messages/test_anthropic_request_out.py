"""Requests written for targets that speak Anthropic Messages."""

import json
import re
from typing import Any

import msgspec
import pytest

from sanspanne.chat import (
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
from sanspanne.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from sanspanne.dialects.base import Written

USER = Message("user", (Text("Bonjour"),))


def write(*messages: Message, **fields: Any) -> Written:
    request = ChatRequest(dialect="openai_chat", model="gpt", messages=messages or (USER,), **fields)
    return ANTHROPIC_MESSAGES.write_request(request, "claude")


def passed_on(body: bytes) -> Any:
    request = ANTHROPIC_MESSAGES.read_request(body, {})
    written = ANTHROPIC_MESSAGES.write_request(request, "claude")
    assert written.omitted == ()
    return msgspec.json.encode(written.fields)


def test_the_callers_own_fields_are_passed_on() -> None:
    """Towards a target of the same dialect only the model changes: unknown fields and odd spacing survive."""
    body = b'{"model":"auto","max_tokens":10,"frob":{"a" : 1.0},"messages":[{"role": "user","content":"\\u0041"}]}'
    assert passed_on(body) == body.replace(b'"auto"', b'"claude"')


def test_our_marks_are_taken_out_of_a_history() -> None:
    """Thoughts and citations of other providers leave a history that goes to Anthropic; its own stay byte for byte."""
    ours = b'{"type":"thinking","thinking":"x","signature":"sanspanne.openai_chat."}'
    theirs = b'{"type":"thinking","thinking":"y", "signature":"Eq=="}'
    cited = (
        b'{"type":"text","text":"z","citations":[{"encrypted_index":"sanspanne.","url":"u"},{"encrypted_index":"E"}]}'
    )
    head = b'{"model":"claude","max_tokens":10,"messages":[{"role":"user","content":"say \\"sanspanne.\\""},'
    only_ours = b'{"role":"assistant","content":[%b]},' % ours
    body = b'%b%b{"role":"assistant","content":[%b,%b,%b]}]}' % (head, only_ours, ours, theirs, cited)
    kept = b'{"type":"text","text":"z","citations":[{"encrypted_index":"E"}]}'
    assert passed_on(body) == b'%b{"role":"assistant","content":[%b,%b]}]}' % (head, theirs, kept)


def test_system_messages_become_the_system_field() -> None:
    """System text, wherever it stands, is joined; a conversation of nothing else becomes a user's turn."""
    system = Message("system", (Text("A"),)), Message("system", (Text("B"),))
    assert write(system[0], USER, system[1]).fields["system"] == "A\n\nB"
    alone = write(*system).fields
    assert "system" not in alone
    assert alone["messages"] == [{"role": "user", "content": [{"type": "text", "text": "A\n\nB"}]}]


def test_turns_alternate_and_results_come_first() -> None:
    """Neighbours of one role are merged, empty text is dropped, and tool results lead their turn."""
    written = write(
        USER,
        Message("assistant", (Text(""),)),
        Message("user", (Text("again"),)),
        Message("assistant", (Text("I "), ToolCall("c1", "w", ""))),
        Message("user", (Text("here"),)),
        Message("user", (ToolResult("c1", (Text("18"),), True),)),
    )
    assert written.fields["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "Bonjour"}, {"type": "text", "text": "again"}]},
        {
            "role": "assistant",
            "content": [{"type": "text", "text": "I "}, {"type": "tool_use", "id": "c1", "name": "w", "input": {}}],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "c1",
                    "content": [{"type": "text", "text": "18"}],
                    "is_error": True,
                },
                {"type": "text", "text": "here"},
            ],
        },
    ]


def test_a_prefill_ends_without_white_space() -> None:
    """The answer that shall be continued loses the white space at its end, which Anthropic refuses."""
    assert (
        write(USER, Message("assistant", (Text("It is \n"),))).fields["messages"][-1]["content"][0]["text"] == "It is"
    )
    assert len(write(USER, Message("assistant", (Text(" \n"),))).fields["messages"]) == 1


def test_ids_of_tool_calls_fit_the_alphabet_of_anthropic() -> None:
    """A call's strange id becomes a valid one, the same for the call and its result."""
    strange = "functions.get:0/" + "é" * 80
    written = write(
        USER, Message("assistant", (ToolCall(strange, "w", "{}"),)), Message("user", (ToolResult(strange, ()),))
    )
    call, result = written.fields["messages"][1]["content"][0], written.fields["messages"][2]["content"][0]
    assert call["id"] == result["tool_use_id"]
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", call["id"])


def test_broken_arguments_are_kept() -> None:
    """Arguments that are no JSON object are sent in a wrapper, because Anthropic takes nothing but objects."""
    for arguments in ('{"a":', "[1]", "3"):
        written = write(USER, Message("assistant", (ToolCall("c", "w", arguments),)), USER)
        assert written.fields["messages"][1]["content"][0]["input"] == {"INVALID_JSON": arguments}


def test_only_signed_thoughts_of_anthropic_go_back() -> None:
    """Thoughts of other providers, and unsigned ones, stay at home; a refusal goes as text."""
    thoughts = (
        Thinking("a", "s", "gemini"),
        Thinking("b", None, "anthropic_messages"),
        Thinking("c", "Eq==", "anthropic_messages"),
        Refusal("No."),
    )
    content = write(USER, Message("assistant", thoughts), USER).fields["messages"][1]["content"]
    assert content == [{"type": "thinking", "thinking": "c", "signature": "Eq=="}, {"type": "text", "text": "No."}]


def test_pictures_and_documents_are_written() -> None:
    """Pictures and documents become sources; text documents are written as text."""
    parts = (
        Image("image/gif", "R0="),
        Image(url="https://example.org/i"),
        Document("text/markdown", "w6k=", name="N"),
        Document("text/plain", "/w=="),
    )
    sources = [block["source"] for block in write(Message("user", parts)).fields["messages"][0]["content"]]
    assert sources == [
        {"type": "base64", "media_type": "image/gif", "data": "R0="},
        {"type": "url", "url": "https://example.org/i"},
        {"type": "text", "media_type": "text/plain", "data": "é"},
        {"type": "base64", "media_type": "text/plain", "data": "/w=="},
    ]


def test_defaults_are_filled_in() -> None:
    """The limit that Anthropic demands is there when the caller gave none."""
    assert write().fields["max_tokens"] == 4096
    assert write(max_tokens=7).fields["max_tokens"] == 7


@pytest.mark.parametrize(
    ("fields", "omitted"),
    [
        ({"temperature": 1.7}, ("temperature",)),
        ({"temperature": 1.0}, ()),
        ({"seed": 1, "frequency_penalty": 0.5, "presence_penalty": 0.0}, ("seed", "frequency_penalty")),
        (
            {"n": 2, "logprobs": True, "top_logprobs": 3, "logit_bias": {"1": 2.0}},
            ("n", "logit_bias", "logprobs", "top_logprobs"),
        ),
        ({"stop": ("\n", "END")}, ("stop",)),
        ({"unknown": ("frob",)}, ("frob",)),
        ({"reasoning": Reasoning(effort="heroic")}, ("reasoning",)),
        ({"reasoning": Reasoning(effort="low"), "temperature": 0.3, "top_k": 2}, ("temperature", "top_k")),
        ({"output": OutputFormat("json_object")}, ("response_format",)),
    ],
)
def test_what_cannot_be_carried_is_reported(fields: dict[str, Any], omitted: tuple[str, ...]) -> None:
    """Nothing is left out or changed in silence."""
    assert write(**fields).omitted == omitted


def test_a_temperature_above_one_is_one() -> None:
    """Anthropic's scale ends at 1."""
    assert write(temperature=1.7).fields["temperature"] == 1.0


@pytest.mark.parametrize(
    ("reasoning", "limit", "written"),
    [
        (Reasoning(enabled=False), None, {"type": "disabled"}),
        (Reasoning(effort="none"), None, {"type": "disabled"}),
        (Reasoning(effort="minimal"), None, {"type": "adaptive"}),
        (Reasoning(budget=100), None, {"type": "enabled", "budget_tokens": 1024}),
        (Reasoning(budget=8000), 2000, {"type": "enabled", "budget_tokens": 1999}),
        (Reasoning(budget=8000), 500, None),
    ],
)
def test_thinking_is_asked_for(reasoning: Reasoning, limit: int | None, written: Any) -> None:
    """Effort words and budgets become a setting that Anthropic accepts, below the limit of tokens."""
    fields = write(reasoning=reasoning, max_tokens=limit).fields
    assert fields.get("thinking") == written
    assert fields["max_tokens"] > fields.get("thinking", {}).get("budget_tokens", 0)


def test_a_forced_tool_goes_before_thinking() -> None:
    """Where a tool call is forced, the model is not asked to think, and the caller is told."""
    tool = Tool("w", "Weather", {"properties": {}})
    written = write(tools=(tool,), tool_choice=ToolChoice("required"), reasoning=Reasoning(effort="high"))
    assert "thinking" not in written.fields
    assert written.omitted == ("reasoning",)


def test_tools_are_written() -> None:
    """A tool has a schema of type object, and the ban of parallel calls stands in the choice."""
    fields = write(tools=(Tool("w", "Weather", {"properties": {}}, True),), parallel_tool_calls=False).fields
    schema = {"type": "object", "properties": {}}
    assert fields["tools"] == [{"name": "w", "input_schema": schema, "description": "Weather", "strict": True}]
    assert fields["tool_choice"] == {"type": "auto", "disable_parallel_tool_use": True}
    named = write(tools=(Tool("w"),), tool_choice=ToolChoice("named", "w")).fields
    assert named["tool_choice"] == {"type": "tool", "name": "w"}
    assert "tool_choice" not in write(tool_choice=ToolChoice("auto")).fields


def test_structured_output_and_effort_share_a_field() -> None:
    """The schema goes where the present API expects it, beside the effort."""
    output = OutputFormat("json_schema", "name", {"type": "object"}, True)
    fields = write(output=output, reasoning=Reasoning(effort="high")).fields
    assert fields["output_config"] == {
        "effort": "high",
        "format": {"type": "json_schema", "schema": {"type": "object"}},
    }
    assert json.loads(msgspec.json.encode(fields)) == fields
