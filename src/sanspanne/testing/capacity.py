"""How much a scripted provider can carry, and what it does when it is asked for more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Literal, TypeAlias

from sanspanne.testing.wires.base import Reason

WhenFull: TypeAlias = Literal["reject", "queue", "slow", "crash"]


class Full(Exception):
    """There is no room: the provider says so in its own words."""


class Crashed(Exception):
    """The provider has fallen over: nobody is answered for a while."""


class Capacity:
    """Room for `limit` questions at once, each of which takes `service_time` seconds before its script is played.

    when_full   `reject` with the error for `reason`; `queue` (at most `queue` of them, without end if None, then reject);
                `slow`: everybody is served, but all pauses grow with the load; `crash`: every connection is reset and
                for `recovery` seconds nobody is let in
    works_on    whether the provider goes on working for clients who have left
    """

    def __init__(
        self,
        limit: int = 5,
        when_full: WhenFull = "reject",
        *,
        queue: int | None = None,
        service_time: float = 0.0,
        works_on: bool = False,
        recovery: float = 30.0,
        reason: Reason | str = Reason.OVERLOADED,
    ) -> None:
        self.limit, self.when_full, self.queue = limit, when_full, queue
        self.service_time, self.works_on, self.recovery = service_time, works_on, recovery
        self.reason = Reason(reason)
        self.active = self.waiting = self.peak = self.rejected = self.crashes = 0
        self._crashed_until = float("-inf")
        self._room = asyncio.Semaphore(limit)

    def down(self, now: float) -> bool:
        """Whether the provider lies crashed at this time."""
        return now < self._crashed_until

    def slowness(self) -> float:
        """The factor by which pauses grow: the load over the limit, if everybody is served more slowly."""
        return max(1.0, self.active / self.limit) if self.when_full == "slow" else 1.0

    @asynccontextmanager
    async def slot(self, now: Callable[[], float]) -> AsyncIterator[None]:
        """A place to be served in. Raises `Full` or `Crashed`."""
        if self.when_full == "slow":
            async with self._served():
                yield
            return
        self._turn_away(now())
        self.waiting += 1
        try:
            await self._room.acquire()
        finally:
            self.waiting -= 1
        try:
            async with self._served():
                yield
        finally:
            self._room.release()

    @asynccontextmanager
    async def _served(self) -> AsyncIterator[None]:
        self.active += 1
        self.peak = max(self.peak, self.active)
        try:
            yield
        finally:
            self.active -= 1

    def _turn_away(self, now: float) -> None:
        if self.down(now):
            raise Crashed
        if not self._room.locked():
            return
        if self.when_full == "crash":
            self.crashes += 1
            self._crashed_until = now + self.recovery
            raise Crashed
        if self.when_full == "reject" or (self.queue is not None and self.waiting >= self.queue):
            self.rejected += 1
            raise Full
