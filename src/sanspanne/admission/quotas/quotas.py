"""How much each caller's key may use: requests and tokens per minute and per day, answers at once, money per day and month.

    per minute       a bucket that fills evenly (`gcra.py`)
    per day, month   a window of the calendar, in UTC (`calendar_window.py`)
    at once          answers that have entered and not left

Money is what was spent: an answer's own cost is known when it is over, so that the last one may go beyond the limit. What no
price is known for counts nothing. What was used before this process began is told later, by `add_earlier`; until then limits
count from nothing. One enters once, before any target is asked; what it costs is told per attempt.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from msgspec import Struct

from sanspanne.admission.quotas.calendar_window import Used, day_of, month_of
from sanspanne.admission.quotas.gauges import Moment, Use
from sanspanne.admission.quotas.headers import Headers, quota_headers
from sanspanne.admission.quotas.meter import Meter, Spent
from sanspanne.admission.quotas.terms import UNLIMITED, Limits, Terms
from sanspanne.admission.quotas.words import refusal


class Entered(Struct, gc=False):
    """An answer under way: what is left of its reservation, and what it has said, in tokens."""

    meter: Meter
    reserved: int = 0
    output: int = 0


class Quotas:
    """The terms of the keys and what they use. `now` is monotonic, `wall` is in seconds since 1970.

    `stored` gives the terms of the keys of the store; it is looked at again whenever it gives another mapping.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time) -> None:
        self._now = now
        self._wall = wall
        self._seen: Mapping[str, Terms] = {}
        self.stored: Callable[[], Mapping[str, Terms]] = lambda: self._seen
        self._meters: dict[str, Meter] = {}
        self._entered: dict[str, Entered] = {}
        self._unlimited: dict[str, Meter] = {}  # of answers under way whose key had no limits when they entered
        self.configure({}, UNLIMITED)

    def configure(self, configured: Mapping[str, Terms], defaults: Limits) -> None:
        """The terms of the configuration's keys, and the limits of every key that names none of its own."""
        self._configured = configured
        self._defaults = defaults
        self._combine()

    def enter(self, key: str, answer_id: str, tokens: int, most: int | None = None) -> None:
        """An answer asks to come in: `tokens` of its prompt, `most` of its end. Raises `CallerError` (429)."""
        meter = self._meter(key)
        if not meter.gauges:
            meter.begin(self._wall())
            self._unlimited[answer_id] = meter
            return
        at = Moment(self._now(), self._wall())
        if meter.reserves:
            tokens = meter.expected(tokens, most)
        if (found := meter.obstacle(at, tokens)) is not None:
            gauge, wait = found
            raise refusal(key, meter.terms, gauge.use(at), wait, at.wall, tokens)
        self._entered[answer_id] = Entered(meter, meter.enter(at, tokens))

    def withdraw(self, answer_id: str) -> None:
        """An answer that got nothing so far waits, and will enter again; nothing happens for one that has not entered."""
        at = Moment(self._now(), self._wall())
        if (meter := self._unlimited.pop(answer_id, None)) is not None:
            meter.withdraw(at, 0)
        elif (entered := self._entered.pop(answer_id, None)) is not None:
            entered.meter.withdraw(at, entered.reserved)

    def leave(self, answer_id: str) -> None:
        """An answer is over, however it ended; nothing happens for one that has not entered."""
        if (meter := self._unlimited.pop(answer_id, None)) is not None:
            meter.running -= 1
        elif (entered := self._entered.pop(answer_id, None)) is not None:
            at = Moment(self._now(), self._wall())
            entered.meter.leave(at, entered.reserved, entered.output)

    def spend(self, key: str, answer_id: str, spent: Spent) -> None:
        """One attempt of an answer is over; also of one that has not entered, since an earlier life began it."""
        meter = self._unlimited.get(answer_id)
        if meter is not None and not meter.gauges:
            meter.count(self._wall(), spent)
            return
        at = Moment(self._now(), self._wall())
        entered = self._entered.get(answer_id)
        if entered is None:
            self._meter(key).spend(at, spent, 0)
            return
        entered.reserved = entered.meter.spend(at, spent, entered.reserved)
        entered.output += spent.output

    def class_of(self, key: str) -> str:
        """`interactive`, `agent` or `batch`."""
        return self._meter(key).terms.key_class

    def left(self, key: str) -> tuple[Use, ...]:
        """How much of each of its limits a key has used; nothing for a key without limits."""
        at = Moment(self._now(), self._wall())
        return tuple([gauge.use(at) for gauge in self._meter(key).gauges])

    def keys(self) -> list[str]:
        """The keys that have terms of their own, and those that were used."""
        return sorted(self._terms.keys() | self._meters.keys())

    def today(self, key: str) -> tuple[Used, int]:
        """What a key has used in this day (UTC), and how many of its answers are under way."""
        meter = self._meter(key)
        return meter.day.at(self._wall()), meter.running

    def headers(self, key: str, dialect: str) -> Headers:
        """What the head of an answer says of its key's limits, in the names of the caller's dialect."""
        return quota_headers(self.left(key), dialect, self._wall()) if self._meter(key).gauges else []

    def add_earlier(self, day: Mapping[str, Used], month: Mapping[str, Used], wall: float) -> None:
        """What earlier lives of the process have used in the day and the month around `wall`, by key."""
        now = self._wall()
        for key, used in day.items() if day_of(now) == day_of(wall) else ():
            self._meter(key).day.at(now).add(used)
        for key, used in month.items() if month_of(now) == month_of(wall) else ():
            self._meter(key).month.at(now).add(used)

    def _meter(self, key: str) -> Meter:
        if self.stored() is not self._seen:
            self._combine()
        terms, meter = self._terms.get(key, self._others), self._meters.get(key)
        if meter is None:
            meter = self._meters[key] = Meter(terms)
        elif meter.terms is not terms:
            meter.measure(terms)
        return meter

    def _combine(self) -> None:
        self._seen = self.stored()
        self._others = Terms(limits=self._defaults)
        self._terms = {
            name: Terms(terms.key_class, terms.limits.over(self._defaults), terms.section)
            for name, terms in {**self._seen, **self._configured}.items()
        }
