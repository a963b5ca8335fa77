"""What a provider's documentation says it answers with a 400 is not sent to it, whatever the caller may write to another."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from sanspanne.chat import ChatRequest
from sanspanne.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.providers.catalogue import make

CALL = {"id": "abcdefghi", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def openai(messages: list[dict[str, Any]] | None = None, **fields: Any) -> ChatRequest:
    """What an OpenAI client asks."""
    body = {"model": "m", "messages": messages or [user("hi")], **fields}
    return OPENAI_CHAT.read_request(msgspec.json.encode(body), {})


def anthropic(**fields: Any) -> ChatRequest:
    """What an Anthropic client asks."""
    body = {"model": "m", "max_tokens": 100, "messages": [user("hi")], **fields}
    return ANTHROPIC_MESSAGES.read_request(msgspec.json.encode(body), {})


def sent(kind: str, request: ChatRequest, model: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The body that a provider of that kind gets, and what it is not told."""
    call, omitted = make("it", kind, "http://127.0.0.1:9", "k").chat(request, model)
    return msgspec.json.decode(call.body), omitted


def test_perplexitys_turns_alternate() -> None:
    """The system's words come first, and neighbours of the same role become one turn; nothing that was said is lost."""
    talk = [user("a"), {"role": "developer", "content": "s"}, user("b"), {"role": "assistant", "content": "c"}]
    parts = [{"type": "text", "text": "d"}]
    body, _ = sent("perplexity", openai([*talk, user("e"), {"role": "user", "content": parts}]), "sonar")
    joined = {"role": "user", "content": [{"type": "text", "text": "e"}, {"type": "text", "text": "d"}]}
    assert body["messages"] == [{"role": "system", "content": "s"}, user("a\n\nb"), talk[3], joined]


def test_perplexitys_name_for_the_most_tokens() -> None:
    """`max_completion_tokens` is OpenAI's word: left as it is, the limit would be lost."""
    body, omitted = sent("perplexity", openai(max_completion_tokens=9), "sonar")
    assert (body["max_tokens"], "max_completion_tokens" in body, omitted) == (9, False, ())


@pytest.mark.parametrize(("kind", "most"), [("mistral", 1.5), ("perplexity", 1.99)])
def test_the_temperature_ends_where_the_providers_does(kind: str, most: float) -> None:
    """OpenAI's temperature goes up to 2; a higher one than the target takes is lowered, and that is said."""
    assert sent(kind, openai(temperature=2), "m")[0]["temperature"] == most
    assert sent(kind, openai(temperature=2), "m")[1] == ("temperature",)
    assert sent(kind, openai(temperature=1), "m")[0]["temperature"] == 1
    assert sent(kind, openai(temperature=1), "m")[1] == ()


def test_mistral_gets_no_user_right_after_a_tool() -> None:
    """Between a tool's result and the user's next words stands a turn of the assistant."""
    talk = [user("a"), {"role": "assistant", "tool_calls": [CALL]}]
    result = {"role": "tool", "tool_call_id": "abcdefghi", "content": "r"}
    body, _ = sent("mistral", openai([*talk, result, user("b")]), "mistral-large-latest")
    assert [message["role"] for message in body["messages"]] == ["user", "assistant", "tool", "assistant", "user"]


def test_anthropic_gets_no_text_of_white_space_alone() -> None:
    """A turn of white space says nothing, and Anthropic refuses the whole request for it."""
    talk = [user("a"), {"role": "assistant", "content": "\n\n"}, user("b")]
    body, _ = sent("anthropic", openai(talk), "claude-sonnet-4-5")
    assert [turn["role"] for turn in body["messages"]] == ["user"]
    assert [block["text"] for block in body["messages"][0]["content"]] == ["a", "b"]


@pytest.mark.parametrize(("kind", "model", "most"), [("openai", "gpt-4o", 4), ("gemini", "gemini-2.5-flash", 5)])
def test_stop_sequences_end_where_the_providers_do(kind: str, model: str, most: int) -> None:
    """Anthropic takes any number of stop sequences; where only some can be told, that is said."""
    body, omitted = sent(kind, anthropic(stop_sequences=list("abcdef")), model)
    told = body["stop"] if kind == "openai" else body["generationConfig"]["stopSequences"]
    assert (told, "stop" in omitted) == (list("abcdef")[:most], True)


def test_openais_plain_models_are_not_told_to_reason() -> None:
    """An effort that an Anthropic client asks for would be a 400 of gpt-4o."""
    effort = {"output_config": {"effort": "low"}}
    assert "reasoning_effort" not in sent("openai", anthropic(**effort), "gpt-4o")[0]
    assert sent("openai", anthropic(**effort), "gpt-4o")[1] == ("reasoning_effort",)
    assert sent("openai", anthropic(**effort), "gpt-5")[0]["reasoning_effort"] == "low"


@pytest.mark.parametrize(
    ("model", "effort", "thinking"),
    [
        ("gemini-3-pro-preview", "low", {"thinkingLevel": "low"}),
        ("gemini-2.5-flash", "low", {"thinkingBudget": 1024}),
        ("gemini-2.5-pro", "high", {"thinkingBudget": 24576}),
        ("gemini-2.5-pro", "none", {"thinkingBudget": 128}),
        ("gemini-2.5-flash", "none", {"thinkingBudget": 0}),
    ],
)
def test_gemini_is_told_of_thinking_as_its_generation_knows_it(
    model: str, effort: str, thinking: dict[str, Any]
) -> None:
    """Words from Gemini 3 on, tokens before."""
    config = sent("gemini", openai(reasoning_effort=effort), model)[0]["generationConfig"]["thinkingConfig"]
    config.pop("includeThoughts", None)
    assert config == thinking


def test_a_gemini_that_does_not_think_is_not_told_to() -> None:
    """Gemini 2.0 refuses any word about thinking; that it was left out is said, unless it was a wish for none."""
    body, omitted = sent("gemini", openai(reasoning_effort="high"), "gemini-2.0-flash")
    assert ("generationConfig" in body, omitted) == (False, ("reasoning",))
    assert sent("gemini", openai(reasoning_effort="none"), "gemini-2.0-flash")[1] == ()


@pytest.mark.parametrize(
    ("model", "limit", "thinking", "most", "omitted"),
    [
        ("claude-sonnet-4-6", {}, {"type": "adaptive"}, 4096, False),
        ("claude-opus-4-6", {}, {"type": "adaptive"}, 4096, False),
        ("claude-sonnet-4-5", {}, {"type": "enabled", "budget_tokens": 4096}, 8192, False),
        ("claude-sonnet-4-5", {"max_tokens": 3000}, {"type": "enabled", "budget_tokens": 2999}, 3000, False),
        ("claude-sonnet-4-5", {"max_tokens": 500}, None, 500, True),
        ("claude-3-5-haiku-latest", {}, None, 4096, True),
    ],
)
def test_claude_is_told_of_an_effort_as_its_generation_knows_it(
    model: str, limit: dict[str, int], thinking: dict[str, Any] | None, most: int, omitted: bool
) -> None:
    """Adaptive thinking came with Opus 4.6: those before it are given a budget, and those that do not think are not told."""
    body, left_out = sent("anthropic", openai(reasoning_effort="medium", **limit), model)
    assert (body.get("thinking"), body["max_tokens"], "reasoning" in left_out) == (thinking, most, omitted)
    assert ("output_config" in body) == (thinking == {"type": "adaptive"})
