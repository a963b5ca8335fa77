"""What was used in a day or a month of the calendar, in UTC.

    window   begin <= t < end; at `end` it begins again from nothing

A clock that is set back does not open a window that was closed: what was used stays used until the end of the later one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from msgspec import Struct

Period: TypeAlias = tuple[float, float]  # from and up to, in seconds since 1970


def day_of(wall: float) -> Period:
    """The day around a moment."""
    begin = datetime.fromtimestamp(wall, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return begin.timestamp(), (begin + timedelta(days=1)).timestamp()


def month_of(wall: float) -> Period:
    """The month around a moment."""
    begin = datetime.fromtimestamp(wall, UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    end = (begin + timedelta(days=31)).replace(day=1)
    return begin.timestamp(), end.timestamp()


class Used(Struct, gc=False):
    """What a key has used: answers, tokens of all their attempts, and dollars as far as the prices are known."""

    requests: int = 0
    tokens: int = 0
    dollars: float = 0.0

    def add(self, more: Used) -> None:
        """Add what was used besides."""
        self.requests += more.requests
        self.tokens += more.tokens
        self.dollars += more.dollars


class CalendarWindow:
    """The window that lasts now; `period_of` is `day_of` or `month_of`."""

    __slots__ = ("_period_of", "_used", "begin", "end")

    def __init__(self, period_of: Callable[[float], Period]) -> None:
        self._period_of = period_of
        self.begin = self.end = 0.0
        self._used = Used()

    def at(self, wall: float) -> Used:
        """What was used in the window around `wall`; to be added to."""
        if wall >= self.end:
            self.begin, self.end = self._period_of(wall)
            self._used = Used()
        return self._used

    def ends_in(self, wall: float) -> float:
        """Seconds until it begins again from nothing."""
        return max(0.0, self.end - wall)
