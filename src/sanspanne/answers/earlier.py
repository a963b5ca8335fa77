"""The caller's own earlier answer to the same question, when nobody can answer it now (`x-sanspanne-earlier: true`).

    whole        --> kept, sealed, for some days, under a digest of the caller's key and the question's meaning
    nobody there --> given again, as from the rung `cached`, with the time at which it was given first

Never another caller's; never an answer of the model on board, one that broke off and was finished by another, or one with
tools; never one of a provider that `x-sanspanne-allow` leaves out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from typing import Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from sanspanne.answers.keeping import cannot_forget
from sanspanne.answers.later import may_be_answered_later
from sanspanne.answers.meaning import meaning
from sanspanne.answers.route import Caller, Route
from sanspanne.answers.sealing import Sealing
from sanspanne.answers.telling import Produce
from sanspanne.chat import Batches, Begun, ChatRequest, Earlier, Event, Frame, Rung, Target, TextDelta
from sanspanne.errors import CallerError, StoreError, Unanswered
from sanspanne.stitch.said import Said

GIVEN_AGAIN = (Rung.PRIMARY, Rung.FALLBACK)


class Given(Struct, frozen=True, array_like=True):
    """An answer that was given: all that it said, by whom, and when it ended, in seconds since 1970."""

    events: tuple[Event, ...]
    target: str
    at: float


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


LONGEST_WAIT = 5.0  # seconds that a better answer than the earlier one is waited for


class EarlierAnswers:
    """Keeps whole answers for `seconds` and finds them again."""

    def __init__(
        self,
        store: Store,
        sealing: Sealing,
        seconds: float,
        wall: Callable[[], float],
        notice: Callable[[str], None],
    ) -> None:
        self._store = store
        self._sealing = sealing
        self._seconds = seconds
        self._wall = wall
        self._notice = notice
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="earlier-answers")

    def keep(self, key: str, meant: bytes, answer_id: str, target: str, events: Sequence[Event]) -> None:
        """Keep a whole answer, in the background."""
        given = Given(tuple(events), target, self._wall())
        writing = asyncio.get_running_loop().run_in_executor(self._thread, self._put, key, meant, answer_id, given)
        writing.add_done_callback(self._on_written)

    async def find(self, caller: Caller, meant: bytes) -> Given | None:
        """The caller's answer to a question of that meaning, if there is one that he may see."""
        lookup, since = self._lookup(caller.key, meant), self._wall() - self._seconds
        loop = asyncio.get_running_loop()
        try:
            sealed = await loop.run_in_executor(self._thread, self._store.find, lookup, since)
            if sealed is None:
                return None
            given = msgspec.msgpack.decode(self._sealing.open(sealed, lookup), type=Given)
        except (StoreError, msgspec.DecodeError) as error:
            self._notice(f"An earlier answer could not be read: {error}")
            return None
        return given if caller.allows(given.target.partition("/")[0]) else None

    async def forget(self, key: str, answer_id: str) -> bool:
        """Drop an answer of that caller; False if there is none. Raises `CallerError` (503)."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, self._store.forget, self._owner(key), answer_id)
        except StoreError as error:
            self._notice(f"An earlier answer could not be forgotten, though its caller asked for it: {error}")
            raise cannot_forget() from error

    async def close(self) -> None:
        """Return when all is written."""
        await asyncio.to_thread(self._thread.shutdown)

    def _put(self, key: str, meant: bytes, answer_id: str, given: Given) -> None:
        lookup = self._lookup(key, meant)
        plain = msgspec.msgpack.encode(replace(given, events=joined(given.events)))
        content = self._sealing.seal(plain, lookup)
        self._store.put([(lookup, self._owner(key), answer_id, given.at, content)])

    def _lookup(self, key: str, meant: bytes) -> bytes:
        return self._sealing.digest(key.encode(), meant)

    def _owner(self, key: str) -> bytes:
        return self._sealing.digest(key.encode())

    def _on_written(self, writing: asyncio.Future[None]) -> None:
        if not writing.cancelled() and (error := writing.exception()) is not None:
            self._notice(f"An answer could not be kept for the case that nobody can answer: {error}")


class OrEarlier:
    """The pipeline, and when it has no answer, the caller's earlier one. `earlier` None: there is no disk for it."""

    def __init__(self, produce: Produce) -> None:
        self._produce = produce
        self.earlier: EarlierAnswers | None = None

    def answer(
        self, request: ChatRequest, caller: Caller, answer_id: str, route: Route, said: Said | None = None
    ) -> Batches:
        """See `Produce`."""
        meant = meaning(request) if caller.earlier and self.earlier is not None and said is None else None
        if meant is None or self.earlier is None:
            return self._produce(request, caller, answer_id, route, said)
        return self._answer(request, caller, answer_id, route, self.earlier, meant)

    async def _answer(
        self, request: ChatRequest, caller: Caller, answer_id: str, route: Route, earlier: EarlierAnswers, meant: bytes
    ) -> Batches:
        events: list[Event] = []
        if await earlier.find(caller, meant) is not None:  # nothing need be kept for him, and he need not wait for long
            caller = replace(caller, kept=False, wait=min(LONGEST_WAIT, caller.wait or LONGEST_WAIT))
        try:
            async with aclosing(self._produce(request, caller, answer_id, route)) as batches:
                async for batch in batches:
                    events += (event for frame in batch for event in frame.events)
                    yield batch
        except (Unanswered, CallerError) as error:
            is_nobody_there = not events and may_be_answered_later(error, is_promised=False)
            given = await earlier.find(caller, meant) if is_nobody_there else None
            if given is None:
                raise
            route.target, route.rung, route.answered_at = given.target, Rung.CACHED, given.at
            yield [Frame("", b"", again(given))]
        else:
            if route.rung in GIVEN_AGAIN and not route.seams:
                earlier.keep(caller.key, meant, answer_id, route.target, events)


def again(given: Given) -> tuple[Event, ...]:
    """What is said when it is given again: under a new name, and with its date."""
    begun = next((event for event in given.events if isinstance(event, Begun)), None)
    model = begun.model if begun else Target(*given.target.split("/", 1)).model
    rest = (event for event in given.events if not isinstance(event, Begun))
    return (Begun("", model), Earlier(given.at), *rest)


def joined(events: Sequence[Event]) -> tuple[Event, ...]:
    """The same, with neighbouring pieces of text put together."""
    out: list[Event] = []
    for event in events:
        last = out[-1] if out else None
        if isinstance(event, TextDelta) and isinstance(last, TextDelta) and _go_together(last, event):
            out[-1] = TextDelta(last.text + event.text, last.choice)
        else:
            out.append(event)
    return tuple(out)


def _go_together(one: TextDelta, other: TextDelta) -> bool:
    return one.choice == other.choice and one.logprobs is None and other.logprobs is None
