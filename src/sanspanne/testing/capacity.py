"""How much a scripted provider can carry, and what it does when it is asked for more."""

from __future__ import annotations

import asyncio
from collections import deque
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
    crash_at    one that is `slow` crashes too, when its load stays at so many times its limit for `crash_after` seconds
    works_on    whether the provider goes on working for clients who have left

    `limit` may be changed at any time: what has a place keeps it.
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
        crash_at: float | None = None,
        crash_after: float = 0.0,
    ) -> None:
        self.when_full, self.queue = when_full, queue
        self.service_time, self.works_on, self.recovery = service_time, works_on, recovery
        self.crash_at, self.crash_after = crash_at, crash_after
        self.reason = Reason(reason)
        self.active = self.peak = self.rejected = self.crashes = 0
        self._limit = limit
        self._queue: deque[asyncio.Future[None]] = deque()
        self._crashed_until = float("-inf")
        self._overrun_since: float | None = None

    @property
    def limit(self) -> int:
        """How many questions at once."""
        return self._limit

    @limit.setter
    def limit(self, limit: int) -> None:
        self._limit = limit
        self._let_in()

    @property
    def waiting(self) -> int:
        """How many wait for a place."""
        return len(self._queue)

    def down(self, now: float) -> bool:
        """Whether the provider lies crashed at this time."""
        return now < self._crashed_until

    def slowness(self) -> float:
        """The factor by which pauses grow: the load over the limit, if everybody is served more slowly."""
        return max(1.0, self.active / self._limit) if self.when_full == "slow" else 1.0

    @asynccontextmanager
    async def slot(self, now: Callable[[], float]) -> AsyncIterator[None]:
        """A place to be served in. Raises `Full` or `Crashed`."""
        self._turn_away(now())
        if self.when_full != "slow" and (self.active >= self._limit or self._queue):
            await self._turn()
        else:
            self._enter()
        self._watch(now())
        try:
            yield
        finally:
            self.active -= 1
            self._watch(now())
            self._let_in()

    async def _turn(self) -> None:
        """Wait in the queue; who is let in is counted at once, so that his place is nobody else's."""
        turn = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # let in, and gone in the same moment
                self.active -= 1
                self._let_in()
            elif turn in self._queue:
                self._queue.remove(turn)
            raise

    def _let_in(self) -> None:
        while self._queue and self.active < self._limit:
            turn = self._queue.popleft()
            if not turn.cancelled():
                self._enter()
                turn.set_result(None)

    def _enter(self) -> None:
        self.active += 1
        self.peak = max(self.peak, self.active)

    def _watch(self, now: float) -> None:
        """Since when has the load been too much?"""
        if self.crash_at is None or self.active < self.crash_at * self._limit:
            self._overrun_since = None
        elif self._overrun_since is None:
            self._overrun_since = now

    def _turn_away(self, now: float) -> None:
        if self.down(now):
            raise Crashed
        if self._overrun_since is not None and now - self._overrun_since >= self.crash_after:
            self._crash(now)
        if self.when_full == "slow" or self.active < self._limit:
            return
        if self.when_full == "crash":
            self._crash(now)
        if self.when_full == "reject" or (self.queue is not None and self.waiting >= self.queue):
            self.rejected += 1
            raise Full

    def _crash(self, now: float) -> None:
        self.crashes += 1
        self._crashed_until = now + self.recovery
        self._overrun_since = None
        raise Crashed
