"""The questions that are kept until somebody can answer them, and then their answers until they are fetched.

    keep       the question is on the disk, sealed, before its caller is told that it is kept
    ended      its answer takes its place there, for as long as questions are kept
    fetched    once its caller has it, it goes like any other answer that can be followed again
    expired    nobody could answer it in that time: it ends, and says so for as long again

All of it is written by one thread, in its order. What cannot be written when an answer ends is tried again until it can.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from msgspec import Struct

from sanspanne.answers.keeping import cannot_forget
from sanspanne.answers.kept_answer import KeptAnswer
from sanspanne.answers.kept_store import Entry, Row, Store, asked, ended, entry_of, row_of
from sanspanne.answers.records import Told
from sanspanne.answers.sealing import Sealing
from sanspanne.errors import CallerError, StoreError

SWEEP_SECONDS = 15.0
AGAIN_SECONDS = 5.0  # until an end that could not be written is tried again
T = TypeVar("T")


ONE_KEYS_SHARE = 0.5  # of the room: one caller shall not take the place of all others


class Terms(Struct, frozen=True):
    """For how long questions are kept, and answers that were fetched, in seconds; how many may wait, and their bytes."""

    seconds: float = 86400.0
    fetched_seconds: float = 600.0
    most: int = 1000
    most_bytes: int = 32 * 1024 * 1024


class KeptQuestions:
    """Keeps questions. `tells(key)`: whether that caller has a webhook; `on_ended` hears that one may have to be told."""

    def __init__(
        self,
        store: Store,
        sealing: Sealing,
        terms: Terms,
        *,
        wall: Callable[[], float],
        notice: Callable[[str], None],
        tells: Callable[[str], bool] = lambda key: False,
        on_ended: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._sealing = sealing
        self._terms = terms
        self._wall = wall
        self._notice = notice
        self._tells = tells
        self._on_ended = on_ended
        self._waiting: dict[str, KeptAnswer] = {}  # the one that was asked first comes first
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="kept-questions")
        self._ending: set[asyncio.Task[None]] = set()
        self._closing = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Sweep now, and every 15 s."""
        self.sweep()
        self._timer = asyncio.get_running_loop().call_later(SWEEP_SECONDS, self.start)

    async def close(self) -> None:
        """Return when all is written that can be."""
        if self._timer is not None:
            self._timer.cancel()
        self._closing.set()
        while self._ending:
            await asyncio.wait(self._ending)
        await asyncio.to_thread(self._thread.shutdown)

    # --- while they wait

    async def keep(self, answer: KeptAnswer) -> None:
        """Return when the question is safe. Raises `CallerError` (503): too many are kept, or the disk fails."""
        if answer.is_stored:
            return
        self._admit(answer)
        self.take(answer, answer.created + self._terms.seconds)
        row = row_of(asked(answer, answer.expires), self._sealing, answer.expires)
        try:
            await self._run(lambda: self._store.put(row))
        except StoreError as error:
            del self._waiting[answer.id]
            answer.is_stored = False
            self._notice(f"A question could not be kept for later: {error}")
            raise _refusal("This question cannot be kept at the moment, because the disk fails.") from error

    def take(self, answer: KeptAnswer, expires: float) -> None:
        """From now on this one is among them."""
        answer.expires, answer.is_stored = expires, True
        self._waiting[answer.id] = answer

    def place(self, answer: KeptAnswer) -> int | None:
        """1 for the first of those that wait, and so on; None if it does not wait."""
        waiting = [one for one in self._waiting.values() if one.is_waiting]
        return waiting.index(answer) + 1 if answer in waiting else None

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(answer.is_waiting for answer in self._waiting.values())

    def of_earlier_lives(self) -> list[Entry]:
        """The questions that wait in the store. Raises `StoreError`."""
        entries: list[Entry] = []
        for row in self._store.waiting():
            try:
                entries.append(entry_of(row, self._sealing))
            except StoreError as error:
                self._notice(f"The kept question {row.id} is lost: {error}.")
        return entries

    # --- their ends

    def ended(self, answer: KeptAnswer) -> None:
        """Put its answer in the place of the question, in the background."""
        if self._waiting.pop(answer.id, None) is None or answer.ended is None:
            return
        tell_at = answer.ended if self._tells(answer.caller.key) else None
        row = row_of(ended(answer, answer.expires), self._sealing, answer.ended + self._terms.seconds, tell_at)
        task = asyncio.get_running_loop().create_task(self._write_end(row))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def find(self, key: str, answer_id: str) -> Entry | None:
        """The one of that caller. Raises `CallerError` (503) if the store cannot be read."""
        try:
            row = await self._run(lambda: self._store.find(answer_id))
            if row is None or row.owner != self._sealing.digest(key.encode()):
                return None
            return entry_of(row, self._sealing)
        except StoreError as error:
            self._notice(f"A kept answer could not be read, though its caller asked for it: {error}")
            raise _refusal("What is kept of this answer cannot be read at the moment.") from error

    async def fetched(self, answer: KeptAnswer) -> None:
        """Its caller has seen how it ended."""
        until = self._wall() + self._terms.fetched_seconds
        try:
            await self._run(lambda: self._store.fetched(answer.id, until))
        except StoreError as error:
            self._notice(f"A fetched answer is kept for longer than it need be: {error}")

    async def forget(self, key: str, answer_id: str) -> bool:
        """Drop one of that caller; False if there is none. Raises `CallerError` (503)."""
        self._waiting.pop(answer_id, None)
        owner = self._sealing.digest(key.encode())
        try:
            return await self._run(lambda: self._store.forget(owner, answer_id))
        except StoreError as error:
            self._notice(f"A kept question could not be forgotten, though its caller asked for it: {error}")
            raise cannot_forget() from error

    def sweep(self) -> None:
        """End what nobody could answer in time, and let go of what need not be kept."""
        now = self._wall()
        for answer in list(self._waiting.values()):
            if answer.is_waiting and answer.expires <= now:
                answer.expire(_expired(self._terms.seconds))
        sweeping = asyncio.get_running_loop().run_in_executor(self._thread, self._store.sweep, now)
        sweeping.add_done_callback(self._on_swept)

    def _admit(self, answer: KeptAnswer) -> None:
        kept = list(self._waiting.values())
        if not self._has_room(kept, answer, 1.0):
            told = f"This server keeps as many questions for later as it has room for ({len(kept)})."
            raise _refusal(told, "queue_full")
        mine = [one for one in kept if one.caller.key == answer.caller.key]
        if mine and not self._has_room(mine, answer, ONE_KEYS_SHARE):
            told = f"{len(mine)} questions of yours are kept for later; the rest of the room is for other callers."
            raise _refusal(told, "queue_full")

    def _has_room(self, kept: Sequence[KeptAnswer], answer: KeptAnswer, share: float) -> bool:
        size = sum(len(one.question.body) for one in kept) + len(answer.question.body)
        return len(kept) < share * self._terms.most and size <= share * self._terms.most_bytes

    async def _write_end(self, row: Row) -> None:
        is_told = False
        while True:
            try:
                await self._run(lambda: self._store.end(row))
                break
            except StoreError as error:
                if not is_told:
                    self._notice(f"The answer to a kept question cannot be written, it is tried again: {error}")
                is_told = True
            if self._closing.is_set():
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(AGAIN_SECONDS):
                    await self._closing.wait()
        self._on_ended()

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _on_swept(self, sweeping: asyncio.Future[None]) -> None:
        if not sweeping.cancelled() and (error := sweeping.exception()) is not None:
            self._notice(f"Kept answers that are too old could not be removed: {error}")


def _expired(seconds: float) -> Told:
    return Told(
        410,
        "not_found",
        f"Nobody could answer this question in the {seconds / 3600:.4g} hours for which it was kept. Ask it again.",
        code="answer_expired",
        should_retry=False,
    )


def _refusal(why: str, reason: str = "internal") -> CallerError:
    told = f"{why} Ask again in a while."
    return CallerError(503, "overloaded", told, retry_after=30.0, should_retry=True, reason=reason)
