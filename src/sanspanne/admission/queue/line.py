"""Those who wait, by tenant and class, and how much time is left to each.

    fresh ---> late ---> urgent ---> expired
          fresh_until   10 s before   deadline

Within 10 s of its deadline a ticket is urgent: by then a start for it can still be found between those of fresh ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from itertools import chain
from typing import TypeAlias

from msgspec import Struct

from sanspanne.admission.priority import Priority
from sanspanne.admission.ticket import Ticket
from sanspanne.chat import Target

Traits: TypeAlias = tuple[tuple[Target, ...], frozenset[Target], bool, int]

URGENT_SECONDS = 10.0


class Stage(IntEnum):
    """How much time is left to a ticket."""

    FRESH = 0
    LATE = 1
    URGENT = 2


class Kind(Struct, eq=False):
    """Tickets that fit wherever one of them fits, by what they have in common; how many of them wait."""

    traits: Traits
    waiting: int = 0


class Waiting(Struct, eq=False):
    """One ticket in the queue. `number` counts those who came."""

    ticket: Ticket
    number: int
    kind: Kind
    stage: Stage = Stage.FRESH

    @property
    def stage_ends(self) -> float:
        """When it reaches its next stage, in monotonic seconds."""
        if self.stage is Stage.FRESH:
            return min(self.ticket.fresh_until, self.ticket.deadline)
        return self.ticket.deadline - (URGENT_SECONDS if self.stage is Stage.LATE else 0.0)


Stages: TypeAlias = tuple[dict[int, Waiting], dict[int, Waiting], dict[int, Waiting]]  # by number, one for each stage


class Line:
    """The tickets of one tenant and class by stage; each stage in the order in which it was reached."""

    def __init__(self) -> None:
        self.stages: Stages = ({}, {}, {})

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


def traits_of(ticket: Ticket) -> Traits:
    """Its targets, to which of them it spills, whether it is a resume, and the magnitude of its prompt."""
    return ticket.targets, ticket.spills, ticket.priority is Priority.RESUME, ticket.tokens.bit_length()


def together(lines: Sequence[Line]) -> Stages:
    """All who wait in these lines."""
    if len(lines) == 1:
        return lines[0].stages
    fresh, late, urgent = zip(*[line.stages for line in lines], strict=True)
    return _merged(fresh), _merged(late), _merged(urgent)


def in_turn(stages: Stages, *, urgent_first: bool = False) -> Iterator[Waiting]:
    """Equals: fresh and urgent ones by turns, then the late ones; within each stage as they came."""
    fresh, late, urgent = [[stage[number] for number in sorted(stage)] for stage in stages]
    yield from _by_turns(urgent, fresh) if urgent_first else _by_turns(fresh, urgent)
    yield from late


def _by_turns(first: list[Waiting], second: list[Waiting]) -> Iterator[Waiting]:
    both = min(len(first), len(second))
    for pair in zip(first[:both], second[:both], strict=True):
        yield from pair
    yield from first[both:]
    yield from second[both:]


def _merged(stages: Iterable[dict[int, Waiting]]) -> dict[int, Waiting]:
    merged: dict[int, Waiting] = {}
    for stage in stages:
        merged |= stage
    return merged
