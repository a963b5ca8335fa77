"""Answers that keep questions in a real store, over a pipeline that is absent for a while; clocks of the test's own."""

import asyncio
from contextlib import asynccontextmanager

from msgspec.structs import replace
from scripted_pipeline import ALICE, Pipeline, answers_over, question, until

from sanspanne.answers.answers import Bounds
from sanspanne.answers.kept_questions import KeptQuestions, Terms
from sanspanne.answers.kept_store import entry_of
from sanspanne.answers.sealing import Sealing
from sanspanne.errors import ServerFault, Unanswered
from sanspanne.server.refusals import shutting_down
from sanspanne.store.kept_questions import SqliteKeptQuestions
from sanspanne.store.sqlite import Database

KEY = bytes(range(32))
HOUR = 3600.0
BODY = b'{"model": "m", "stream": %b, "messages": [{"role": "user", "content": "secret-5d"}]}'
NOBODY = Unanswered([ServerFault("refused", reason="refused")])


class Absent(Pipeline):
    """Fails with `error` until it is `back`, then says its words."""

    def __init__(self, *words, error=NOBODY):
        super().__init__(*words or ("Bon", "jour"))
        self.absence, self.back = error, False

    async def produce(self, request, caller, answer_id, route, said=None):
        if not self.back:
            self.started += 1
            raise self.absence
        async for batch in super().produce(request, caller, answer_id, route, said):
            yield batch


class Life:
    """One life of a process over the store in `folder`. `time` is the clock on the wall."""

    def __init__(self, folder, pipeline, terms=None, time=1000.0, key=KEY, store=None, told=None):
        self.pipeline, self.time, self.notices, self.pauses = pipeline, time, [], []
        self.rested = asyncio.Event()
        self.answers = answers_over(
            pipeline, Bounds(seconds=0.0, size=10**9), now=self.now, wall=self.now, sleep=self.sleep
        )
        self.sealing = Sealing(key)
        self.store = store or SqliteKeptQuestions(Database(folder))
        self.kept = KeptQuestions(
            self.store,
            self.sealing,
            terms or Terms(24 * HOUR, 600.0),
            wall=self.now,
            notice=self.notices.append,
            tells=lambda key: told is not None,
            on_ended=lambda: told and told(),
        )
        self.answers.kept = self.kept

    def now(self):
        return self.time

    async def sleep(self, seconds):
        """Time passes only when the test lets it."""
        self.pauses.append(seconds)
        self.rested.clear()
        await self.rested.wait()

    def wake(self):
        """Whoever rests asks again."""
        self.rested.set()

    async def ask(self, stream=True, caller=ALICE, body=None, **how):
        """A question whose caller need not wait."""
        body = body or BODY % (b"true" if stream else b"false")
        asked = question(body, replace(caller, kept=True), stream=stream, **how)
        return await self.answers.record(asked)

    async def defer(self, **how):
        """The same, which nobody could answer: it is kept."""
        answer = await self.ask(**how)
        await until(lambda: self.pauses)
        await self.answers.defer(answer)
        return answer

    async def written(self):
        """Return when all that was to be written is."""
        while self.kept._ending:
            await asyncio.wait(self.kept._ending)
        await self.kept._run(lambda: None)

    def row(self, answer):
        """What the store has of it."""
        row = self.store.find(answer.id)
        return row and entry_of(row, self.sealing)

    def recover(self, journalled=()):
        """Take up what an earlier life has left."""
        self.answers.recover(journalled, self.kept.of_earlier_lives())


@asynccontextmanager
async def life(folder, pipeline, **how):
    """A life with an end."""
    one = Life(folder, pipeline, **how)
    try:
        yield one
    finally:
        await one.answers.close(shutting_down())
        await one.kept.close()
