"""Questions that nobody could answer in time: kept, asked again, answered or expired, fetched and forgotten."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kept_scene import BODY, HOUR, NOBODY, Absent, life
from scripted_pipeline import BOB, bytes_of, text_of, until

from sanspanne.answers.account import account
from sanspanne.answers.kept_questions import Terms
from sanspanne.answers.later import Later, may_be_answered_later
from sanspanne.answers.records import Kept, Over
from sanspanne.answers.route import Caller
from sanspanne.chat import Rung
from sanspanne.errors import (
    CallerError,
    ClientFault,
    ContentRefused,
    CredentialFailure,
    Overloaded,
    StoreError,
    Unanswered,
)

BUSY = CallerError(503, "overloaded", "busy")
SPENT = CallerError(429, "rate_limit", "used up")


@pytest.mark.parametrize("stream", [True, False])
async def test_it_is_answered_when_somebody_can(stream, tmp_path):
    """A kept question is asked again until it is answered; its answer says from which rung and by whom."""
    async with life(tmp_path, Absent()) as now:
        answer = await now.defer(stream=stream)
        assert (answer.status, now.kept.place(answer)) == ("kept", 1)
        now.wake()
        await until(lambda: len(now.pauses) == 2)
        now.pipeline.back = True
        now.wake()
        data = await bytes_of(answer)
        assert (answer.status, answer.route.rung, answer.route.target) == ("whole", Rung.DEFERRED, "a/m")
        assert now.pipeline.started == 3
        await now.written()
        assert now.row(answer).data == data
    assert b"jour" in data


async def test_in_time_it_is_an_answer_like_any_other(tmp_path):
    """What begins before its caller is sent away is not deferred, and nothing of it is kept."""
    async with life(tmp_path, Absent()) as now:
        now.pipeline.back = True
        answer = await now.ask()
        assert await answer.begins(10.0)
        assert text_of(await bytes_of(answer)) == "Bonjour"
        assert answer.route.rung is None
        assert now.row(answer) is None


@given(st.lists(st.floats(0, 1), min_size=8, max_size=8))
def test_the_pauses_grow_and_are_spread(chances):
    """5, 10, 20, 40, 60, 60 ... seconds, each between 0.8 and 1.2 times that."""
    pauses, numbers = [], iter(chances)

    async def sleep(seconds):
        pauses.append(seconds)
        if len(pauses) == 8:
            raise asyncio.CancelledError

    async def nobody():
        raise NOBODY
        yield

    async def rest(pause):
        await pause

    async def ask():
        with pytest.raises(asyncio.CancelledError):
            await anext(Later(sleep, lambda: next(numbers)).drawn(nobody, rest))

    asyncio.run(ask())
    for pause, usual in zip(pauses, (5, 10, 20, 40, 60, 60, 60, 60), strict=True):
        assert 0.799 * usual <= pause <= 1.201 * usual


@pytest.mark.parametrize(
    ("error", "at_first", "again"),
    [
        (NOBODY, True, True),
        (Unanswered([]), True, True),
        (Unanswered([CredentialFailure("key")]), True, True),
        (BUSY, True, True),
        (SPENT, False, True),
        (Unanswered([Overloaded("busy"), ClientFault("wrong")]), False, False),
        (Unanswered([ContentRefused("no")]), False, False),
        (CallerError(400, "invalid_request", "wrong"), False, False),
    ],
)
def test_what_time_may_mend(error, at_first, again):
    """Want of a provider, of room, or of a budget that was there when it was put; never the request's own fault."""
    assert may_be_answered_later(error, is_promised=False) == at_first
    assert may_be_answered_later(error, is_promised=True) == again


async def test_what_is_final_is_its_end(tmp_path):
    """When the request itself turns out to be at fault, the kept question ends so, and says it when it is fetched."""
    async with life(tmp_path, Absent()) as now:
        answer = await now.defer()
        now.pipeline.absence = ClientFault("max_tokens is too large", status=400)
        now.wake()
        await until(lambda: answer.ended)
        await now.written()
        fetched = await now.answers.fetch("alice", answer.id)
        assert account(fetched)["status"] == "refused"
        assert account(fetched)["error"]["message"] == "max_tokens is too large"


async def test_it_waits_for_a_day_at_most(tmp_path):
    """After that it ends as expired; 410 says so, to followers at once and for as long again to who comes later."""
    async with life(tmp_path, Absent()) as now:
        answer = await now.defer()
        following = asyncio.create_task(bytes_of(answer))
        now.time += 24 * HOUR - 1
        now.kept.sweep()
        await asyncio.sleep(0)
        assert answer.status == "kept"
        now.time += 1
        now.kept.sweep()
        with pytest.raises(CallerError, match="24 hours") as told:
            await following
        assert (told.value.status, answer.status) == (410, "expired")
        await now.written()
        later = now.time
    async with life(tmp_path, Absent(), time=later + 23 * HOUR) as after:
        with pytest.raises(CallerError, match="24 hours"):
            await after.answers.fetch("alice", answer.id)
        after.time += 2 * HOUR
        after.kept.sweep()
        await after.written()
        with pytest.raises(CallerError, match="not kept"):
            await after.answers.fetch("alice", answer.id)


async def test_the_next_life_goes_on_with_it(tmp_path):
    """A question that was kept is taken up by the next process, expires when it would have, and is sealed meanwhile."""
    async with life(tmp_path, Absent()) as before:
        answer = await before.defer()
        for file in tmp_path.iterdir():
            assert b"secret-5d" not in file.read_bytes()
    assert answer.state.value == "running"  # its end is not ours
    async with life(tmp_path, Absent(), time=before.time + HOUR) as now:
        now.recover()
        again = await now.answers.fetch("alice", answer.id)
        assert (again.status, again.expires) == ("kept", answer.expires)
        await until(lambda: now.pauses)
        now.pipeline.back = True
        now.wake()
        assert text_of(await bytes_of(again)) == "Bonjour"
        assert again.route.rung is Rung.DEFERRED


async def test_what_expired_while_we_were_gone(tmp_path):
    """A question whose time ran out between two lives is not asked again: it expires at the start."""
    async with life(tmp_path, Absent()) as before:
        answer = await before.defer()
    async with life(tmp_path, Absent(), time=before.time + 25 * HOUR) as now:
        now.recover()
        again = await now.answers.fetch("alice", answer.id)
        now.kept.sweep()
        await until(lambda: again.ended)
        await now.written()
        with pytest.raises(CallerError, match="24 hours"):
            await now.answers.fetch("alice", answer.id)
        assert now.pipeline.started == 0


async def test_nobody_fetches_it(tmp_path):
    """An answer that nobody has fetched is kept for a day after its end; ten minutes after it was fetched it may go."""
    async with life(tmp_path, Absent()) as now:
        now.pipeline.back = False
        answers = [await now.defer(), await now.defer()]
        now.pipeline.back = True
        now.wake()
        await until(lambda: all(answer.ended for answer in answers))
        await now.written()
        now.time += HOUR
        fetched = await now.answers.fetch("alice", answers[0].id)
        await now.answers.fetched(fetched)
        now.time += 599
        now.kept.sweep()
        assert account(await now.answers.fetch("alice", answers[0].id))["status"] == "whole"
        now.time += 2
        now.kept.sweep()
        await now.written()
        with pytest.raises(CallerError, match="not kept"):
            await now.answers.fetch("alice", answers[0].id)
        now.time += 22 * HOUR
        now.kept.sweep()
        assert text_of((await now.answers.fetch("alice", answers[1].id)).recording.data) == "Bonjour"
        now.time += HOUR
        now.kept.sweep()
        await now.written()
        with pytest.raises(CallerError, match="not kept"):
            await now.answers.fetch("alice", answers[1].id)


async def test_it_is_its_callers_alone(tmp_path):
    """Another key neither sees a kept question nor forgets it, in memory and from the store."""
    async with life(tmp_path, Absent()) as now:
        answer = await now.defer()
        for _ in range(2):
            for ask in (now.answers.fetch, now.answers.forget):
                with pytest.raises(CallerError) as told:
                    await ask("bob", answer.id)
                assert told.value.status in (404, 410)
            now.pipeline.back = True
            now.wake()
            await until(lambda: answer.ended)
            await now.written()
        assert (await now.answers.fetch("alice", answer.id)).status == "whole"


async def test_it_is_given_up(tmp_path):
    """DELETE ends a kept question, takes it out of the store, and the next life does not know it."""
    async with life(tmp_path, Absent()) as now:
        answer = await now.defer()
        other = await now.defer()
        await now.answers.forget("alice", answer.id)
        await until(lambda: answer.ended)
        await now.written()
        assert now.row(answer) is None
        assert now.kept.place(other) == 1
        with pytest.raises(CallerError, match="not kept"):
            await now.answers.fetch("alice", answer.id)
        assert [entry.opened.answer_id for entry in now.kept.of_earlier_lives()] == [other.id]


@pytest.mark.parametrize("terms", [Terms(most=2), Terms(most_bytes=2 * len(BODY) + 10)], ids=["number", "bytes"])
async def test_there_is_room_for_so_many(terms, tmp_path):
    """Beyond the bound in number or bytes a question is not kept, and its caller is told so."""
    async with life(tmp_path, Absent(), terms=terms) as now:
        await now.defer()
        await now.defer(caller=BOB)
        third = await now.ask(caller=Caller("carol"))
        with pytest.raises(CallerError, match=r"room for \(2\)") as told:
            await now.answers.defer(third)
        assert (told.value.status, told.value.should_retry) == (503, True)
        await until(lambda: third.ended)


async def test_one_caller_has_half_the_room(tmp_path):
    """Who has filled half of it is told so, while there is room for another."""
    async with life(tmp_path, Absent(), terms=Terms(most=4)) as now:
        await now.defer()
        await now.defer()
        with pytest.raises(CallerError, match="2 questions of yours") as told:
            await now.defer()
        assert (told.value.status, told.value.reason) == (503, "queue_full")
        await now.defer(caller=BOB)


class Broken:
    """A store whose disk fails as long as `fails`."""

    def __init__(self, inner):
        self.inner, self.fails = inner, False

    def __getattr__(self, name):
        if self.fails:
            raise StoreError("the disk is gone")
        return getattr(self.inner, name)


async def test_a_disk_that_fails(tmp_path, monkeypatch):
    """What cannot be written is not promised: 503. An end that cannot be written is tried again, and is not lost."""
    monkeypatch.setattr("sanspanne.answers.kept_questions.AGAIN_SECONDS", 0.0)
    async with life(tmp_path, Absent()) as now:
        now.kept._store = store = Broken(now.store)
        answer = await now.defer()
        store.fails = True
        unlucky = await now.ask()
        with pytest.raises(CallerError, match="disk fails") as told:
            await now.answers.defer(unlucky)
        assert told.value.status == 503
        now.pipeline.back = True
        now.wake()
        await until(lambda: answer.ended)
        await until(lambda: any("tried again" in notice for notice in now.notices))
        assert now.row(answer).over is None
        store.fails = False
        await now.written()
        assert now.row(answer).over.state == "whole"
        assert not any("secret-5d" in notice for notice in now.notices)


async def test_another_data_key(tmp_path):
    """Questions that cannot be opened are told of, and hold up nobody."""
    async with life(tmp_path, Absent()) as before:
        answer = await before.defer()
    async with life(tmp_path, Absent(), key=bytes(32)) as now:
        now.recover()
        assert answer.id in now.notices[0]
        assert now.answers.running == 0


async def test_who_leaves_before_he_is_told(tmp_path):
    """Until its caller knows where to come again, a question ends with his leaving; unless he asked for it to go on."""
    async with life(tmp_path, Absent()) as now:
        answer = await now.ask()
        with answer.followed(lambda: None):
            await until(lambda: now.pauses)
        await until(lambda: answer.ended)
        detached = await now.ask(detach=True)
        with detached.followed(lambda: None):
            await until(lambda: len(now.pauses) == 2)
        assert now.row(detached) is not None
        now.pipeline.back = True
        now.wake()
        assert text_of(await bytes_of(detached)) == "Bonjour"


async def test_a_repetition_joins_it(tmp_path):
    """The same Idempotency-Key finds the kept question, also in the next life, and never asks it twice."""
    async with life(tmp_path, Absent()) as before:
        answer = await before.defer(key="k")
        assert await before.ask(key="k") is answer
        assert await before.ask(key="k", caller=BOB) is not answer
    async with life(tmp_path, Absent()) as now:
        now.recover()
        assert (await now.ask(key="k")).id == answer.id


@pytest.mark.parametrize("seen", [True, False])
async def test_a_part_of_it_is_lost(seen, tmp_path):
    """The journal was full: what nobody has seen is asked again, what somebody saw a part of ends honestly as broken."""
    async with life(tmp_path, Absent()) as before:
        journalled = []
        before.answers.journal.append = journalled.append
        answer = await before.defer()
        before.pipeline.back, before.pipeline.go = True, asyncio.Semaphore(1)
        before.wake()
        await until(lambda: len(journalled) == 2)
    opened, *said = journalled
    async with life(tmp_path, Absent()) as now:
        now.pipeline.back = True
        now.recover([Kept(opened, said if seen else [], Over(answer.id, "broken", 1000.0))])
        again = await now.answers.fetch("alice", answer.id)
        await until(lambda: again.ended)
        await now.written()
        assert now.row(again).over.state == ("broken" if seen else "whole")


async def test_what_was_begun_is_gone_on_with(tmp_path):
    """Killed in mid-answer: the journal has what was said, the store the question; together they are one answer."""
    async with life(tmp_path, Absent("Bon", "jour")) as before:
        journalled = []
        before.answers.journal.append = journalled.append
        answer = await before.defer()
        before.pipeline.back, before.pipeline.go = True, asyncio.Semaphore(1)
        before.wake()
        await until(lambda: answer.recording.size)
        shown = answer.recording.data
    opened, *said = journalled
    kept = Kept(opened, said, None)
    async with life(tmp_path, Absent("jour")) as now:
        now.recover([kept])
        again = await now.answers.fetch("alice", answer.id)
        assert again.status == "running"
        await until(lambda: now.pauses)
        now.pipeline.back = True
        now.wake()
        data = await bytes_of(again)
        await now.written()
        assert data.startswith(shown)
        assert text_of(data) == "Bonjour"
        assert again.route.rung is Rung.DEFERRED
        assert now.row(again).over.state == "whole"
