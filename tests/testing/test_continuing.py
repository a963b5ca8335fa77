"""Scripted providers go on with a beginning exactly where their real counterparts do."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from raw_client import Heard, exchange, request

from sanspanne.chat import Stopped, StopReason, TextDelta, UsageSeen
from sanspanne.providers.catalogue import make
from sanspanne.testing import KINDS, Continuing, ScriptedProvider, unworded

TEXT = "Une panne ? « Sans » elle, rien.\n\n```python\nx = {1: 'é'}\n```\n| a | b |\n停電しても止まらない 🙂🚀 — c'est tout."
PARTIAL = TEXT[:20]
BODY = ("assistant", PARTIAL)
CALLER = [("user", "Que se passe-t-il ?"), BODY]
ASKING = "Your answer was cut off. Repeat what stands between <ancre> and </ancre>, then go on: <ancre>{}</ancre>"
CLAUDE = "claude-haiku-4-5"
THINKS = {"thinking": "Voyons."}
VLLM = {"continue_final_message": True, "add_generation_prompt": False}


def body_of(kind: str, turns: list[tuple[str, str]], **fields: Any) -> dict[str, Any]:
    """A request with these turns; `last` are fields of the last turn."""
    last = fields.pop("last", {})
    if kind == "gemini":
        roles = {"assistant": "model"}
        return {"contents": [{"role": roles.get(r, r), "parts": [{"text": t}]} for r, t in turns], **fields}
    messages = [{"role": role, "content": text} for role, text in turns]
    messages[-1] |= last
    return {"model": "a-model", "max_tokens": 1000, "stream": True, "messages": messages, **fields}


def path_of(kind: str) -> str:
    """Where a provider of this kind is asked for a stream."""
    special = {"gemini": "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse", "anthropic": "/v1/messages"}
    return special.get(kind, "/v1/chat/completions")


async def put(provider: ScriptedProvider, turns: list[tuple[str, str]], path: str = "", **fields: Any) -> Heard:
    """Put a conversation to a provider and hear it to the end."""
    body = body_of(provider.kind, turns, **fields)
    return await exchange(provider, request(path or path_of(provider.kind), body))


def events_of(kind: str, heard: Heard) -> list[Any]:
    """What our own reader finds in it."""
    ours = kind if kind in ("anthropic", "gemini", "perplexity", "mistral", "openai") else "openai-compatible"
    reader = make("x", ours, base_url="http://127.0.0.1:9/v1", key="any").reader()
    return [event for frame in [*reader.feed(heard.body), *reader.close()] for event in frame.events]


def text_of(kind: str, heard: Heard) -> str:
    """The text of it."""
    assert heard.status == 200, heard.body
    return "".join(event.text for event in events_of(kind, heard) if isinstance(event, TextDelta))


@pytest.mark.parametrize("options", [{}, {"sizes": (1, 1)}, {"scatter": 3}, {"sizes": (300, 300)}])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_fresh_question_gets_the_text(kind: str, options: dict[str, Any]) -> None:
    """A question gets the whole text, in whatever pieces it comes, even with its characters in halves."""
    async with ScriptedProvider(kind, script=Continuing(TEXT, **options)) as provider:
        assert text_of(kind, await put(provider, CALLER[:1])) == TEXT


CONTINUES: list[tuple[str, dict[str, Any]]] = [
    ("llama", {}),
    ("ollama", {}),
    ("lmstudio", {}),
    ("llamacpp", {}),
    ("llamacpp", {"chat_template_kwargs": {"enable_thinking": False}}),
    ("vllm", VLLM),
    ("anthropic", {"model": CLAUDE}),
    ("openai-compatible", {"model": "deepseek-chat", "last": {"prefix": True}, "path": "/beta/chat/completions"}),
]


@pytest.mark.parametrize(("kind", "fields"), CONTINUES)
@pytest.mark.parametrize("at", [1, 9, 20, 48, 80, len(TEXT) - 1, len(TEXT)])
async def test_who_can_goes_on_from_the_last_character(kind: str, fields: dict[str, Any], at: int) -> None:
    """Providers that continue a partial turn say what is left of the text and nothing else, from any place."""
    partial = TEXT[:at].rstrip()
    async with ScriptedProvider(kind, script=Continuing(TEXT)) as provider:
        heard = await put(provider, [*CALLER[:1], ("assistant", partial)], **fields)
    assert partial + text_of(kind, heard) == TEXT


async def test_mistral_says_the_prefix_again() -> None:
    """Mistral continues a turn that is marked as a prefix, and begins by repeating it."""
    async with ScriptedProvider("mistral", script=Continuing(TEXT)) as provider:
        heard = await put(provider, CALLER, last={"prefix": True})
    assert text_of("mistral", heard) == TEXT


HISTORY: list[tuple[str, dict[str, Any]]] = [
    ("openai", {}),
    ("gemini", {}),
    ("perplexity", {}),
    ("openai-compatible", {}),
    ("vllm", {}),
    ("vllm", {"continue_final_message": False}),
]


@pytest.mark.parametrize(("kind", "fields"), HISTORY)
async def test_who_takes_it_for_history_begins_again(kind: str, fields: dict[str, Any]) -> None:
    """Providers that do not continue a partial turn open a second answer, from the top."""
    script = Continuing(TEXT)
    async with ScriptedProvider(kind, script=script) as provider:
        assert text_of(kind, await put(provider, CALLER, **fields)) == TEXT
    assert [play.means for play in script.plays.values()] == ["again"]


REFUSES: list[tuple[str, dict[str, Any], str]] = [
    ("anthropic", {"model": "claude-sonnet-5"}, "does not support assistant message prefill"),
    ("anthropic", {"model": "claude-opus-4-6"}, "does not support assistant message prefill"),
    ("anthropic", {"model": CLAUDE, "thinking": {"type": "enabled", "budget_tokens": 1024}}, "thinking"),
    ("mistral", {}, "Assistant with prefix True"),
    ("openai-compatible", {"model": "deepseek-chat"}, "prefix mode on"),
    ("openai-compatible", {"model": "deepseek-chat", "last": {"prefix": True}}, "only available when using beta"),
    ("vllm", {"continue_final_message": True}, "Cannot set both"),
    ("llamacpp", {"chat_template_kwargs": {"enable_thinking": True}}, "incompatible with enable_thinking"),
]


@pytest.mark.parametrize(("kind", "fields", "words"), REFUSES)
async def test_who_cannot_refuses_in_its_own_words(kind: str, fields: dict[str, Any], words: str) -> None:
    """A provider that refuses a partial turn says so with status 400, as the real one does."""
    async with ScriptedProvider(kind, script=Continuing(TEXT)) as provider:
        heard = await put(provider, CALLER, **fields)
    assert heard.status == 400
    assert words in heard.body.decode()


async def test_claude_refuses_white_space_at_the_end() -> None:
    """A Claude that continues still refuses a beginning that ends with white space."""
    async with ScriptedProvider("anthropic", script=Continuing(TEXT)) as provider:
        heard = await put(provider, [*CALLER[:1], ("assistant", "Une ")], model=CLAUDE)
    assert heard.status == 400
    assert b"cannot end with trailing whitespace" in heard.body


async def test_llamacpp_refuses_while_its_model_thinks() -> None:
    """A model that thinks unless told not to is not continued before it is told."""
    async with ScriptedProvider("llamacpp", script=Continuing(TEXT, thinking="Voyons.")) as provider:
        assert (await put(provider, CALLER)).status == 400
        assert (await put(provider, CALLER, chat_template_kwargs={"enable_thinking": False})).status == 200


@pytest.mark.parametrize("kind", KINDS)
async def test_everybody_repeats_an_anchor_and_goes_on(kind: str) -> None:
    """Asked for the last words between the tags, every provider says them verbatim and then what is left."""
    anchor = PARTIAL[-8:]
    turns = [*CALLER, ("user", ASKING.format(anchor))]
    async with ScriptedProvider(kind, script=Continuing(TEXT)) as provider:
        assert text_of(kind, await put(provider, turns)) == anchor + TEXT[20:]


async def test_each_call_has_its_own_wording() -> None:
    """Two calls never say the same, and a continuation fits what was given, whoever worded that."""
    numbers = count(1)
    async with ScriptedProvider("ollama", script=Continuing(TEXT, numbers=numbers)) as provider:
        first = text_of("ollama", await put(provider, CALLER[:1]))
        second = text_of("ollama", await put(provider, CALLER[:1]))
        rest = text_of("ollama", await put(provider, [*CALLER[:1], ("assistant", first[:40])]))
    assert first != second
    assert unworded(first) == unworded(second) == unworded(first[:40] + rest) == TEXT
    assert not set("₁₂") & set(rest)


async def test_the_request_settles_what_is_said_and_not_the_order() -> None:
    """The same requests in another order get the same bytes, so that a run with many at once can be repeated."""
    turns = [[("user", f"Question {n}")] for n in range(5)]

    async def heard(order: list[list[tuple[str, str]]]) -> dict[str, list[str]]:
        async with ScriptedProvider("ollama", script=Continuing(TEXT, seed=7)) as provider:
            pieces = {t[0][1]: events_of("ollama", await put(provider, t)) for t in order}
        return {q: [e.text for e in events if isinstance(e, TextDelta)] for q, events in pieces.items()}

    assert await heard(turns) == await heard(turns[::-1])


async def test_the_text_may_follow_from_the_question() -> None:
    """One script serves many conversations at once: the first question says which text is meant."""
    async with ScriptedProvider("ollama", script=Continuing(str.upper)) as provider:
        assert text_of("ollama", await put(provider, [("user", "abc def")])) == "ABC DEF"
        assert text_of("ollama", await put(provider, [("user", "abc def"), ("assistant", "ABC")])) == " DEF"


async def test_a_limit_of_tokens_ends_a_continuation_too() -> None:
    """The limit is obeyed and counted in tokens, however small the pieces are, and the call keeps what it was given."""
    async with ScriptedProvider("openai", script=Continuing("mot " * 40, sizes=(1, 1))) as provider:
        heard = await put(provider, CALLER[:1], max_tokens=5, stream_options={"include_usage": True})
        assert provider.calls[0].asked is not None
        assert provider.calls[0].asked.max_tokens == 5
    events = events_of("openai", heard)
    assert text_of("openai", heard) == "mot mot mot mot mot"
    assert [e.stop.reason for e in events if isinstance(e, Stopped)] == [StopReason.LENGTH]
    assert [e.usage.output for e in events if isinstance(e, UsageSeen)] == [5]
