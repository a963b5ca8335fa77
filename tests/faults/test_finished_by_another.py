"""Broken answers that another target finishes, one promise at a time."""

from itertools import count

import pytest
from conftest_faults import ask, question, serving

from sanspanne.errors import ContentRefused
from sanspanne.testing import Answer, Continuing, Cut, ScriptedProvider, unworded

TEXT = (
    "Une panne ne prévient pas : elle arrive un mardi, vers onze heures. Le réseau, lui, n'a pas d'avis ; il coupe au milieu "
    "d'un mot et s'en va. Qui écrit la suite doit d'abord savoir où l'autre s'est arrêté."
)
CHAIN = ["first/gpt-4o", "second/llama3.2"]


async def pair(stack, tmp_path, first, second, kinds=("openai", "llama")):
    """A service over two providers that play these scripts, and the two."""
    providers = {}
    for name, kind, script in zip(("first", "second"), kinds, (first, second), strict=True):
        providers[name] = await stack.enter_async_context(ScriptedProvider(kind, script=script))
    service = await stack.enter_async_context(serving(tmp_path, providers, chain=CHAIN))
    return service, *providers.values()


@pytest.mark.parametrize("kind", ["llama", "gemini", "anthropic", "mistral"])
async def test_each_says_its_own_words_and_all_is_said_once(kind, tmp_path, stack):
    """Every call words its answer differently; what was given by one is continued in the words of the other."""
    numbers = count(1)
    first = Cut("reset", 0.5, Continuing(TEXT, numbers=numbers))
    service, _, _ = await pair(stack, tmp_path, first, Continuing(TEXT, numbers=numbers), ("openai", kind))
    outcome = await ask(service)
    assert outcome.whole, outcome.error
    assert unworded(outcome.text) == TEXT
    (seam,) = outcome.route.seams
    assert seam.exact
    assert "₂" not in outcome.text[: seam.at]
    assert "₁" not in outcome.text[seam.at :]


@pytest.mark.parametrize("shape", ["no_stop", "no_end", "more_after_the_end"])
@pytest.mark.parametrize("kind", ["llama", "openai"])
async def test_an_answer_that_lacks_nothing_but_its_end_gets_one(shape, kind, tmp_path, stack):
    """Where all was said the next target adds nothing, and the answer is whole: two calls, no failure of anybody's else."""
    first = Cut(shape, 0.5, Continuing(TEXT))
    service, _, _ = await pair(stack, tmp_path, first, Continuing(TEXT), ("openai", kind))
    outcome = await ask(service)
    assert outcome.whole, outcome.error
    assert outcome.text == TEXT
    assert [fact.outcome for fact in service.facts.attempts()] == ["server_error", "answered"]


@pytest.mark.parametrize("kind", ["llama", "openai"])
async def test_the_limit_of_tokens_is_for_both_together(kind, tmp_path, stack):
    """Who goes on may say only what the caller's limit has left."""
    first = Cut("close", 0.7, Continuing(TEXT))
    service, _, second = await pair(stack, tmp_path, first, Continuing(TEXT), ("openai", kind))
    outcome = await ask(service, question(max_tokens=400))
    assert outcome.text == TEXT
    limit = second.calls.chats[0].asked.max_tokens
    assert 250 < limit < 400


@pytest.mark.parametrize("shape", ["no_end", "more_after_the_end", "stop_then_error"])
async def test_a_refusal_whose_end_is_lost_is_nobody_elses_question(shape, tmp_path, stack):
    """A provider that refused and then broke has refused: nobody else is asked to go on with its words."""
    first = Cut(shape, 0.9, Answer("", refusal="I cannot help with that, and I say so in a few words."))
    service, _, second = await pair(stack, tmp_path, first, Continuing(TEXT), ("anthropic", "openai"))
    outcome = await ask(service)
    assert isinstance(outcome.error, ContentRefused)
    assert not second.calls.chats
