"""Whole answers, kept for a day for their Idempotency-Key."""

import asyncio
import threading

import pytest
from scripted_pipeline import BOB, Pipeline, answers_over, bytes_of, question, text_of

from sanspanne.answers.answers import Bounds
from sanspanne.answers.keeping import Keeping
from sanspanne.errors import CallerError, ServerFault, StoreError
from sanspanne.store.kept_answers import SqliteKeptAnswers
from sanspanne.store.sqlite import Database

DAY = 86_400.0
KEY = bytes(range(32))


class Unusable:
    """A store whose disk is gone."""

    def put(self, *row):
        raise StoreError("the disk is gone")

    find = forget = put


class Slow(SqliteKeptAnswers):
    """A store that writes only when it may."""

    def __init__(self, folder):
        super().__init__(Database(folder), DAY)
        self.may_write, self.puts = threading.Event(), []

    def put(self, *row):
        self.may_write.wait()
        self.puts.append(len(row[0]))
        super().put(*row)


class Scene:
    """Answers with a store; `restarted` gives the next process over the same store."""

    def __init__(self, folder, pipeline, key=KEY, store=None):
        self.folder, self.pipeline, self.notices, self.time = folder, pipeline, [], [1000.0]
        store = store or SqliteKeptAnswers(Database(folder), DAY)
        # nothing stays in memory, so that everything that is given again comes out of the store
        self.answers = answers_over(pipeline, Bounds(seconds=0.0, size=10**9), now=self.now, wall=self.now)
        self.answers.keeping = Keeping(store, key, DAY, self.now, self.notices.append)

    def now(self):
        return self.time[0]

    async def ask(self, **how):
        """What the answer to a question is; its end is on the disk."""
        answer = await self.answers.record(question(key="k", **how))
        data = await bytes_of(answer)
        while self.answers.keeping._writing:
            await asyncio.sleep(0.001)
        self.time[0] += 1.0
        return answer, data


@pytest.fixture
async def scene(tmp_path):
    """A scene with one short answer."""
    scene = Scene(tmp_path, Pipeline("un", "deux"))
    yield scene
    await scene.answers.keeping.close()


async def test_a_whole_answer_is_kept_for_a_day(scene):
    """A repetition gets the same bytes under the same id for a day, and the question is asked again after it."""
    first, data = await scene.ask()
    again, same = await scene.ask()
    assert (again.id, same, again.state, again.route) == (first.id, data, "whole", first.route)
    assert text_of(data) == "undeux"
    assert scene.pipeline.started == 1
    scene.time[0] += DAY
    await scene.ask()
    assert scene.pipeline.started == 2


async def test_a_kept_answer_can_be_joined_in_its_middle(scene):
    """Also of an answer out of the store a caller can ask for the events that he misses."""
    _, data = await scene.ask()
    answer = await scene.answers.record(question(key="k"), after=1)
    assert await bytes_of(answer, 1) == data[data.index(b"id: 2\n") :]


async def test_the_body_is_compared_for_a_day(scene):
    """Another body under the same key is 422 also when the answer is only in the store; another caller has his own."""
    await scene.ask()
    with pytest.raises(CallerError) as told:
        await scene.answers.record(question(b"other", key="k"))
    assert told.value.status == 422
    await scene.ask(caller=BOB)
    assert scene.pipeline.started == 2


async def test_failures_are_not_kept(tmp_path):
    """An answer that broke off is asked for anew."""
    scene = Scene(tmp_path, Pipeline("un", error=ServerFault("broke")))
    await scene.ask()
    await scene.ask()
    assert scene.pipeline.started == 2
    await scene.answers.keeping.close()


async def test_forgetting_reaches_the_store(scene):
    """A forgotten answer is not given again, though it was only in the store."""
    answer, _ = await scene.ask()
    with pytest.raises(CallerError):
        await scene.answers.forget("bob", answer.id)
    await scene.answers.forget("alice", answer.id)
    await scene.ask()
    assert scene.pipeline.started == 2


async def test_forgetting_says_when_it_cannot():
    """A store that fails is 503 for whom it has an answer of, and no concern of whoever never had one in it."""
    notices = []
    answers = answers_over(Pipeline("un"))
    answers.keeping = Keeping(Unusable(), KEY, DAY, lambda: 0.0, notices.append)
    keyed, unkeyed = [await answers.record(question(key=key, detach=True)) for key in ("k", None)]
    notices.clear()  # that the key could not be looked up
    await answers.forget("alice", unkeyed.id)
    assert notices == []
    with pytest.raises(CallerError) as told:
        await answers.forget("alice", keyed.id)
    assert (told.value.status, len(notices)) == (503, 1)
    await answers.keeping.close()


async def test_another_data_key_reads_nothing(scene):
    """Without the key nothing can be found: the question is asked again."""
    await scene.ask()
    other = Scene(scene.folder, Pipeline("trois"), key=bytes(32))
    _, data = await other.ask()
    assert text_of(data) == "trois"
    await other.answers.keeping.close()


async def test_a_store_that_fails_costs_no_answer(tmp_path):
    """When the store cannot be used, answers are given all the same, and the operator is told."""
    scene = Scene(tmp_path, Pipeline("un"), store=Unusable())
    _, data = await scene.ask()
    assert text_of(data) == "un"
    assert len(scene.notices) == 2
    assert all("disk is gone" in notice for notice in scene.notices)
    await scene.answers.keeping.close()


async def test_only_what_was_asked_for_with_a_key_is_kept(scene):
    """A detached answer without Idempotency-Key is not in the store."""
    answer = await scene.answers.record(question(detach=True))
    await bytes_of(answer)
    assert not scene.answers.keeping._writing


async def test_a_question_does_not_wait_for_what_is_written(tmp_path):
    """While the store still writes answers, another one is looked for, and given."""
    store = Slow(tmp_path)
    scene = Scene(tmp_path, Pipeline("un"), store=store)
    try:
        async with asyncio.timeout(10):
            await bytes_of(await scene.answers.record(question(key="first")))
            await bytes_of(await scene.answers.record(question(key="second")))
        assert not store.puts
    finally:
        store.may_write.set()
    await scene.answers.keeping.close()
    assert sum(store.puts) == 2


async def test_many_are_written_together(tmp_path):
    """However many answers wait to be kept, one who ends the process does not wait for as many writes; all are kept."""
    store = Slow(tmp_path)
    scene = Scene(tmp_path, Pipeline("un"), store=store)
    for number in range(100):
        await bytes_of(await scene.answers.record(question(key=f"k{number}")))
    store.may_write.set()
    await scene.answers.keeping.close()
    assert sum(store.puts) == 100
    assert len(store.puts) <= 3
