"""Who waits in the queue is told so on his stream: soon if he has detached his answer, and whenever his place changes."""

from __future__ import annotations

import asyncio

from recorded_edge import CHAT, DETACHED, DIALECTS, Follower, Pipeline, body, recording
from scripted_edge import serving

from sanspanne.answers.answers import Answers
from sanspanne.errors import ServerFault, Unanswered
from sanspanne.server.queue import WAITING
from sanspanne.server.stream import Patience

NEVER = 3600.0


class Places:
    """What a waiting line says, and how often it was asked for."""

    def __init__(self, words: str) -> None:
        self.words, self.looked = words, 0
        self.names: set[str] = set()  # whose place it was
        self._looks = asyncio.Condition()

    def __call__(self, answer_id: str) -> str:
        self.looked += 1
        self.names.add(answer_id)
        asyncio.get_running_loop().create_task(self._notify())
        return self.words

    async def looks(self, more: int) -> None:
        """Until it was asked for so many times more."""
        until = self.looked + more
        async with asyncio.timeout(10), self._looks:
            await self._looks.wait_for(lambda: self.looked >= until)

    async def _notify(self) -> None:
        async with self._looks:
            self._looks.notify_all()


def patience(places: Places) -> Patience:
    """Nothing but another place breaks this silence."""
    return Patience(hold=NEVER, comment_every=NEVER, place_every=0.01, words=places)


def edge(answers: Answers, places: Places):
    """An edge over these answers."""
    chat, messages = DIALECTS.values()
    return serving(chat=chat, messages=messages, answers=answers, patience=patience(places))


async def test_every_place_is_told_once() -> None:
    """The head goes out with the first place, long before the usual time; a place is told when it is new, and not again."""
    places, pipeline = Places("place 2"), Pipeline("Bonjour")
    async with edge(recording(pipeline), places) as served:
        follower = await Follower(served).ask("POST", CHAT, body(), **DETACHED)
        assert b" 200 " in follower.head.partition(b"\r\n")[0]
        said = await follower.until(b"place 2\n")
        await places.looks(3)
        places.words = "place 1"
        said += await follower.until(b"place 1\n")
        places.words = WAITING
        await places.looks(2)
        pipeline.say_all()
        said += await follower.rest()
    assert (said.count(b"place 2"), said.count(b"place 1")) == (1, 1)
    assert WAITING.encode() not in said
    assert said.index(b"place 1") < said.index(b"target=openai/gpt-4o") < said.index(b"Bonjour")


async def test_who_waits_in_no_queue_hears_the_truth_by_status() -> None:
    """Without a place to tell, the head is held as for everybody: a failure is a status, not words in a stream."""
    places = Places(WAITING)
    pipeline = Pipeline(error=Unanswered([ServerFault("refused", reason="refused")]))
    async with edge(recording(pipeline), places) as served:
        asking = asyncio.create_task(Follower(served).ask("POST", CHAT, body(), **DETACHED))
        await places.looks(3)
        pipeline.say_all()
        follower = await asking
    assert b" 503 " in follower.head.partition(b"\r\n")[0]


async def test_who_must_stay_is_not_told_early() -> None:
    """An answer that is not detached cannot be asked for later, so its head is held for its status, queue or not."""
    places, pipeline = Places("place 2"), Pipeline("Bonjour")
    async with edge(recording(pipeline), places) as served:
        asking = asyncio.create_task(Follower(served).ask("POST", CHAT, body(), idempotency_key="key-1"))
        async with asyncio.timeout(10):
            while not pipeline.started:
                await asyncio.sleep(0)
        detached = await Follower(served).ask("POST", CHAT, body(), **DETACHED)
        await places.looks(3)
        pipeline.say(4)
        said = await (await asking).rest()
        await detached.rest()
    assert places.names == {detached.answer_id}
    assert b"place" not in said
