"""Records become entries, in whatever order they interleave, and again after a death in between."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st
from ledger_helpers import LIFE, PRICE, begun, ended, noted, over, tried

from sanspanne.chat import Usage
from sanspanne.hooks import AttemptEnded, Fact
from sanspanne.ledger.entries import Books, mentioned
from sanspanne.ledger.records import AttemptSaid, Lines, Record

usages = st.none() | st.builds(Usage, st.integers(1, 10**6), st.integers(0, 10**5))
attempts = st.tuples(
    st.sampled_from(["answered", "timeout", "overloaded", "left"]),
    usages,
    st.integers(0, 10**5),
    st.sampled_from([None, 200, 503]),
)


@st.composite
def stories(draw: st.DrawFn) -> list[list[Fact]]:
    """What happens to some answers, each in its own order."""
    told: list[list[Fact]] = []
    number = 0
    for place, tries in enumerate(draw(st.lists(st.lists(attempts, max_size=3), min_size=1, max_size=5))):
        answer = f"ans_{place}"
        story: list[Fact] = [begun(answer)]
        for outcome, usage, said, status in tries:
            number += 1
            story += [
                tried(answer, number, prompt=number),
                over(answer, number, outcome=outcome, usage=usage, said=said, status=status),
            ]
        told.append([*story, ended(answer)])
    return told


def interleaved(told: list[list[Fact]], seed: int) -> list[Fact]:
    """One of the orders in which all of it may have happened."""
    dice, rest, facts = random.Random(seed), [list(story) for story in told], []
    while rest := [story for story in rest if story]:
        facts.append(dice.choice(rest).pop(0))
    return facts


@given(stories(), st.integers(0, 2**32))
def test_sums_agree_with_the_facts(told: list[list[Fact]], seed: int) -> None:
    """Whatever the order, every attempt stands in the ledger once, and tokens and costs sum up to what was told."""
    books = Books()
    books.enter(LIFE, Lines().read(Lines().write(noted(interleaved(told, seed)))))
    facts = [fact for story in told for fact in story if isinstance(fact, AttemptEnded)]
    assert {number for _, number in books.attempts} == {fact.number for fact in facts}
    for fact in facts:
        used = books.attempts[LIFE, fact.number].settled
        assert used is not None
        if fact.status != 200:
            assert (used.input, used.output, used.cost) == (0, 0, 0)
        elif fact.usage is None:
            assert (used.input, used.input_estimated) == (fact.number, True)
        else:
            assert (used.input, used.input_estimated) == (fact.usage.input, False)
            assert used.output == fact.usage.output or used.output_estimated
    costs = [attempt.settled.cost or 0 for attempt in books.attempts.values() if attempt.settled]
    used = [attempt.settled for attempt in books.attempts.values() if attempt.settled]
    assert sum(costs) == sum(one.input * PRICE[0] + one.output * PRICE[1] for one in used) // 1_000_000
    assert {answer.outcome for answer in books.answers.values()} == {"whole"}


@given(stories(), st.integers(0, 2**32), st.data())
def test_entering_again_changes_nothing(told: list[list[Fact]], seed: int, data: st.DataObject) -> None:
    """A part that was entered already, and is entered again because a death came before it was dropped, changes nothing."""
    records = noted(interleaved(told, seed))
    cut = data.draw(st.integers(0, len(records)))
    once, twice = Books(), Books()
    once.enter(LIFE, records)
    twice.enter(LIFE, records[:cut])
    twice.enter(LIFE, records[:cut])
    twice.enter(LIFE, records)
    twice.enter(LIFE, records)
    assert twice == once


@given(stories(), st.integers(0, 2**32))
def test_any_order_of_one_attempt_ends_settled(told: list[list[Fact]], seed: int) -> None:
    """Even if lines of beginnings are lost, every end that was kept stands in the ledger."""
    records: list[Record] = [
        record for record in noted(interleaved(told, seed)) if type(record).__name__.endswith("Closed")
    ]
    books = Books()
    books.enter(LIFE, records)
    answers, numbers = mentioned(LIFE, records)
    assert (books.answers.keys(), books.attempts.keys()) == (answers, numbers)
    assert all(attempt.settled for attempt in books.attempts.values())


def test_death_leaves_what_was_said() -> None:
    """What a dead life left open has died, with the tokens so far as an estimate and the seconds until it was last heard of."""
    books = Books()
    books.enter(LIFE, [*noted([begun(), tried(prompt=50)]), AttemptSaid(1004.0, 1, 400, 0)])
    books.close(LIFE)
    attempt = books.attempts[LIFE, 1]
    assert (books.answers["ans_1"].outcome, attempt.outcome, attempt.seconds) == ("died", "died", 3.0)
    assert attempt.settled is not None
    assert (attempt.settled.input, attempt.settled.output, attempt.settled.output_estimated) == (50, 100, True)
    assert attempt.settled.cost == 50 + 200


def test_answer_taken_up_in_another_life_is_one_answer() -> None:
    """An answer that died and is taken up again is one answer with the attempts of both lives; the old life changes it no more."""
    first, second = noted([begun(), tried()]), noted([begun(), tried(number=1), over(), ended()], at=2000.0)
    books = Books()
    books.enter("1", first)
    books.close("1")
    books.enter("2", second)
    books.enter("1", first)
    books.close("1")
    assert books.answers["ans_1"].outcome == "whole"
    assert books.answers["ans_1"].begun_at == 1000.0
    assert [attempt.outcome for attempt in books.attempts.values()] == ["died", "answered"]


def test_probes_are_not_entered() -> None:
    """A probe belongs to no answer."""
    assert noted([AttemptEnded("", "a/m", "answered", probe=True)]) == []
