"""The ledger of a whole service while its providers fail."""

import asyncio

import pytest
from conftest_faults import ask, question, serving

from sanspanne import asking
from sanspanne.hooks import AttemptBegun, AttemptEnded, Notice
from sanspanne.ledger.reading import find
from sanspanne.store.sqlite import FILE_NAME, Database
from sanspanne.store.sqlite_ledger import SqliteLedgerStore
from sanspanne.testing import Answer, Fail, ScriptedProvider, Stall

PRICES = {"a/gpt-4o": {"input": 1.0, "output": 2.0}, "b/gpt-4o": {"input": 1.0, "output": 2.0}}


def account(folder, answer_id):
    """What the ledger has of an answer."""
    return find(folder, lambda: SqliteLedgerStore(Database(folder)), answer_id)


def answer_id(service):
    """The answer that was made last."""
    return [fact.answer_id for fact in service.facts.all if isinstance(fact, AttemptEnded)][-1]


@pytest.mark.parametrize("stream", [True, False])
async def test_every_attempt_stands_in_it(stack, tmp_path, stream):
    """A failover leaves both attempts, with what was told of each; the one that was never answered costs nothing."""
    first = await stack.enter_async_context(ScriptedProvider("openai", script=Fail("overloaded")))
    second = await stack.enter_async_context(ScriptedProvider("anthropic", script=Answer("It scatters.")))
    async with serving(tmp_path, {"a": first, "b": second}, prices=PRICES) as service:
        outcome = await ask(service, question(stream=stream))
        assert outcome.whole
        name = answer_id(service)
        ended = [fact for fact in service.facts.all if isinstance(fact, AttemptEnded)]
    kept = account(tmp_path, name)
    assert [(one.target, one.outcome) for one in kept.attempts] == [
        ("a/gpt-4o", "overloaded"),
        ("b/gpt-4o", "answered"),
    ]
    assert kept.answer.outcome == "whole"
    assert kept.attempts[0].settled.free == "unanswered"
    usage = ended[1].usage
    assert (kept.total.input, kept.total.output) == (usage.input, usage.output)
    assert kept.total.cost == usage.input + 2 * usage.output
    assert not kept.total.output_estimated


async def test_beginnings_are_told_before_ends(stack, tmp_path):
    """Every attempt is told when it begins, under a number that is given once, and again when it ends."""
    provider = await stack.enter_async_context(ScriptedProvider("openai", script=Answer("It scatters.")))
    async with serving(tmp_path, {"a": provider}) as service:
        await asyncio.gather(*(ask(service) for _ in range(5)))
        begun = [fact.number for fact in service.facts.all if isinstance(fact, AttemptBegun)]
        told = [fact for fact in service.facts.all if isinstance(fact, AttemptBegun | AttemptEnded)]
    assert begun == [1, 2, 3, 4, 5]
    for number in begun:
        first, last = (fact for fact in told if fact.number == number)
        assert (type(first), type(last)) == (AttemptBegun, AttemptEnded)
        assert last.said == len("It scatters.")


async def test_caller_who_leaves_has_an_account(stack, tmp_path):
    """When the caller leaves in mid-answer, what was read until then is estimated and stands in the ledger."""
    provider = await stack.enter_async_context(ScriptedProvider("openai", script=Stall(after=4)))
    async with serving(tmp_path, {"a": provider}, prices=PRICES) as service:
        asked = asking.ask(service, "Why is the sky blue?", "auto")
        events = asked.events()
        await anext(events)
        await events.aclose()
        name = answer_id(service)
    kept = account(tmp_path, name)
    assert (kept.answer.outcome, kept.attempts[0].outcome) == ("left", "left")
    assert kept.total.output > 0
    assert kept.total.output_estimated


async def test_data_folder_that_cannot_be_written_answers_all_the_same(stack, tmp_path):
    """Without a place for the ledger every question is answered, and the operator is told once."""
    (tmp_path / "data").write_text("a file in the way")
    provider = await stack.enter_async_context(ScriptedProvider("openai", script=Answer("It scatters.")))
    async with serving(tmp_path / "data", {"a": provider}) as service:
        assert (await ask(service)).text == "It scatters."
    notices = [fact.text for fact in service.facts.all if isinstance(fact, Notice) and "ledger" in fact.text]
    assert len(notices) == 1


async def test_nothing_of_what_was_said_is_in_it(stack, tmp_path):
    """Neither the spool nor the database holds a word of the question or of the answer."""
    provider = await stack.enter_async_context(ScriptedProvider("openai", script=Answer("It scatters.")))
    async with serving(tmp_path, {"a": provider}) as service:
        await ask(service)
        kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    kept += (tmp_path / FILE_NAME).read_bytes()
    assert b"a/gpt-4o" in kept
    assert b"scatters" not in kept
    assert b"Bonjour" not in kept
