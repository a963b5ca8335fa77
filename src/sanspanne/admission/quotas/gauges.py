"""What a limit says now: how much is used, whether one more answer fits, and when it begins again from nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

from sanspanne.admission.quotas.calendar_window import CalendarWindow, Used
from sanspanne.admission.quotas.gcra import Bucket

A_STREAM_MAY_END = 2.0  # seconds: nobody knows when the next one ends


class Moment(Struct, frozen=True):
    """Now, in monotonic seconds and in seconds since 1970."""

    now: float
    wall: float


class Use(Struct, frozen=True):
    """One limit of a key: `most` of it, what is `used`, and in how many seconds nothing of it is used any more.

    `limit` is its name in the configuration.
    """

    limit: str
    most: float
    used: float
    resets_in: float

    @property
    def left(self) -> float:
        """What may still be used."""
        return max(0.0, self.most - self.used)


class Gauge(Protocol):
    """One limit."""

    name: str

    def wait(self, at: Moment, tokens: int) -> float:
        """Seconds until one more answer of so many tokens fits; 0: now."""
        ...

    def use(self, at: Moment) -> Use:
        """How much of it is used."""
        ...


class PerMinute:
    """What flows back into a bucket. `per_token`: an answer takes its tokens out of it, and not one."""

    def __init__(self, name: str, bucket: Bucket, *, per_token: bool) -> None:
        self.name = name
        self._bucket = bucket
        self._per_token = per_token

    def wait(self, at: Moment, tokens: int) -> float:
        """See `Gauge`."""
        return self._bucket.wait(at.now, tokens if self._per_token else 1)

    def use(self, at: Moment) -> Use:
        """See `Gauge`."""
        bucket = self._bucket
        return Use(self.name, bucket.size, bucket.used(at.now), bucket.full_in(at.now))


class PerPeriod:
    """What begins again with the day or the month; `measure` says what counts, with what is reserved of it."""

    def __init__(self, name: str, most: float, window: CalendarWindow, measure: Callable[[Used], float]) -> None:
        self.name = name
        self._most = most
        self._window = window
        self._measure = measure

    def wait(self, at: Moment, tokens: int) -> float:
        """See `Gauge`. What an answer will cost nobody knows: it fits as long as something is left."""
        used = self._measure(self._window.at(at.wall))
        asked = {"requests_per_day": 1, "tokens_per_day": min(tokens, self._most)}.get(self.name, 0.0)
        fits = used + asked <= self._most and used < self._most
        return 0.0 if fits else self._window.ends_in(at.wall)

    def use(self, at: Moment) -> Use:
        """See `Gauge`."""
        used = self._measure(self._window.at(at.wall))
        return Use(self.name, self._most, used, self._window.ends_in(at.wall))


class AtOnce:
    """Answers under way."""

    def __init__(self, name: str, most: int, running: Callable[[], int]) -> None:
        self.name = name
        self._most = most
        self._running = running

    def wait(self, at: Moment, tokens: int) -> float:
        """See `Gauge`."""
        del at, tokens
        return A_STREAM_MAY_END if self._running() >= self._most else 0.0

    def use(self, at: Moment) -> Use:
        """See `Gauge`."""
        del at
        running = self._running()
        return Use(self.name, self._most, running, A_STREAM_MAY_END if running else 0.0)
