"""What is kept for a day: whole answers, for the `Idempotency-Key` that began them.

    an answer ends whole --> encrypted, written by a thread of its own --> found again by a digest of both keys

It is written right after its end was told: between the two lie milliseconds, in which our death would have it paid twice.
Those that end meanwhile are written together: a restart finds whole answers in the journal by the thousand. Looking for an
answer never waits for those that are written. Where the store fails, answers go on without it.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from sanspanne.answers import records
from sanspanne.answers.recorded import RecordedAnswer
from sanspanne.errors import CallerError, StoreError

NONCE = 12
TOGETHER = 64  # answers of one write
T = TypeVar("T")


class Finished(Struct, frozen=True, array_like=True):
    """A whole answer, without its question. `last` is the number of its last event; 0: a JSON body."""

    answer_id: str
    key: str
    idempotency_key: str
    body_hash: bytes
    dialect: str
    model: str
    stream: bool
    detached: bool
    request_id: str
    created: float
    name: str
    last: int
    data: bytes
    over: records.Over


class Store(Protocol):
    """Where sealed answers are kept. All of it may be called from any thread and raises `StoreError`."""

    def put(self, rows: Sequence[tuple[bytes, bytes, str, float, bytes]]) -> None:
        """Keep these (lookup, owner, answer's id, when it ended, content), in the place of what each lookup found until now."""
        ...

    def find(self, lookup: bytes, since: float) -> bytes | None:
        """What was kept under `lookup`, unless it is older than `since`."""
        ...

    def forget(self, owner: bytes, answer_id: str) -> bool:
        """Drop an answer of that owner; False if there is none."""
        ...


class Keeping:
    """Keeps whole answers for `seconds`. `key` has 32 bytes; `notice` tells the operator that the store failed."""

    def __init__(
        self, store: Store, key: bytes, seconds: float, wall: Callable[[], float], notice: Callable[[str], None]
    ) -> None:
        self._store = store
        self._key = key
        self._cipher = AESGCM(key)
        self._seconds = seconds
        self._wall = wall
        self._notice = notice
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="kept-answers")  # one: what is put first is there first
        self._finder = ThreadPoolExecutor(1, thread_name_prefix="found-answers")
        self._waiting: list[RecordedAnswer] = []
        self._writing: asyncio.Future[None] | None = None

    def keep(self, answer: RecordedAnswer) -> None:
        """Write a whole answer in the background."""
        self._waiting.append(answer)
        if self._writing is None:
            self._write()

    async def find(self, key: str, idempotency_key: str) -> Finished | None:
        """The answer that this key began, if it is kept."""
        lookup, _ = self._digests(key, idempotency_key)
        since = self._wall() - self._seconds
        try:
            content = await _run(self._finder, lambda: self._store.find(lookup, since))
            return None if content is None else self._opened(content, lookup)
        except (StoreError, InvalidTag, msgspec.DecodeError) as error:
            self._notice(f"A kept answer could not be read, the question is asked again: {error or 'damaged'}")
            return None

    async def forget(self, key: str, answer_id: str) -> bool:
        """Drop an answer of that caller; False if there is none. Raises `CallerError` (503)."""
        _, owner = self._digests(key, "")
        self._waiting = [one for one in self._waiting if (one.caller.key, one.id) != (key, answer_id)]
        try:
            return await _run(self._thread, lambda: self._store.forget(owner, answer_id))
        except StoreError as error:
            self._notice(f"A kept answer could not be forgotten, though its caller asked for it: {error}")
            raise cannot_forget() from error

    async def close(self) -> None:
        """Return when all is written."""
        while self._writing is not None:
            await asyncio.wait([self._writing])
        self._thread.shutdown()
        self._finder.shutdown()

    def _write(self) -> None:
        together, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
        self._writing = asyncio.get_running_loop().run_in_executor(self._thread, self._put, together)
        self._writing.add_done_callback(self._on_written)

    def _put(self, answers: list[RecordedAnswer]) -> None:
        self._store.put([self._sealed(answer) for answer in answers])

    def _sealed(self, answer: RecordedAnswer) -> tuple[bytes, bytes, str, float, bytes]:
        finished = _finished(answer)
        lookup, owner = self._digests(finished.key, finished.idempotency_key)
        nonce = os.urandom(NONCE)
        content = nonce + self._cipher.encrypt(nonce, msgspec.msgpack.encode(finished), lookup)
        return lookup, owner, finished.answer_id, finished.over.at, content

    def _opened(self, content: bytes, lookup: bytes) -> Finished:
        plain = self._cipher.decrypt(content[:NONCE], content[NONCE:], lookup)
        return msgspec.msgpack.decode(plain, type=Finished)

    def _digests(self, key: str, idempotency_key: str) -> tuple[bytes, bytes]:
        """What stands in the table for a caller's Idempotency-Key, and for the caller."""
        owner = hashlib.blake2b(key.encode(), key=self._key, digest_size=32).digest()
        return hashlib.blake2b(owner + idempotency_key.encode(), key=self._key, digest_size=32).digest(), owner

    def _on_written(self, writing: asyncio.Future[None]) -> None:
        self._writing = None
        if not writing.cancelled() and (error := writing.exception()) is not None:
            self._notice(f"Answers could not be kept for their Idempotency-Keys: {error}")
        if self._waiting:
            self._write()


def cannot_forget() -> CallerError:
    """503: what a caller asked to be forgotten is still there."""
    return CallerError(
        503,
        "unavailable",
        "What is kept of this answer could not be removed at the moment. Ask again in a while.",
        retry_after=5.0,
        should_retry=True,
    )


async def _run(thread: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(thread, work)


def _finished(answer: RecordedAnswer) -> Finished:
    question, request = answer.question, answer.request
    assert question.idempotency_key is not None
    assert answer.ended is not None
    return Finished(
        answer_id=answer.id,
        key=answer.caller.key,
        idempotency_key=question.idempotency_key,
        body_hash=question.body_hash,
        dialect=request.dialect,
        model=request.model,
        stream=request.stream,
        detached=answer.detached,
        request_id=answer.request_id,
        created=answer.created,
        name=answer.name,
        last=answer.recording.last,
        data=answer.recording.data,
        over=records.Over(answer.id, answer.state.value, answer.ended, answer.route, answer.told),
    )
