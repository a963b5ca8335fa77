"""Who is next, when there is not room for all.

    class      a resume, interactive, agents, batch: the earlier class goes first
    tenant     the smallest virtual token counter (counters.py); those that are near one another are equal
    stage      among equals, and inside one tenant: fresh and urgent tickets by turns, then late ones (line.py)

Why fresh before late: who has waited for more than a few seconds has been let down already, and to serve him first lets down
everybody behind him too, so that all wait for as long as it takes to work a short shortage off. Source: adaptive LIFO (Maurer,
"Fail at Scale", ACM Queue 13(8), 2015), with the order of coming kept among those who are in time.

Why every second start is for an urgent one, and why urgent begins 10 s before the deadline: those who were late in a shortage
all near their deadlines together, at a time when capacity is back and fresh ones can spare the seconds. With one start in ten,
2 s before, up to 7 % of what a perfect scheduler makes whole in time was lost in simulations of half a minute's shortage (like
those in tests/admission/queue/test_fair_queue_replay.py); so it is less than 1 % on average, 2 % at worst, and the quick ones lose
1 % on average, 4 % at worst.

`accepts` is asked once for each *kind* of ticket in a call, so that a long queue costs little where there is no room.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from itertools import count
from math import inf
from typing import TypeVar

from sanspanne.admission.priority import Priority
from sanspanne.admission.queue.counters import Counters
from sanspanne.admission.queue.line import Kind, Line, Stage, Traits, Waiting, in_turn, together, traits_of
from sanspanne.admission.queue.places import Places
from sanspanne.admission.queue.shares import Shares
from sanspanne.admission.ticket import Ticket

T = TypeVar("T")

PLACES_SECONDS = 0.25  # for so long, or until so many more came,
PLACES_COMERS = 16  # the places that were found remain true enough


class FairQueue:
    """Those who wait, at most `most`. `now` gives monotonic seconds. Nothing here blocks."""

    def __init__(self, now: Callable[[], float], *, most: int = 2000) -> None:
        self._now = now
        self._most = most
        self._counters = Counters(now)
        self._shares = Shares(now)
        self._waiting: dict[Ticket, Waiting] = {}
        self._lines: list[dict[str, Line]] = [{} for _ in Priority]
        self._kinds: dict[Traits, Kind] = {}
        self._moves: list[tuple[float, int, Waiting]] = []  # a heap: when each reaches its next stage
        self._expired: list[Ticket] = []
        self._pushed_out: list[Ticket] = []
        self._numbers = count()
        self._urgent_first = False
        self._places = Places(self._lines, self._counters)
        self._placed = -inf
        self._comers = 0

    def __len__(self) -> int:
        return len(self._waiting)

    # --- coming and going

    def join(self, ticket: Ticket) -> bool:
        """Wait; False if the queue is full. Where somebody else has to make room for it, `shed` gives him."""
        if ticket in self._waiting:
            return True
        if len(self._waiting) >= self._most and not self._make_room(ticket):
            return False
        tenants = self._tenants()
        if ticket.tenant not in tenants:
            self._counters.begins_to_wait(ticket.tenant, tenants)
        traits = traits_of(ticket)
        kind = self._kinds.setdefault(traits, Kind(traits))
        kind.waiting += 1
        one = self._waiting[ticket] = Waiting(ticket, next(self._numbers), kind)
        self._lines[ticket.priority].setdefault(ticket.tenant, Line()).add(one)
        self._comers += 1
        self._plan_move(one)
        return True

    def shed(self) -> Ticket | None:
        """One who had to make room since the last call. A kept question among them has to join again later."""
        return self._pushed_out.pop() if self._pushed_out else None

    def leave(self, ticket: Ticket) -> None:
        """The caller has gone, or is served elsewhere. Twice is once."""
        if (one := self._waiting.pop(ticket, None)) is None:
            return
        lines = self._lines[ticket.priority]
        lines[ticket.tenant].remove(one)
        if not lines[ticket.tenant]:
            del lines[ticket.tenant]
        one.kind.waiting -= 1
        if not one.kind.waiting:
            del self._kinds[one.kind.traits]

    def expired(self) -> list[Ticket]:
        """Those whose deadline has passed: they are out of the queue."""
        self._advance()
        gone, self._expired = self._expired, []
        return gone

    def _make_room(self, ticket: Ticket) -> bool:
        """The longest line of the lowest class gives up its newest ticket, to a higher class or to a shorter line."""
        if not self._waiting:
            return False
        lines, lowest = next((these, p) for p in reversed(Priority) if (these := self._lines[p]))
        longest = max(lines.values(), key=len)
        own = len(lines.get(ticket.tenant, ()))
        if ticket.priority > lowest or (ticket.priority == lowest and len(longest) <= own + 1):
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
        self._shares.started(tenant)

    def charge(self, tenant: str, tokens: float) -> None:
        """So many more tokens were said to the tenant."""
        self._counters.said(tenant, tokens)

    def place(self, ticket: Ticket) -> tuple[int, int]:
        """Its position (1: it is next) among all who wait; if it does not wait yet, those that it would have."""
        places, line = self._places_now(), self._lines[ticket.priority].get(ticket.tenant)
        fresh = 0 if line is None else len(line.stages[Stage.FRESH])
        of = len(self._waiting) + (ticket not in self._waiting)
        return min(of, places.of(ticket) or places.behind(ticket, fresh, late=False)), of

    def late_place(self, ticket: Ticket) -> int:
        """The position that it will have once it is late: behind all that its tenant has waiting now."""
        places, line = self._places_now(), self._lines[ticket.priority].get(ticket.tenant)
        one = self._waiting.get(ticket)
        own = places.of(ticket) if one is not None and one.stage is not Stage.FRESH else None
        return own or places.behind(ticket, 0 if line is None else len(line), late=True)

    def share(self, ticket: Ticket) -> float:
        """Which part of the coming starts is for those who wait now, and not for others who will overtake this ticket."""
        return self._shares.left_to(ticket.tenant, self._tenants())

    def _places_now(self) -> Places:
        now = self._now()
        if now - self._placed > PLACES_SECONDS or self._comers > PLACES_COMERS:
            self._advance()
            self._placed, self._comers = now, 0
            self._places = Places(self._lines, self._counters)
        return self._places

    def _serve(self, one: Waiting) -> None:
        self._urgent_first = one.stage is Stage.FRESH
        self.leave(one.ticket)
        self.served(one.ticket.tenant, one.ticket.tokens)

    def _tenants(self) -> set[str]:
        return {tenant for lines in self._lines for tenant in lines}

    def _order(self) -> Iterator[Waiting]:
        for lines in self._lines:
            for equals in self._equals(lines):
                yield from in_turn(together(equals), urgent_first=self._urgent_first)

    def _equals(self, lines: dict[str, Line]) -> Iterator[list[Line]]:
        """The tenants' lines, the least served first; those that are near it together."""
        group: list[Line] = []
        limit = -inf
        for counter, tenant in sorted([(self._counters.of(tenant), tenant) for tenant in lines]):
            if counter >= limit and group:
                yield group
                group = []
            if not group:
                limit = counter + self._counters.near
            group.append(lines[tenant])
        if group:
            yield group

    # --- time

    def _plan_move(self, one: Waiting) -> None:
        if one.stage_ends < inf:
            heapq.heappush(self._moves, (one.stage_ends, one.number, one))

    def _advance(self) -> None:
        """Everybody to the stage that he has reached by now."""
        now = self._now()
        while self._moves and self._moves[0][0] < now:
            one = heapq.heappop(self._moves)[2]
            if self._waiting.get(one.ticket) is one:
                self._move_on(one)

    def _move_on(self, one: Waiting) -> None:
        if one.stage is Stage.URGENT:
            self.leave(one.ticket)
            self._expired.append(one.ticket)
            return
        line = self._lines[one.ticket.priority][one.ticket.tenant]
        line.remove(one)
        one.stage = Stage(one.stage + 1)
        line.add(one)
        self._plan_move(one)
