"""All answers that are under way, and those that can be followed again.

    open      one attached caller, nothing is kept
    record    `x-sanspanne-detach`, `Idempotency-Key`: it can be joined, and followed again for a while
    defer     `Prefer: respond-async`: nobody can answer in time, so the question is kept

`Idempotency-Key`: within one caller's key, the same idempotency key joins the answer that it began, running or whole; with
another body it is 422. An answer that failed is not given again: a repetition tries anew.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from sanspanne.answers.account import full_account
from sanspanne.answers.answer import DirectAnswer
from sanspanne.answers.book import Book, Unwritten
from sanspanne.answers.earlier import OrEarlier
from sanspanne.answers.keeping import Finished, Keeping
from sanspanne.answers.kept_answer import KeptAnswer
from sanspanne.answers.kept_questions import KeptQuestions
from sanspanne.answers.kept_store import Entry
from sanspanne.answers.later import Later
from sanspanne.answers.opening import opened
from sanspanne.answers.patience import Patience
from sanspanne.answers.question import Question
from sanspanne.answers.recorded import Desk, RecordedAnswer
from sanspanne.answers.records import Kept
from sanspanne.answers.recovery import going_on, kept_for_a_day, over, still_waiting
from sanspanne.answers.refusals import gone, key_reused, unknown
from sanspanne.answers.rendering import Rendering
from sanspanne.answers.route import Caller
from sanspanne.answers.shelf import Shelf
from sanspanne.answers.state import State
from sanspanne.answers.telling import Produce, Telling
from sanspanne.answers.turn import Turn
from sanspanne.chat import ChatRequest
from sanspanne.dialects.base import Dialect
from sanspanne.errors import CallerError, StoreError
from sanspanne.hooks import Hooks
from sanspanne.names import new_name

AT_ONCE = 8  # answers of an earlier life that begin to go on; the others wait until one of these has its next word
NAME = re.compile(r"(ans_|chatcmpl-|msg_)[A-Za-z0-9_-]{1,128}")


class Bounds(Struct, frozen=True):
    """For how long answers can be followed again after their end, in seconds, and their bytes together."""

    seconds: float = 600.0
    size: int = 256 * 1024 * 1024


class Answers:
    """Opens answers and finds them again. `produce` is the pipeline, `explain` what a caller is told of an error."""

    def __init__(
        self,
        produce: Produce,
        hooks: Hooks,
        now: Callable[[], float],
        *,
        dialects: Mapping[str, Dialect],
        explain: Callable[[Exception, str, bool], CallerError],
        bounds: Bounds | None = None,
        wall: Callable[[], float] = time.time,
        new_id: Callable[[], str] = lambda: new_name("ans_"),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._bounds = bounds or Bounds()
        self.or_earlier = OrEarlier(produce)
        self._telling = Telling(self.or_earlier.answer, hooks, now)
        self._dialects = dialects
        self.journal: Book = Unwritten()  # of detached answers, once there is one
        self.keeping: Keeping | None = None  # of whole answers, for their Idempotency-Key
        self.kept: KeptQuestions | None = None  # of questions that nobody could answer in time
        self._shelf = Shelf(self._bounds.seconds, self._bounds.size, now)
        self._wall = wall
        self._new_id = new_id
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._patience = Patience(now, sleep)
        self._later = Later(sleep, random.random)  # for those that are kept already
        self._desk = Desk(self._telling.live, explain, self._shelf.name, self._on_over, wall)

    @property
    def running(self) -> int:
        """How many are under way."""
        return self._telling.running

    def open(self, request: ChatRequest, caller: Caller, *, request_id: str = "") -> DirectAnswer:
        """An answer for one attached caller, who gets its frames."""
        return DirectAnswer(self._new_id(), request, caller, self._telling.live, request_id)

    async def record(self, question: Question, after: int = 0) -> RecordedAnswer:
        """An answer that is recorded, or the one that the same Idempotency-Key began.

        `after` is the number of the last event that the caller has got of it. Raises `CallerError`: 400, 410, 422, 503.
        """
        if question.idempotency_key is None:
            if after:
                raise gone("A stream cannot be taken up by Last-Event-ID alone.")
            return await self._begin(question)
        answer = self._joinable(question, after)
        if answer is None and self.keeping is not None:
            finished = await self.keeping.find(question.caller.key, question.idempotency_key)
            answer = self._joinable(question, after)  # another may have asked the same meanwhile
            if answer is None and finished is not None:
                answer = self._same(self._finished(finished), question)
        if answer is None and after:
            raise gone("No answer is kept for this Idempotency-Key, so its stream cannot be taken up.")
        if answer is None:
            return await self._begin(question)
        answer.require(after)
        if question.detach and not answer.detached and answer.state is State.RUNNING:
            answer.detach(self.journal, opened(answer))
            await self._store(answer)
        return answer

    async def defer(self, answer: KeptAnswer) -> None:
        """Keep the question: it will be answered, and its caller may leave. Raises `CallerError` (503) if it cannot be kept."""
        assert self.kept is not None
        answer.defer()
        try:
            await self.kept.keep(answer)
        except CallerError:
            answer.cancel()
            raise

    def place(self, answer: RecordedAnswer) -> int | None:
        """1 for the kept question that has waited longest, and so on; None for an answer that does not wait so."""
        return self.kept.place(answer) if self.kept is not None and isinstance(answer, KeptAnswer) else None

    async def fetch(self, key: str, name: str) -> RecordedAnswer:
        """The same as `find`, and also what is kept of an answer that was deferred. Raises `CallerError` (404, 410, 503)."""
        if self.kept is not None and self._shelf.find(key, name) is None:
            revived = self._revived(await self.kept.find(key, name))
            if revived is not None and self._shelf.find(key, name) is None:
                self._shelf.put(revived)
                self._shelf.ended(revived)
        answer = self.find(key, name)
        if answer.state is State.EXPIRED:
            answer.check()
        return answer

    def account_of(self, entry: Entry) -> dict[str, Any]:
        """The whole account of a kept question that has ended. Raises `StoreError`."""
        answer = self._revived(entry)
        if answer is None:
            raise StoreError("it is of a later version of this program")
        return full_account(answer, self._dialects[entry.opened.dialect])

    async def fetched(self, answer: RecordedAnswer) -> None:
        """Its caller has been told how it ended."""
        if self.kept is not None and isinstance(answer, KeptAnswer) and answer.state is not State.RUNNING:
            await self.kept.fetched(answer)

    def find(self, key: str, name: str) -> RecordedAnswer:
        """The answer of that id, ours or its own. Raises `CallerError`: 404 for another caller's, 410 for one that is gone."""
        answer = self._shelf.find(key, name)
        if answer is not None and answer.caller.key == key and answer.detached:
            return answer
        if NAME.fullmatch(name) and (answer is None or answer.caller.key == key):
            raise gone(f"The answer {name} is not kept.")
        raise unknown(name)

    async def forget(self, key: str, name: str) -> None:
        """Give up an answer and forget it. Raises `CallerError` (404, 410, 503)."""
        answer = self._shelf.find(key, name)
        if answer is not None and answer.caller.key != key:
            raise unknown(name)
        if answer is not None:
            self._shelf.remove(answer)
            answer.erase()
        answer_id, kept = answer.id if answer else name, False
        if self.kept is not None and (answer is None or isinstance(answer, KeptAnswer)):
            kept = await self.kept.forget(key, answer_id)
        if self.keeping is not None and (answer is None or answer.question.idempotency_key is not None):
            kept = await self.keeping.forget(key, answer_id) or kept
        earlier = self.or_earlier.earlier
        if earlier is not None and (answer is None or answer.caller.earlier):
            kept = await earlier.forget(key, answer_id) or kept
        if answer is None and not kept:
            self.find(key, name)

    def recover(self, kept: Iterable[Kept], waiting: Iterable[Entry] = ()) -> None:
        """Take up the answers of an earlier life; those that were cut short are gone on with, a few at a time.

        `waiting` are the questions that were kept; some of them may have been begun.
        """
        entries = {entry.opened.answer_id: entry for entry in waiting}
        for one in kept:
            if one.opened.answer_id in entries and one.is_lost and not one.said:
                continue  # nobody has seen anything of it: it is asked again
            if one.opened.dialect in self._dialects:  # else it is of a later version
                self._recover(one, entries.pop(one.opened.answer_id, None))
        for entry in entries.values():
            if entry.opened.dialect not in self._dialects:
                continue
            answer = still_waiting(
                entry.opened, self._desk, self.journal, self._dialects[entry.opened.dialect], self._later
            )
            self._take(answer, entry)
            self._shelf.put(answer)
            answer.start()

    def _recover(self, one: Kept, entry: Entry | None) -> None:
        dialect, kind = self._dialects[one.opened.dialect], KeptAnswer if entry else RecordedAnswer
        if one.over is None:
            patience = self._later if entry else self._patience
            answer = going_on(one, self._desk, self.journal, dialect, self._turns, patience, kind)
        else:
            answer = over(one, one.over, self._desk, self.journal, dialect, kind)
        self._take(answer, entry)
        self._shelf.put(answer)
        if one.over is None:
            answer.start()
        else:
            self._on_over(answer, max(0.0, self._wall() - one.over.at))

    def _revived(self, entry: Entry | None) -> RecordedAnswer | None:
        """A kept question that has ended; None if it has not, or is of a later version."""
        if entry is None or entry.over is None or entry.opened.dialect not in self._dialects:
            return None
        dialect = self._dialects[entry.opened.dialect]
        return over(entry.kept, entry.over, self._desk, Unwritten(), dialect, KeptAnswer)

    def _take(self, answer: RecordedAnswer, entry: Entry | None) -> None:
        if entry is not None and self.kept is not None and isinstance(answer, KeptAnswer):
            self.kept.take(answer, entry.expires)

    async def close(self, told: CallerError) -> None:
        """Stop making answers: what is detached stays unfinished in the journal; who still follows is `told`."""
        running = self._shelf.running
        for answer in running:
            answer.hand_over(told)
        for answer in running:
            await answer.settled()

    async def _begin(self, question: Question) -> RecordedAnswer:
        self._shelf.admit(len(question.body))
        is_kept = question.caller.kept and self.kept is not None
        book = self.journal if question.detach or is_kept else Unwritten()
        answer = self._made(question, book, KeptAnswer if is_kept else RecordedAnswer)
        self._shelf.put(answer)
        if isinstance(answer, KeptAnswer):
            later = replace(self._later, is_promised=lambda: answer.is_deferred)
            answer.wait_for(Turn(patience=later))
        else:
            book.append(opened(answer))
        if question.detach or is_kept:
            answer.start()
        if question.detach:
            await self._store(answer)
        return answer

    def _made(self, question: Question, book: Book, kind: type[RecordedAnswer]) -> RecordedAnswer:
        answer_id, created = self._new_id(), self._wall()
        rendering = Rendering(self._dialects[question.request.dialect], question.request, answer_id, created)
        return kind(answer_id, question, self._desk, book, rendering, created)

    async def _store(self, answer: RecordedAnswer) -> None:
        """One that is to go on without its caller, and has not begun, outlives this process too."""
        if self.kept is not None and isinstance(answer, KeptAnswer):
            await self.kept.keep(answer)

    def _joinable(self, question: Question, after: int) -> RecordedAnswer | None:
        answer = self._shelf.find_key(question.caller.key, question.idempotency_key or "")
        if answer is None:
            return None
        given_again = answer.state in (State.RUNNING, State.WHOLE) and not answer.is_given_up
        return self._same(answer, question) if given_again or after else None

    def _same(self, answer: RecordedAnswer, question: Question) -> RecordedAnswer:
        if answer.question.body_hash != question.body_hash:
            raise key_reused()
        return answer

    def _finished(self, finished: Finished) -> RecordedAnswer:
        return kept_for_a_day(finished, self._desk, self._dialects[finished.dialect])

    def _on_over(self, answer: RecordedAnswer, age: float = 0.0) -> None:
        keyed = answer.question.idempotency_key is not None
        if keyed and answer.state is State.WHOLE and self.keeping is not None and self._shelf.holds(answer):
            self.keeping.keep(answer)
        if self.kept is not None and isinstance(answer, KeptAnswer):
            self.kept.ended(answer)
        self._shelf.ended(answer, age)
        asyncio.get_running_loop().call_later(self._bounds.seconds, self._shelf.sweep)
