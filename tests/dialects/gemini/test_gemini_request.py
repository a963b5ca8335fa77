"""What is written to Gemini."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from sanspanne.dialects.gemini import GEMINI
from sanspanne.dialects.gemini.contents import UNSIGNED

MODEL = "gemini-flash-latest"


def written(*messages: Message, model: str = MODEL, **rest: Any) -> dict[str, Any]:
    """The body for these messages."""
    request = ChatRequest(dialect="openai_chat", model="m", messages=messages, **rest)
    body = GEMINI.write_request(request, model).fields
    return msgspec.json.decode(msgspec.json.encode(body))


def user(*parts: Any) -> Message:
    """A user's turn."""
    return Message("user", parts)


HI = user(Text("hi"))


def test_system_text_has_its_own_place() -> None:
    """System text, wherever it stood, becomes the one system instruction, and no turn."""
    body = written(Message("system", (Text("a"),)), HI, Message("system", (Text("b"),)))
    assert body["systemInstruction"] == {"parts": [{"text": "a"}, {"text": "b"}]}
    assert body["contents"] == [{"role": "user", "parts": [{"text": "hi"}]}]


def test_turns_of_one_role_are_one_content() -> None:
    """Successive messages of one role are joined, because Gemini counts answers to parallel calls per content."""
    body = written(user(Text("a")), user(Text("b")), Message("assistant", (Text("c"), Refusal("d"))))
    assert [content["role"] for content in body["contents"]] == ["user", "model"]
    assert body["contents"][1]["parts"] == [{"text": "c"}, {"text": "d"}]


def test_pictures_and_files() -> None:
    """Data travels inline, addresses as file references with a media type."""
    parts = written(
        user(
            Image(media_type="image/webp", data="QUJD"),
            Image(url="https://a.example/b.jpg?c=d"),
            Document(media_type="application/pdf", data="QQ=="),
        )
    )["contents"][0]["parts"]
    assert parts == [
        {"inlineData": {"mimeType": "image/webp", "data": "QUJD"}},
        {"fileData": {"mimeType": "image/jpeg", "fileUri": "https://a.example/b.jpg?c=d"}},
        {"inlineData": {"mimeType": "application/pdf", "data": "QQ=="}},
    ]


def history(*calls: ToolCall, results: tuple[ToolResult, ...]) -> tuple[Message, ...]:
    """A question, an answer that calls tools, and what the tools gave."""
    return (HI, Message("assistant", calls), Message("user", results))


def test_tool_result_has_the_name_of_its_call() -> None:
    """Gemini wants the function's name with a result: it is found by the id of the call."""
    call = ToolCall("call_1", "weather", '{"city":"Lyon"}')
    body = written(*history(call, results=(ToolResult("call_1", (Text("12"),)),)))
    assert body["contents"][1]["parts"][0]["functionCall"] == {
        "id": "call_1",
        "name": "weather",
        "args": {"city": "Lyon"},
    }
    assert body["contents"][2]["parts"][0]["functionResponse"] == {
        "id": "call_1",
        "name": "weather",
        "response": {"output": "12"},
    }


def test_failed_tool_says_so() -> None:
    """A tool's error is told under `error`, the key that Gemini's models know."""
    call = ToolCall("c", "f", "{}")
    body = written(*history(call, results=(ToolResult("c", (Text("boom"),), is_error=True),)))
    assert body["contents"][2]["parts"][0]["functionResponse"]["response"] == {"error": "boom"}


@pytest.mark.parametrize(
    ("arguments", "args"), [("", {}), ("[1]", {"arguments": [1]}), ("{oops", {"arguments": "{oops"})]
)
def test_arguments_are_always_an_object(arguments: str, args: dict[str, Any]) -> None:
    """Arguments that another model wrote badly are kept, in the object that Gemini demands."""
    body = written(*history(ToolCall("c", "f", arguments), results=(ToolResult("c", ()),)))
    assert body["contents"][1]["parts"][0]["functionCall"]["args"] == args


def test_first_unsigned_call_is_excused() -> None:
    """In another model's history the first call of a turn carries Google's own excuse for a missing signature, no other does."""
    calls = (ToolCall("a", "f", "{}"), ToolCall("b", "f", "{}"))
    parts = written(*history(*calls, results=()))["contents"][1]["parts"]
    assert [part.get("thoughtSignature") for part in parts] == [UNSIGNED, None]


def test_older_models_want_no_signature() -> None:
    """Models before Gemini 3 get no excuse, which they would not understand."""
    parts = written(*history(ToolCall("a", "f", "{}"), results=()), model="gemini-2.5-flash")["contents"][1]["parts"]
    assert "thoughtSignature" not in parts[0]


def test_only_geminis_own_thoughts_go_back() -> None:
    """Another provider's reasoning and signature are left out; Gemini's own go back as they came."""
    foreign = Thinking("hm", signature="s", origin="anthropic_messages")
    own = Thinking("ah", signature="QUI=", origin="gemini")
    parts = written(HI, Message("assistant", (foreign, own, Text("x"))))["contents"][1]["parts"]
    assert parts == [{"text": "ah", "thoughtSignature": "QUI=", "thought": True}, {"text": "x"}]


def test_generation_config() -> None:
    """Every limit and wish has its place in `generationConfig`."""
    body = written(
        HI,
        max_tokens=7,
        temperature=0.0,
        top_p=0.5,
        top_k=3,
        stop=("x",),
        n=2,
        seed=1,
        presence_penalty=0.1,
        frequency_penalty=0.2,
        logprobs=True,
        top_logprobs=4,
    )
    assert body["generationConfig"] == {
        "maxOutputTokens": 7,
        "temperature": 0.0,
        "topP": 0.5,
        "topK": 3,
        "stopSequences": ["x"],
        "candidateCount": 2,
        "seed": 1,
        "presencePenalty": 0.1,
        "frequencyPenalty": 0.2,
        "responseLogprobs": True,
        "logprobs": 4,
    }


def test_structured_output() -> None:
    """A schema goes as JSON Schema, not as Google's subset of it."""
    config = written(HI, output=OutputFormat("json_schema", schema={"type": "object"}))["generationConfig"]
    assert config == {"responseMimeType": "application/json", "responseJsonSchema": {"type": "object"}}


@pytest.mark.parametrize(
    ("reasoning", "config"),
    [
        (Reasoning(effort="low"), {"includeThoughts": False, "thinkingLevel": "low"}),
        (Reasoning(effort="max", summary=True), {"includeThoughts": True, "thinkingLevel": "high"}),
        (Reasoning(budget=2048), {"includeThoughts": True, "thinkingBudget": 2048}),
        (Reasoning(enabled=False), {"thinkingLevel": "minimal"}),
    ],
)
def test_reasoning(reasoning: Reasoning, config: dict[str, Any]) -> None:
    """Effort becomes a level, a budget stays a budget, and off means as little as the model can."""
    assert written(HI, reasoning=reasoning)["generationConfig"]["thinkingConfig"] == config


def test_tools() -> None:
    """Tools are declared with JSON Schema, and a named choice allows only that one."""
    tool = Tool("f", "does f", {"type": "object", "properties": {}})
    body = written(HI, tools=(tool,), tool_choice=ToolChoice("named", "f"))
    declared = body["tools"][0]["functionDeclarations"][0]
    assert declared == {"name": "f", "description": "does f", "parametersJsonSchema": tool.schema}
    assert body["toolConfig"] == {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["f"]}}


def test_what_cannot_be_carried_is_named() -> None:
    """Fields that have no place in Gemini's format are named as omitted."""
    request = ChatRequest(
        dialect="openai_chat", model="m", messages=(HI,), user="u", logit_bias={"1": 2.0}, unknown=("store",)
    )
    assert set(GEMINI.write_request(request, MODEL).omitted) == {"user", "logit_bias", "store"}


def test_a_callers_own_fields_pass_untouched() -> None:
    """A caller who speaks Gemini's dialect gets his own fields through, known to us or not."""
    fields = {"contents": msgspec.Raw(b"[]"), "newField": msgspec.Raw(b'{"a":1}')}
    request = ChatRequest(dialect="gemini", model="m", fields=fields)
    assert GEMINI.write_request(request, MODEL).fields == fields


_TEXT = st.text(max_size=15)
_PARTS = st.one_of(
    st.builds(Text, _TEXT),
    st.builds(Image, url=_TEXT),
    st.builds(ToolCall, _TEXT, _TEXT, _TEXT),
    st.builds(Thinking, _TEXT, signature=_TEXT, origin=st.sampled_from(["gemini", "anthropic_messages"])),
    st.builds(ToolResult, _TEXT, st.lists(st.builds(Text, _TEXT), max_size=2).map(tuple), st.booleans()),
)
_MESSAGES = st.builds(
    Message, st.sampled_from(["system", "user", "assistant"]), st.lists(_PARTS, max_size=4).map(tuple)
)


@given(st.lists(_MESSAGES, max_size=6))
def test_any_history_is_well_formed(messages: list[Message]) -> None:
    """Any history gives JSON in which roles alternate, no content is empty, and no text is lost."""
    body = written(*messages)
    roles = [content["role"] for content in body["contents"]]
    assert all(one != other for one, other in itertools.pairwise(roles))
    assert all(content["parts"] for content in body["contents"])
    said = {part.text for message in messages for part in message.parts if isinstance(part, Text) and part.text}
    everything = [*body["contents"], body.get("systemInstruction", {"parts": []})]
    kept = {part.get("text") for content in everything for part in content["parts"]}
    assert said <= kept
