"""Answers cut at any byte: every shape is a failure at its place, and none of them is hidden."""

from __future__ import annotations

import asyncio

import pytest
from raw_client import ask

from sanspanne.attempts.completeness import Completeness
from sanspanne.chat import ChatRequest, TextDelta
from sanspanne.providers.catalogue import make
from sanspanne.testing import Continuing, Cut, ScriptedProvider, cut_shapes

KINDS = ("openai", "anthropic", "perplexity", "gemini", "mistral")
TEXT = "Une panne ne doit rien coûter à ceux qui écrivent. 停電しても止まらない 🙂 — voilà."
CASES = [(kind, shape) for kind in KINDS for shape in cut_shapes(kind) if shape != "stall"]
WHOLE_TEXT = ("noise", "no_stop", "no_end", "more_after_the_end")


def judged(kind: str, body: bytes) -> tuple[Completeness, str]:
    """What our judge of completeness makes of a stream, and the text of it."""
    reader = make("x", kind, base_url="http://127.0.0.1:9/v1", key="any").reader()
    judge = Completeness(ChatRequest(dialect="x", model="m", stream=True))
    frames = [*reader.feed(body), *reader.close()]
    judge.see(frames)
    return judge, "".join(e.text for frame in frames for e in frame.events if isinstance(e, TextDelta))


@pytest.mark.parametrize("at", [0.3, 0.6, 0.9])
@pytest.mark.parametrize(("kind", "shape"), CASES)
async def test_a_cut_answer_is_not_whole(kind: str, shape: str, at: float) -> None:
    """Our own judge of completeness finds every cut, and what was said before it is the beginning of the text."""
    async with ScriptedProvider(kind, script=Cut(shape, at, Continuing(TEXT))) as provider:
        heard = await ask(provider)
    judge, text = judged(kind, heard.body)
    assert judge.failed or judge.flaw() or not heard.framed_whole or (shape == "noise" and text == TEXT)
    assert shape in WHOLE_TEXT or TEXT.startswith(text)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_stall_says_nothing_more_until_the_client_leaves(kind: str) -> None:
    """A stalled answer keeps its connection and its silence."""
    async with ScriptedProvider(kind, script=Cut("stall", 0.5, Continuing(TEXT))) as provider:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await ask(provider)
        assert await provider.calls[0].wait_until_over() == "left"


def test_a_shape_that_there_is_not_is_named() -> None:
    """A misspelt shape is an error that lists the right ones."""
    with pytest.raises(ValueError, match="half_chunk"):
        Cut("half_chunks", 3, Continuing(TEXT))


@pytest.mark.parametrize("kind", KINDS)
async def test_bytes_that_are_no_text_never_cost_a_word_in_silence(kind: str) -> None:
    """Wherever in a stream such bytes stand, even in the name of a field, the answer is damaged or has every character."""
    async with ScriptedProvider(kind, script=Continuing(TEXT[60:])) as provider:
        size = len((await ask(provider)).body)
        for at in range(0, size - 1, 2):
            provider.script = Cut("noise", at, Continuing(TEXT[60:]))
            judge, text = judged(kind, (await ask(provider)).body)
            assert judge.failed or judge.flaw() or text == TEXT[60:]
