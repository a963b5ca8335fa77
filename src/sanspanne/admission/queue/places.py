"""In which order those who wait now will go, if nobody else came.

    turn of a tenant's n-th ticket = (its counter + n x what a typical request adds) / near

Tickets of one class and turn are equals. It is an estimate: what answers will cost is not known.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from sanspanne.admission.queue.counters import Counters
from sanspanne.admission.queue.line import Line, Stage, Stages, in_turn
from sanspanne.admission.ticket import Ticket

Turn: TypeAlias = tuple[int, int]  # its class, and which of the turns of the class


class Places:
    """The order at one moment: the tenants' lines of each class, and the counters."""

    def __init__(self, lines: Sequence[Mapping[str, Line]], counters: Counters) -> None:
        self._counters = counters
        self._of: dict[Ticket, int] = {}
        self._turns: list[Turn] = []
        self._starts: list[int] = []  # how many stand before the turn
        self._ends: list[int] = []  # how many stand up to its last fresh ticket
        for priority, tenants in enumerate(lines):
            turns: dict[int, Stages] = {}
            for tenant, line in tenants.items():
                self._share_out(line, counters.of(tenant), turns)
            for number in sorted(turns):
                self._add((priority, number), turns[number])

    def of(self, ticket: Ticket) -> int | None:
        """Its position, from 1 on; None if it did not stand there."""
        return self._of.get(ticket)

    def behind(self, ticket: Ticket, own: int, *, late: bool) -> int:
        """The position that it would have as a fresh ticket, or a late one, behind so many of its own tenant."""
        near, typical = self._counters.near, self._counters.typical
        turn = ticket.priority, int((self._counters.lifted(ticket.tenant) + own * typical) / near)
        at = bisect_left(self._turns, turn)
        if at < len(self._turns) and self._turns[at] == turn:
            if not late:
                return self._ends[at] + 1
            at += 1
        return (self._starts[at] if at < len(self._turns) else len(self._of)) + 1

    def _share_out(self, line: Line, counter: float, turns: dict[int, Stages]) -> None:
        near, typical = self._counters.near, self._counters.typical
        for place, one in enumerate(in_turn(line.stages)):
            turn = turns.setdefault(int((counter + place * typical) / near), ({}, {}, {}))
            turn[one.stage][one.number] = one

    def _add(self, turn: Turn, stages: Stages) -> None:
        self._turns.append(turn)
        self._starts.append(len(self._of))
        self._ends.append(len(self._of))
        for place, one in enumerate(in_turn(stages), len(self._of) + 1):
            self._of[one.ticket] = place
            if one.stage is Stage.FRESH:
                self._ends[-1] = place
