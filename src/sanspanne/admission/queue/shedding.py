"""Refusing early what could not be served in time anyway: one level for each target.

    at the end of a window of 1 s      mean wait of those who were let in above 1 s: level <- level - 5 %
                                       else:                                         level <- level + 1 %
    of a (class, tenant)               agents in (0, 0.5], batch in (0.5, 1], by a hash of the tenant that changes hourly
    admitted                           while its own value is at most the level of one of its targets

So that the lowest class is refused first, and whole tenants rather than random requests: half of a conversation is of no use.
Interactive tenants and resumes are never refused here, only when the wait that they must expect does not fit their deadline.
Source: Zhou et al., "Overload Control for Scaling WeChat Microservices" (DAGOR), SoCC 2018.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from math import inf

from msgspec import Struct

from sanspanne.admission.priority import Priority
from sanspanne.admission.ticket import Ticket
from sanspanne.chat import Target

WINDOW = 1.0  # seconds
MOST_WAIT = 1.0  # seconds, on average
FALL = 0.05
RISE = 0.01
MOST_TARGETS = 1000
HOUR = 3600.0


class Level(Struct):
    """How much of the order of classes and tenants one target takes, and what was measured in the window since `since`."""

    since: float
    level: float = 1.0
    waits: float = 0.0
    starts: int = 0

    def close_windows(self, now: float) -> None:
        """Learn from the windows that are over by now. One without a start speaks for a rise."""
        windows = int((now - self.since) / WINDOW)
        if windows < 1:
            return
        if self.starts and self.waits / self.starts > MOST_WAIT:
            self.level = max(0.0, self.level - FALL)
            windows -= 1
        self.level = min(1.0, self.level + RISE * windows)
        self.since, self.waits, self.starts = now, 0.0, 0


class Shedding:
    """Who need not even wait. `now` gives monotonic seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._levels: dict[Target, Level] = {}

    def let_in(self, ticket: Ticket, target: Target) -> None:
        """`ticket` begins at `target` now. A kept question waits by its own wish and says nothing."""
        if ticket.deadline < inf:
            level = self._of(target)
            level.waits += self._now() - ticket.arrived
            level.starts += 1

    def admits(self, ticket: Ticket) -> bool:
        """Whether `ticket` may wait for one of its targets."""
        value = self._value(ticket)
        return value == 0.0 or any(value <= self.level(target) for target in ticket.targets)

    def level(self, target: Target) -> float:
        """1: everybody may wait for it; 0: no agents and no batch."""
        return self._of(target).level if target in self._levels else 1.0

    def _of(self, target: Target) -> Level:
        if target not in self._levels:
            if len(self._levels) >= MOST_TARGETS:
                self._levels = {one: level for one, level in self._levels.items() if level.level < 1.0}
            self._levels[target] = Level(self._now())
        level = self._levels[target]
        level.close_windows(self._now())
        return level

    def _value(self, ticket: Ticket) -> float:
        """0 for those who are never refused, up to 1 for those who are first."""
        if ticket.priority < Priority.AGENT or ticket.deadline == inf:
            return 0.0
        hour = int(self._now() / HOUR)
        share = (zlib.crc32(f"{hour} {ticket.tenant}".encode()) + 1) / 2**32
        return share / 2 if ticket.priority is Priority.AGENT else 0.5 + share / 2
