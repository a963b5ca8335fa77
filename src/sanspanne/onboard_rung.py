"""The model on board as a rung of the ladder: its permit, its endpoint, and what is watched while it speaks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress

from sanspanne.chat import Batches, Capability, ChatRequest, Ended, Frame, Stop, Stopped, StopReason
from sanspanne.errors import Obstacle, Overloaded
from sanspanne.onboard import LoopGuard, Notes, Onboard, State
from sanspanne.pipeline import Permitted
from sanspanne.providers.catalogue import make
from sanspanne.providers.endpoint import Endpoint
from sanspanne.providers.transport import Transport

NAME = "onboard"
ASKED = frozenset({State.FETCHING, State.LOADING, State.RESTARTING, State.READY})
SOON = frozenset({State.LOADING, State.RESTARTING})
LONGEST_WAIT = 60.0  # seconds in which a model that is here can be loaded


class OnboardRung:
    """Joins the model on board to the pipeline."""

    def __init__(self, onboard: Onboard, transport: Transport) -> None:
        self._onboard = onboard
        self._transport = transport
        self.capabilities: frozenset[Capability] = make(NAME, NAME).capabilities("")

    def obstacle(self) -> Obstacle | None:
        """Why it is not asked; None also while it loads, for then it says itself for how long."""
        status = self._onboard.status()
        if status.state in ASKED:
            return None
        sentence = status.sentence().rstrip(".")
        return Obstacle(sentence[0].lower() + sentence[1:])  # it goes on a sentence: "onboard: not asked, there is ..."

    def endpoint(self) -> Endpoint:
        """Where the engine listens in its present life. Raises `Overloaded` while there is none."""
        if not self._onboard.ready:
            raise self._absent()
        return Endpoint(make(NAME, NAME, base_url=self._onboard.base_url, key=self._onboard.key), self._transport)

    @asynccontextmanager
    async def permit(self, request: ChatRequest, *, patient: bool = False) -> AsyncIterator[Permitted]:
        """A seat before the engine, and the request as the small model can take it.

        Raises `CallerError` (503) while the model is being fetched or loaded, `Overloaded` when no seat is free in time. A
        `patient` one waits while it is loaded: its caller has been given a beginning and cannot be told to come again.
        """
        if patient:
            await self._loaded()
        prepared, notes = await self._onboard.prepare(request)
        async with self._onboard.seat(notes):
            yield Permitted(prepared, _left_out(notes))

    async def _loaded(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_WAIT):
                await self._onboard.until(*(state for state in State if state not in SOON))
        if not self._onboard.ready:
            raise self._absent()

    def _absent(self) -> Overloaded:
        status = self._onboard.status()
        return Overloaded(status.sentence(), target=NAME, retry_after=status.retry_after, reason="loading")

    async def watch(self, batches: Batches) -> Batches:
        """The same answer, ended where it begins to go round in circles; the desk learns the engine's speed from it."""
        guard = LoopGuard()
        async with aclosing(batches):
            async for batch in batches:
                for frame in batch:
                    self._onboard.desk.saw(frame.raw)
                    if any(guard.stops(event) for event in frame.events):
                        yield [_cut_short()]
                        return
                yield [Frame(NAME, frame.raw, frame.events) for frame in batch]


def _left_out(notes: Notes) -> tuple[str, ...]:
    """What was done to the request, in the words of `x-sanspanne-omitted`."""
    dropped = (f"{notes.dropped}-oldest-messages",) if notes.dropped else ()
    begun = ("beginning-of-answer",) if notes.begun else ()
    return (*dropped, *begun, *(("max_tokens",) if notes.shortened else ()))


def _cut_short() -> Frame:
    """The end of an answer that was stopped by us: to the caller it ran into a limit."""
    return Frame(NAME, b"", (Stopped(Stop(StopReason.LENGTH, raw="repetition")), Ended()))
