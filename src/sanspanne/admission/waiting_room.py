"""The waiting room: who waits for a target with room, and the moment at which he is let in.

    entered --a target of his has room, and he is the next for it--> let in, with the permit
      |-- his deadline has passed, or a more urgent one needed his place --> turned away
      +-- his caller has left --> gone, before it cost anything

It is looked round whenever room may have come free, and every 50 ms while anybody waits: rests end and quotas fill by time alone.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Protocol

from sanspanne.admission.limit.limiter import Permit
from sanspanne.admission.limit.limiters import Limiters
from sanspanne.admission.priority import Priority
from sanspanne.admission.queue.fair_queue import FairQueue
from sanspanne.admission.queue.shedding import Shedding
from sanspanne.admission.ticket import Ticket
from sanspanne.chat import Target
from sanspanne.errors import Obstacle

TICK = 0.05
SHORTEST = 0.001

LetIn = tuple[Target, Permit]


class Health(Protocol):
    """What is known of the targets (see attempts/standing.py)."""

    def obstacle(self, target: Target) -> Obstacle | None:
        """Why a target must not be asked now."""
        ...

    def want(self, target: Target) -> None:
        """A request would have used this target."""
        ...

    def hope(self, target: Target) -> bool:
        """Whether a target that is out now may well be back soon."""
        ...


class WaitingRoom:
    """`later(seconds, call)` calls once the seconds have passed; the default is the running loop's."""

    def __init__(
        self,
        queue: FairQueue,
        limiters: Limiters,
        health: Health,
        shedding: Shedding,
        *,
        later: Callable[[float, Callable[[], None]], object] | None = None,
        settle: Callable[[], None] = lambda: None,
    ) -> None:
        self._queue = queue
        self._limiters = limiters
        self._health = health
        self._shedding = shedding
        self._later = later or _by_the_loop
        self._settle = settle
        self._waiting: dict[Ticket, asyncio.Future[LetIn | None]] = {}
        self._awaited: Counter[Target] = Counter()
        self._is_due = self._is_ticking = False
        limiters.on_room = self._on_room

    def __len__(self) -> int:
        return len(self._waiting)

    def tickets(self) -> list[Ticket]:
        """All who wait."""
        return list(self._waiting)

    def awaits(self, target: Target) -> bool:
        """Whether anybody would take room at this target."""
        return self._awaited[target] > 0

    async def wait(self, ticket: Ticket, fits: Callable[[Ticket], bool] = lambda ticket: True) -> LetIn | None:
        """A target with room, and its permit; None when the ticket was turned away.

        `fits` says whether the wait, now that the ticket has a place, is not too long for it.
        """
        if not self._shedding.admits(ticket):
            ticket.refusal = "shed"
            return None
        if not self._queue.join(ticket):
            ticket.refusal = "queue_full"
            return None
        future: asyncio.Future[LetIn | None] = asyncio.get_running_loop().create_future()
        self._waiting[ticket] = future
        self._awaited.update(ticket.targets)
        try:
            if (pushed_out := self._queue.shed()) is not None:
                pushed_out.refusal = "queue_full"
                self._tell(pushed_out, None)
            self.look()
            if not future.done() and not fits(ticket):
                return None
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled() and (let_in := future.result()) is not None:
                let_in[1].release()  # his caller left in the moment in which he was let in
            raise
        finally:
            self._queue.leave(ticket)
            del self._waiting[ticket]
            self._awaited.subtract(ticket.targets)

    def look(self) -> None:
        """Let in whoever can be, turn away whose time is over."""
        for ticket in self._queue.expired():
            self._tell(ticket, None)
        if not len(self._queue):
            return
        self._settle()
        closed = self._closed()
        while picked := self._queue.pick(lambda ticket: self._admitted(ticket, closed)):
            self._tell(*picked)
        self._tick()

    def _closed(self) -> set[tuple[Target, bool, bool]]:
        """The doors that nobody gets through: targets that are out, for each kind of traffic."""
        closed = set()
        for target in [target for target, number in self._awaited.items() if number > 0]:
            if self._health.obstacle(target) is not None:
                self._health.want(target)
                closed |= {(target, spill, resume) for spill in (True, False) for resume in (True, False)}
        return closed

    def _admitted(self, ticket: Ticket, closed: set[tuple[Target, bool, bool]]) -> LetIn | None:
        resume = ticket.priority is Priority.RESUME
        for target in ticket.targets:
            spill = target in ticket.spills
            door = (target, spill, resume)
            if door in closed:
                continue
            limiter = self._limiters.of(target)
            permit = limiter.try_acquire(spill=spill, resume=resume, tokens=ticket.tokens)
            if permit is not None:
                self._shedding.let_in(ticket, target)
                return target, permit
            closed.add(door)
        return None

    def _tell(self, ticket: Ticket, let_in: LetIn | None) -> None:
        future = self._waiting.get(ticket)
        if future is not None and not future.done():
            future.set_result(let_in)
        elif let_in is not None:
            let_in[1].release()

    def _on_room(self, target: Target) -> None:
        if self._waiting and self._awaited[target] > 0 and not self._is_due:
            self._is_due = True
            self._later(0.0, self._due)

    def _due(self) -> None:
        self._is_due = False
        self.look()

    def _tick(self) -> None:
        if len(self._queue) and not self._is_ticking:
            opens = [self._limiters.of(target).opens_in() for target, number in self._awaited.items() if number > 0]
            pause = min([TICK, *(seconds for seconds in opens if seconds is not None)])
            self._is_ticking = True
            self._later(max(SHORTEST, pause), self._ticked)

    def _ticked(self) -> None:
        self._is_ticking = False
        self.look()


def _by_the_loop(seconds: float, call: Callable[[], None]) -> object:
    return asyncio.get_running_loop().call_later(seconds, call)
