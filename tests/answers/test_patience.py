"""Answers of an earlier life, while nobody is there to go on with them: asked for again, and not for ever."""

import asyncio

import msgspec
import pytest
from scripted_pipeline import Book, Pipeline, answers_over, bytes_of, text_of, until
from test_recovery import cut, lived

from sanspanne.answers.answers import AT_ONCE
from sanspanne.answers.patience import may_pass
from sanspanne.answers.records import Kept, Over
from sanspanne.errors import (
    CallerError,
    ClientFault,
    CredentialFailure,
    LocalNetworkFault,
    Obstacle,
    Overloaded,
    RateLimited,
    ServerFault,
    Stalled,
    Unanswered,
)

NOBODY = Unanswered([ServerFault("refused", reason="refused")])


class Absent(Pipeline):
    """Fails with `error` the first `times` times, before its first word, then says its words."""

    def __init__(self, *words, times, error=NOBODY):
        super().__init__(*words)
        self.times, self.absence = times, error

    async def produce(self, request, caller, answer_id, route, said=None):
        if self.started < self.times:
            self.started += 1
            route.attempts += 1
            raise self.absence
        async for batch in super().produce(request, caller, answer_id, route, said):
            yield batch


class Sleeper:
    """A clock that moves on when somebody sleeps; `gate` holds the sleepers back."""

    def __init__(self):
        self.now, self.pauses = 0.0, []
        self.gate = asyncio.Event()
        self.gate.set()

    def __call__(self):
        return self.now

    async def sleep(self, seconds):
        self.pauses.append(seconds)
        await self.gate.wait()
        self.now += seconds


def next_life(pipeline, sleeper, *lives):
    """Answers that have taken up these, and their journal."""
    answers, book = answers_over(pipeline, now=sleeper, sleep=sleeper.sleep), Book()
    book.when_written = lambda call: call()
    answers.journal = book
    answers.recover(lives)
    return answers, book


async def test_it_is_asked_again_until_somebody_is_there():
    """The pauses double up to five seconds; then the answer goes on as if nothing had been, and its end is told once."""
    life = await lived(Pipeline("un", "deux"))
    pipeline, sleeper = Absent("deux", times=6), Sleeper()
    answers, _ = next_life(pipeline, sleeper, cut(life, 1))
    answer = answers.find("alice", life.opened.answer_id)
    whole = await bytes_of(answer)
    assert sleeper.pauses == [0.5, 1, 2, 4, 5, 5]
    assert (text_of(whole), answer.state, answer.route.attempts) == ("undeux", "whole", 1)
    assert [fact.outcome for fact in answers.facts] == ["whole"]


async def test_not_for_ever():
    """After a minute it ends, broken, with the error in its own bytes."""
    life = await lived(Pipeline("un", "deux"))
    sleeper = Sleeper()
    answers, _ = next_life(Absent(times=1000), sleeper, cut(life, 1))
    answer = answers.find("alice", life.opened.answer_id)
    assert b"error" in await bytes_of(answer)
    assert (answer.state, 55 < sleeper.now <= 60) == ("broken", True)


@pytest.mark.parametrize("error", [Unanswered([CredentialFailure("no")]), LocalNetworkFault("we died")])
async def test_what_would_not_change_ends_at_once(error):
    """A refusal is no absence, nor is an answer that nobody could continue."""
    life = await lived(Pipeline("un", "deux"))
    sleeper = Sleeper()
    answers, _ = next_life(Absent(times=1, error=error), sleeper, cut(life, 1))
    answer = answers.find("alice", life.opened.answer_id)
    assert b"error" in await bytes_of(answer)
    assert (answer.state, sleeper.pauses) == ("broken", [])


async def test_what_was_said_is_not_asked_for_again():
    """Once there was a new word, a failure is the end."""
    life = await lived(Pipeline("un", "deux"))
    pipeline, sleeper = Pipeline("deux", error=NOBODY), Sleeper()
    answers, _ = next_life(pipeline, sleeper, cut(life, 1))
    answer = answers.find("alice", life.opened.answer_id)
    assert text_of(await bytes_of(answer)) == "undeux"
    assert (answer.state, pipeline.started, sleeper.pauses) == ("broken", 1, [])


async def test_who_waits_holds_no_turn():
    """However many wait for somebody to be there, all the others are asked for too."""
    life = await lived(Pipeline("un", "deux"))
    lives = [
        Kept(replaced(life.opened, f"ans_{number}"), renamed(life.said[:1], f"ans_{number}"), None)
        for number in range(3 * AT_ONCE)
    ]
    pipeline, sleeper = Absent("deux", times=3 * AT_ONCE), Sleeper()
    sleeper.gate.clear()
    answers, _ = next_life(pipeline, sleeper, *lives)
    await until(lambda: len(sleeper.pauses) == 3 * AT_ONCE)
    sleeper.gate.set()
    for each in lives:
        assert text_of(await bytes_of(answers.find("alice", each.opened.answer_id))) == "undeux"


def replaced(opened, answer_id):
    """The same question under another id."""
    return msgspec.structs.replace(opened, answer_id=answer_id, idempotency_key=None)


def renamed(said, answer_id):
    """The same words of another answer."""
    return [msgspec.structs.replace(one, answer_id=answer_id) for one in said]


async def test_the_wait_ends_with_this_life():
    """When the server stops in the middle of it, the answer stays unfinished in the journal, and its end is not told."""
    life = await lived(Pipeline("un", "deux"))
    sleeper = Sleeper()
    sleeper.gate.clear()
    answers, book = next_life(Absent(times=9), sleeper, cut(life, 1))
    await until(lambda: sleeper.pauses)
    await answers.close(CallerError(503, "unavailable", "stops"))
    assert (book.records, answers.facts) == ([], [])


async def test_the_wait_ends_when_it_is_forgotten():
    """Who deletes the answer in the middle of it has it forgotten, and nobody is asked any more."""
    life = await lived(Pipeline("un", "deux"))
    pipeline, sleeper = Absent("deux", times=1), Sleeper()
    sleeper.gate.clear()
    answers, book = next_life(pipeline, sleeper, cut(life, 1))
    answer = answers.find("alice", life.opened.answer_id)
    await until(lambda: sleeper.pauses)
    await answers.forget("alice", answer.id)
    await answer.settled()
    sleeper.gate.set()
    assert (answer.state, pipeline.started) == ("left", 1)
    assert not any(isinstance(record, Over) for record in book.records)


@pytest.mark.parametrize(
    ("failures", "obstacles", "passes"),
    [
        ([LocalNetworkFault("no route"), Stalled("late"), Overloaded("full"), RateLimited("later")], [], True),
        ([ServerFault("x", reason="refused"), ServerFault("x", status=503)], [], True),
        ([ServerFault("x", reason="incomplete")], [], False),
        ([Stalled("late"), ClientFault("wrong")], [], False),
        ([], [Obstacle("rests", retry_after=1.0), Obstacle("no key", ours=True)], True),
        ([], [Obstacle("no key", ours=True)], False),
    ],
)
def test_what_may_pass(failures, obstacles, passes):
    """Nobody reached, nobody with room: that passes; a refusal, a bad answer, a key of ours does not."""
    assert may_pass(Unanswered(failures, [("a/m", obstacle) for obstacle in obstacles])) is passes
