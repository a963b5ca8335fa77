"""While a question of the command line has no word yet: who is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol

from sanspanne.answers.route import Route
from sanspanne.chat import Event
from sanspanne.hooks import AttemptBegun, Fact

SILENCE = 5.0  # seconds


class Asked(Protocol):
    """A question that was put: its answer, and afterwards how it came about."""

    route: Route

    def events(self) -> AsyncIterator[Event]: ...


class Waiting:
    """Watches the attempts, and when nothing has come for so long, `say` is told the last target asked; empty: nobody yet."""

    def __init__(self, say: Callable[[str], None], sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._say = say
        self._sleep = sleep
        self._target = ""

    def observe(self, fact: Fact) -> None:
        """Who is asked now."""
        if isinstance(fact, AttemptBegun) and not fact.probe:
            self._target = fact.target

    def over(self, asked: Asked) -> Watched:
        """The same question, with a remark if its first word is long in coming."""
        return Watched(asked, self)

    async def remark(self) -> None:
        """Say it once, after the silence."""
        await self._sleep(SILENCE)
        self._say(self._target)


class Watched:
    """A question whose silence is remarked on."""

    def __init__(self, asked: Asked, waiting: Waiting) -> None:
        self.route = asked.route
        self._asked = asked
        self._waiting = waiting

    async def events(self) -> AsyncIterator[Event]:
        """What the answer says, as it comes."""
        remark = asyncio.create_task(self._waiting.remark())
        try:
            async for event in self._asked.events():
                remark.cancel()
                yield event
        finally:
            remark.cancel()
