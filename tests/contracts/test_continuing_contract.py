"""A request that ends with the beginning of an answer: who goes on with it, and what exactly each of them is sent."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from sanspanne.chat import Capability, ChatRequest, Frame, Message, Reasoning, Text, TextDelta, ToolCall
from sanspanne.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.providers.catalogue import KINDS, make

BEGUN = "Voici l'été 😀 :\n"
ASKED = (Message("user", (Text("Et après ?"),)), Message("assistant", (Text(BEGUN),)))
BETA = "https://api.deepseek.com/beta"
OPENROUTER = "https://openrouter.ai/api/v1"

# What goes out as UTF-8: the question, then the answer as far as it came, to the last byte.
USER = '{"role":"user","content":"Et après ?"}'
OPEN = '{"role":"assistant","content":"Voici l\'été 😀 :\\n"}'
TEMPLATE = (
    '"continue_final_message":true,"add_generation_prompt":false,"chat_template_kwargs":{"enable_thinking":false}'
)
ENGINE = '{"model":"%s","messages":[' + USER + "," + OPEN + '],"stream":true,"stream_options":{"include_usage":true},'
ENGINE += '"max_tokens":50,' + TEMPLATE + "}"

WIRE = {
    ("llama", "", "llama3.2"): ENGINE % "llama3.2",
    ("onboard", "http://127.0.0.1:9/v1", "any"): ENGINE % "any",
    ("openai-compatible", BETA, "deepseek-v4-flash"): (
        '{"thinking":{"type":"disabled"},"model":"deepseek-v4-flash","messages":['
        + USER
        + ',{"role":"assistant","content":"Voici l\'été 😀 :\\n","prefix":true}],'
        '"stream":true,"stream_options":{"include_usage":true},"max_tokens":50}'
    ),
    ("openai-compatible", OPENROUTER, "anthropic/claude-sonnet-4.5"): (
        '{"model":"anthropic/claude-sonnet-4.5","messages":['
        + USER
        + ',{"role":"assistant","content":"Voici l\'été 😀 :"}],'
        '"stream":true,"stream_options":{"include_usage":true},"max_tokens":50}'
    ),
    ("mistral", "", "mistral-small-latest"): (
        '{"model":"mistral-small-latest","messages":['
        + USER
        + ',{"role":"assistant","content":"Voici l\'été 😀 :\\n","prefix":true}],"stream":true,"max_tokens":50}'
    ),
    ("anthropic", "", "claude-haiku-4-5"): (
        '{"model":"claude-haiku-4-5","max_tokens":50,"messages":['
        '{"role":"user","content":[{"type":"text","text":"Et après ?"}]},'
        '{"role":"assistant","content":[{"type":"text","text":"Voici l\'été 😀 :"}]}],"stream":true}'
    ),
}


def begun(**more: Any) -> ChatRequest:
    """A question in no dialect whose answer has begun."""
    return ChatRequest(**{"dialect": "", "model": "m", "messages": ASKED, "stream": True, "max_tokens": 50, **more})


def own(dialect: Any, content: Any = BEGUN, **fields: Any) -> ChatRequest:
    """The same, as a caller of `dialect` writes it himself."""
    turns = [{"role": "user", "content": "Et après ?"}, {"role": "assistant", "content": content}]
    return dialect.read_request(msgspec.json.encode({"model": "m", "max_tokens": 50, "messages": turns, **fields}), {})


def sent(kind: str, model: str, request: ChatRequest, base_url: str = "") -> dict[str, Any]:
    """The body that goes out."""
    return msgspec.json.decode(make("it", kind, base_url, "k").chat(request, model)[0].body)


def can(kind: str, model: str, base_url: str = "") -> set[Capability]:
    """What of continuing and citing a model can do."""
    asked = {Capability.PREFILL, Capability.PREFIX, Capability.CITES}
    return asked & make("it", kind, base_url or ("http://h/v1" if kind == "openai-compatible" else "")).capabilities(
        model
    )


@pytest.mark.parametrize(("kind", "base_url", "model"), list(WIRE))
def test_an_unfinished_answer_goes_out_byte_for_byte(kind: str, base_url: str, model: str) -> None:
    """Who can continue gets the unfinished answer with just the fields that its engine wants for it, and nothing else."""
    one = make("it", kind, base_url, "k")
    assert one.capabilities(model) & {Capability.PREFILL, Capability.PREFIX}
    call, omitted = one.chat(begun(), model)
    assert call.body.decode() == WIRE[kind, base_url, model]
    assert omitted == ()


def test_every_kind_that_continues_has_its_bytes_here() -> None:
    """No kind can come to continue without a line above that says how it is asked."""
    written = {kind for kind, _, _ in WIRE}
    for kind in KINDS:
        if can(kind, "a-model-1") & {Capability.PREFILL, Capability.PREFIX}:
            assert kind in written


@pytest.mark.parametrize(
    ("kind", "model", "base_url", "expected"),
    [
        ("llama", "llama3.2", "", {Capability.PREFILL}),
        ("llama", "Qwen/Qwen2.5-7B-Instruct", "", {Capability.PREFILL}),
        ("llama", "qwen3:8b", "", set()),  # they think first
        ("llama", "qwen3.5:4b", "", set()),
        ("llama", "gpt-oss:20b", "", set()),
        ("llama", "deepseek-r1:8b", "", set()),
        ("onboard", "", "", {Capability.PREFILL}),
        ("mistral", "mistral-small-latest", "", {Capability.PREFIX}),
        ("mistral", "magistral-small-latest", "", set()),
        ("anthropic", "claude-sonnet-4-5", "", {Capability.PREFILL}),
        ("anthropic", "claude-sonnet-5", "", set()),
        ("openai", "gpt-4o", "", set()),
        ("openai", "gpt-5", "", set()),
        ("openai", "gpt-4o-search-preview", "", {Capability.CITES}),
        ("openai", "gpt-5-search-api", "", {Capability.CITES}),
        ("gemini", "gemini-3-pro", "", set()),
        ("perplexity", "sonar", "", {Capability.CITES}),
        ("perplexity", "sonar-reasoning-pro", "", {Capability.CITES}),
        ("openai-compatible", "deepseek-chat", BETA, {Capability.PREFILL}),
        ("openai-compatible", "deepseek-chat", BETA + "/", {Capability.PREFILL}),
        ("openai-compatible", "deepseek-reasoner", BETA, set()),
        ("openai-compatible", "deepseek-chat", "https://api.deepseek.com/v1", set()),
        ("openai-compatible", "some-model", "https://example.org/beta", set()),
        ("openai-compatible", "anthropic/claude-3.5-haiku:beta", OPENROUTER, {Capability.PREFILL}),
        ("openai-compatible", "anthropic/claude-opus-4", OPENROUTER, {Capability.PREFILL}),
        ("openai-compatible", "anthropic/claude-3.7-sonnet:thinking", OPENROUTER, set()),
        ("openai-compatible", "anthropic/claude-sonnet-4.6", OPENROUTER, set()),
        ("openai-compatible", "openai/gpt-4o", OPENROUTER, set()),
        ("openai-compatible", "openai/gpt-4o:online", OPENROUTER, {Capability.CITES}),
        ("openai-compatible", "perplexity/sonar-pro", OPENROUTER, {Capability.CITES}),
        ("openai-compatible", "nousresearch/hermes-4-70b", OPENROUTER, set()),
        ("openai-compatible", "meta-llama/llama-3.3-70b-instruct", OPENROUTER, set()),  # it depends on the route
        ("openai-compatible", "anthropic/claude-sonnet-4.5", "https://example.org/v1", set()),
        ("openai-compatible", "gpt-4o", "https://x.openai.azure.com/openai/v1", set()),
    ],
)
def test_who_can_continue_and_who_cites(kind: str, model: str, base_url: str, expected: set[Capability]) -> None:
    """Who continues an unfinished answer, who repeats it first, and who names sources: known by kind, model and address."""
    assert can(kind, model, base_url) == expected


@pytest.mark.parametrize("kind", list(KINDS))
def test_an_ordinary_request_asks_for_no_continuation(kind: str) -> None:
    """A request that ends with a question carries no field about continuing."""
    body = sent(kind, "a-model-1", begun(messages=ASKED[:1]), "http://127.0.0.1:9/beta")
    assert not {"continue_final_message", "add_generation_prompt", "chat_template_kwargs"} & body.keys()
    assert "prefix" not in msgspec.json.encode(body).decode()


@pytest.mark.parametrize("dialect", [OPENAI_CHAT, ANTHROPIC_MESSAGES])
def test_a_callers_own_beginning_is_asked_for_in_the_same_way(dialect: Any) -> None:
    """Whoever began the answer, we or the caller in his own dialect: the engine is told to leave its last message open."""
    body = sent("llama", "llama3.2", own(dialect))
    assert body["messages"][-1]["content"] == BEGUN
    assert (body["continue_final_message"], body["add_generation_prompt"]) == (True, False)
    assert body["chat_template_kwargs"] == {"enable_thinking": False}
    assert sent("openai-compatible", "deepseek-chat", own(dialect), BETA)["messages"][-1]["prefix"] is True
    assert sent("mistral", "mistral-small-latest", own(dialect))["messages"][-1]["prefix"] is True


LLAMA_CPP = '{"id":"c","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"%s"},"finish_reason":"stop"}],'
LLAMA_CPP += '"usage":{"completion_tokens":2,"prompt_tokens":9,"total_tokens":11},"timings":{"predicted_n":2}}'


def whole(kind: str, body: str, request: ChatRequest) -> Frame:
    """An answer of an engine in one piece, as one frame."""
    return make("it", kind, "http://127.0.0.1:9/v1").read_answer(body.encode(), request)


def words(frame: Frame) -> str:
    """What a frame says."""
    return "".join(event.text for event in frame.events if isinstance(event, TextDelta))


@pytest.mark.parametrize("kind", ["llama", "onboard"])
def test_what_an_engine_repeats_is_not_repeated_to_the_caller(kind: str) -> None:
    """llama.cpp puts the unfinished answer before its own words when it does not stream: the caller gets only those."""
    frame = whole(kind, LLAMA_CPP % "Voici l'été 😀 :\\nle soleil", begun(stream=False))
    assert (words(frame), frame.raw) == ("le soleil", b"")


@pytest.mark.parametrize("kind", ["llama", "onboard"])
def test_what_an_engine_did_not_repeat_is_left_as_it_came(kind: str) -> None:
    """An answer that repeats nothing, one to an ordinary question, and one of another engine stay to the byte."""
    same = LLAMA_CPP % "Voici l'été 😀 :\\nVoici"
    for body, request in [
        (LLAMA_CPP % "le soleil", begun(stream=False)),
        (same, begun(stream=False, messages=ASKED[:1])),
        (same.replace("timings", "service_tier"), begun(stream=False)),
    ]:
        frame = whole(kind, body, request)
        assert frame.raw == body.encode()
        assert words(frame)


def test_a_caller_who_knows_his_engine_is_not_corrected() -> None:
    """What a caller says himself of the template stands; his other words for it are added to and not replaced."""
    assert "chat_template_kwargs" not in sent("llama", "llama3.2", own(OPENAI_CHAT, add_generation_prompt=True))
    theirs = {"enable_thinking": True, "style": "short"}
    body = sent("llama", "llama3.2", own(OPENAI_CHAT, chat_template_kwargs=theirs))
    assert body["chat_template_kwargs"] == theirs
    asked = own(OPENAI_CHAT, thinking={"type": "enabled"})
    assert sent("openai-compatible", "deepseek-v4-pro", asked, BETA)["thinking"] == {"type": "enabled"}


def test_a_model_that_thinks_first_is_not_told_to_go_on() -> None:
    """A model with a thinking phase gets the caller's request as it is: its engine says itself what it makes of it."""
    assert "continue_final_message" not in sent("llama", "qwen3:8b", own(OPENAI_CHAT))
    assert "prefix" not in sent("openai-compatible", "deepseek-reasoner", own(OPENAI_CHAT), BETA)["messages"][-1]


def test_an_engine_hears_nothing_of_efforts_it_may_not_know() -> None:
    """Thinking is switched off in the template alone: older engines refuse an effort that they do not know."""
    body = sent("llama", "llama3.2", begun(reasoning=Reasoning(enabled=False)))
    assert "reasoning_effort" not in body


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (BEGUN, "Voici l'été 😀 :"),
        ("Un \u00a0\u3000", "Un"),
        ([{"type": "text", "text": "Un "}], [{"type": "text", "text": "Un"}]),
        (
            [{"type": "text", "text": "Un"}, {"type": "text", "text": " \n"}],
            [{"type": "text", "text": "Un"}],
        ),
        (" \n", None),
        ([{"type": "text", "text": " "}], None),
    ],
)
def test_claude_gets_no_white_space_at_the_end(content: Any, expected: Any) -> None:
    """A caller of Claude's own dialect is not refused for a blank at the end of the answer that he began."""
    last = sent("anthropic", "claude-haiku-4-5", own(ANTHROPIC_MESSAGES, content))["messages"][-1]
    assert last == (
        {"role": "assistant", "content": expected} if expected else {"role": "user", "content": "Et après ?"}
    )


def test_what_needs_no_change_is_passed_on_as_it_came() -> None:
    """A caller's own request to Claude without a blank at its end is not touched, whatever else stands in it."""
    content = [{"type": "text", "text": "Un", "cache_control": {"type": "ephemeral"}, "brand_new": 1}]
    assert sent("anthropic", "claude-haiku-4-5", own(ANTHROPIC_MESSAGES, content))["messages"][-1]["content"] == content


@pytest.mark.parametrize("kind", ["llama", "mistral", "onboard"])
def test_a_call_of_a_tool_is_no_unfinished_answer(kind: str) -> None:
    """Where the last message calls a tool there is nothing to go on with."""
    messages = (ASKED[0], Message("assistant", (ToolCall("123456789", "f", "{}"),)))
    body = sent(kind, "llama3.2", begun(messages=messages), "http://127.0.0.1:9/v1")
    assert "continue_final_message" not in body
    assert "prefix" not in body["messages"][-1]
