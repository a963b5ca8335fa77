"""Who is next, when there is not room for all.

    class      a resume, interactive, agents, batch: the earlier class goes first
    tenant     the smallest virtual token counter (counters.py); those less than a typical request apart are equal
    stage      among equals, and inside one tenant:

        fresh ---> late ---> urgent ---> expired         fresh until `fresh_until`, urgent for the last 2 s before `deadline`

      fresh ones in the order of their coming, then urgent ones, then late ones; but while fresh ones wait one start in ten is
      for an urgent one.

Why fresh before late: who waits for longer than a few seconds has already been let down, and to serve him first lets down
everybody behind him too, so that one short shortage makes all wait for as long as it takes to work off. Source: adaptive LIFO
(Maurer, "Fail at Scale", ACM Queue 13(8), 2015), with the order of coming kept among those who are in time.

`accepts` is asked once for each *kind* of ticket and call: its targets, which of them it spills to, whether it is a resume, and
the magnitude of its prompt. So a long queue costs little where there is no room.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from enum import IntEnum
from itertools import chain, count
from math import inf
from typing import TypeAlias, TypeVar

from msgspec import Struct

from sanspanne.admission.counters import Counters
from sanspanne.admission.priority import Priority
from sanspanne.admission.ticket import Ticket
from sanspanne.chat import Target

T = TypeVar("T")
Kind: TypeAlias = tuple[tuple[Target, ...], frozenset[Target], bool, int]

URGENT_SECONDS = 2.0
STARTS_PER_URGENT = 10
PLACES_SECONDS = 0.25  # for so long the places that were told remain true enough


class Stage(IntEnum):
    """How much time is left to a ticket."""

    FRESH = 0
    LATE = 1
    URGENT = 2
    EXPIRED = 3


class Waiting(Struct, eq=False):
    """One ticket in the queue. `number` counts those who came."""

    ticket: Ticket
    number: int
    kind: Kind
    stage: Stage = Stage.FRESH


class Line:
    """The tickets of one tenant and class by stage; each stage in the order in which it was reached."""

    def __init__(self) -> None:
        self.stages: tuple[dict[int, Waiting], ...] = ({}, {}, {})

    def __len__(self) -> int:
        return sum(map(len, self.stages))

    def add(self, one: Waiting) -> None:
        """It stands last among those of its stage."""
        self.stages[one.stage][one.number] = one

    def remove(self, one: Waiting) -> None:
        """It stands here no more."""
        del self.stages[one.stage][one.number]

    def newest(self) -> Waiting:
        """Who came last."""
        number = max(chain.from_iterable(self.stages))
        return next(stage[number] for stage in self.stages if number in stage)


class FairQueue:
    """Those who wait, at most `most`. `now` gives monotonic seconds. Nothing here blocks."""

    def __init__(self, now: Callable[[], float], *, most: int = 2000) -> None:
        self._now = now
        self._most = most
        self._counters = Counters(now)
        self._waiting: dict[Ticket, Waiting] = {}
        self._lines: dict[Priority, dict[str, Line]] = {priority: {} for priority in Priority}
        self._kinds: dict[Kind, int] = {}
        self._moves: list[tuple[float, int, Waiting]] = []  # a heap: when each reaches its next stage
        self._expired: list[Ticket] = []
        self._pushed_out: list[Ticket] = []
        self._numbers = count()
        self._since_urgent = 0
        self._places: dict[Ticket, int] = {}
        self._placed = -inf

    def __len__(self) -> int:
        return len(self._waiting)

    # --- coming and going

    def join(self, ticket: Ticket) -> bool:
        """Wait; False if the queue is full. Where somebody else has to make room for it, `shed` gives him."""
        if len(self._waiting) >= self._most and not self._make_room(ticket):
            return False
        one = Waiting(ticket, next(self._numbers), _kind(ticket))
        lines = self._lines[ticket.priority]
        tenants = {tenant for these in self._lines.values() for tenant in these}
        if ticket.tenant not in tenants:
            self._counters.begins_to_wait(ticket.tenant, tenants)
        lines.setdefault(ticket.tenant, Line()).add(one)
        self._waiting[ticket] = one
        self._kinds[one.kind] = self._kinds.get(one.kind, 0) + 1
        self._plan_move(one)
        return True

    def shed(self) -> Ticket | None:
        """One who had to make room since the last call. A kept question is never lost: it has to join again later."""
        return self._pushed_out.pop() if self._pushed_out else None

    def leave(self, ticket: Ticket) -> None:
        """The caller has gone, or is served elsewhere. Twice is once."""
        if (one := self._waiting.pop(ticket, None)) is None:
            return
        lines = self._lines[ticket.priority]
        lines[ticket.tenant].remove(one)
        if not lines[ticket.tenant]:
            del lines[ticket.tenant]
        self._kinds[one.kind] -= 1
        if not self._kinds[one.kind]:
            del self._kinds[one.kind]

    def expired(self) -> list[Ticket]:
        """Those whose deadline has passed: they are out of the queue."""
        self._advance()
        gone, self._expired = self._expired, []
        return gone

    def _make_room(self, ticket: Ticket) -> bool:
        """The longest line of the lowest class gives up its newest ticket, to a higher class or to a shorter line."""
        lines, priority = next((these, p) for p in reversed(Priority) if (these := self._lines[p]))
        longest = max(lines.values(), key=len)
        own = lines.get(ticket.tenant, ())
        if ticket.priority > priority or (ticket.priority == priority and len(longest) <= len(own) + 1):
            return False
        victim = longest.newest().ticket
        self.leave(victim)
        self._pushed_out.append(victim)
        return True

    # --- service

    def pick(self, accepts: Callable[[Ticket], T | None]) -> tuple[Ticket, T] | None:
        """The next ticket for which `accepts` gives something. It leaves the queue, and its prompt is charged."""
        self._advance()
        refused: set[Kind] = set()
        for one in self._order():
            if one.kind in refused:
                continue
            if (given := accepts(one.ticket)) is not None:
                self._serve(one)
                return one.ticket, given
            refused.add(one.kind)
            if len(refused) == len(self._kinds):
                break
        return None

    def served(self, tenant: str, tokens: int) -> None:
        """A request with a prompt of so many tokens began without having waited."""
        self._counters.started(tenant, tokens)

    def charge(self, tenant: str, tokens: float) -> None:
        """So many more tokens were said to the tenant."""
        self._counters.said(tenant, tokens)

    def place(self, ticket: Ticket) -> tuple[int, int]:
        """Its position (1: it is next) among all who wait; of one who does not wait it is 0."""
        if self._now() - self._placed > PLACES_SECONDS or ticket not in self._places:
            self._advance()
            self._placed = self._now()
            self._places = {one.ticket: place for place, one in enumerate(self._order(), 1)}
        return self._places.get(ticket, 0), len(self._waiting)

    def _serve(self, one: Waiting) -> None:
        self._since_urgent = 0 if one.stage is Stage.URGENT else self._since_urgent + 1
        self.leave(one.ticket)
        self._counters.started(one.ticket.tenant, one.ticket.tokens)

    # --- the order

    def _order(self) -> Iterator[Waiting]:
        for priority in Priority:
            if lines := self._lines[priority]:
                for equals in self._groups(lines):
                    yield from self._among_equals(equals)

    def _groups(self, lines: dict[str, Line]) -> Iterator[list[Line]]:
        """The tenants' lines, the least served first; those less than a typical request apart together."""
        group: list[Line] = []
        limit = -inf
        for counter, tenant in sorted((self._counters.of(tenant), tenant) for tenant in lines):
            if counter > limit and group:
                yield group
                group = []
            if not group:
                limit = counter + self._counters.typical
            group.append(lines[tenant])
        yield group

    def _among_equals(self, lines: list[Line]) -> Iterator[Waiting]:
        stages = (Stage.FRESH, Stage.URGENT, Stage.LATE)
        if self._since_urgent >= STARTS_PER_URGENT - 1:
            stages = (Stage.URGENT, Stage.FRESH, Stage.LATE)
        for stage in stages:
            yield from _merged([line.stages[stage] for line in lines])

    # --- time

    def _plan_move(self, one: Waiting) -> None:
        at = _end_of(one)
        if at < inf:
            heapq.heappush(self._moves, (at, one.number, one))

    def _advance(self) -> None:
        """Everybody to the stage that he has reached by now."""
        now = self._now()
        while self._moves and self._moves[0][0] < now:
            one = heapq.heappop(self._moves)[2]
            if self._waiting.get(one.ticket) is one:
                self._move(one)

    def _move(self, one: Waiting) -> None:
        if one.stage is Stage.URGENT:
            self.leave(one.ticket)
            self._expired.append(one.ticket)
            return
        line = self._lines[one.ticket.priority][one.ticket.tenant]
        line.remove(one)
        one.stage = Stage(one.stage + 1)
        line.add(one)
        self._plan_move(one)


def _kind(ticket: Ticket) -> Kind:
    return ticket.targets, ticket.spills, ticket.priority is Priority.RESUME, ticket.tokens.bit_length()


def _end_of(one: Waiting) -> float:
    """When its stage is over."""
    if one.stage is Stage.FRESH:
        return min(one.ticket.fresh_until, one.ticket.deadline)
    return one.ticket.deadline - (URGENT_SECONDS if one.stage is Stage.LATE else 0.0)


def _merged(stages: Iterable[dict[int, Waiting]]) -> Iterator[Waiting]:
    together: dict[int, Waiting] = {}
    for stage in stages:
        together |= stage
    return (together[number] for number in sorted(together))
