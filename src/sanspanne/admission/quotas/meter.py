"""What one key uses, measured against its limits.

    enter    every limit has room, or nothing is taken from any; tokens are reserved: those of the prompt, and of the answer
             min(max_tokens, p90 of the key's answers)
    spend    an attempt is over: its tokens come out of the reservation, and out of the limits where that is used up
    leave    what is left of the reservation is given back

A key without limits is counted too, since it may be given some while the server runs.
"""

from __future__ import annotations

from msgspec import Struct

from sanspanne.admission.quotas.calendar_window import CalendarWindow, day_of, month_of
from sanspanne.admission.quotas.gauges import AtOnce, Gauge, Moment, PerMinute, PerPeriod
from sanspanne.admission.quotas.gcra import Bucket
from sanspanne.admission.quotas.recent import Recent
from sanspanne.admission.quotas.terms import Limits, Terms

MINUTE = 60.0


class Spent(Struct, frozen=True, gc=False):
    """What one attempt used; `dollars` None where its price is not known."""

    input: int = 0
    output: int = 0
    dollars: float | None = None


class Meter:
    """Of one key. `running` counts its answers under way, `reserved` what is left of their reservations, in tokens."""

    def __init__(self, terms: Terms) -> None:
        self.day = CalendarWindow(day_of)
        self.month = CalendarWindow(month_of)
        self.running = 0
        self.reserved = 0
        self.recent = Recent()
        self._requests: Bucket | None = None
        self._tokens: Bucket | None = None
        self.measure(terms)

    def measure(self, terms: Terms) -> None:
        """From now on against these terms; what is used stays used."""
        self.terms = terms
        self._requests = _bucket(self._requests, terms.limits.requests_per_minute)
        self._tokens = _bucket(self._tokens, terms.limits.tokens_per_minute)
        self.gauges = tuple(self._gauges(terms.limits))
        self.reserves = terms.limits.tokens_per_minute is not None or terms.limits.tokens_per_day is not None

    def expected(self, prompt: int, most: int | None) -> int:
        """The tokens that an answer is likely to use; `most` is what its caller limits it to."""
        usual = self.recent.p90()
        return prompt + (usual if most is None else min(most, usual))

    def obstacle(self, at: Moment, tokens: int) -> tuple[Gauge, float] | None:
        """The limit that keeps one more answer out for longest, and for how many seconds; None: there is room."""
        waits = [(gauge, gauge.wait(at, tokens)) for gauge in self.gauges]
        gauge, wait = max(waits, key=lambda found: found[1])
        return (gauge, wait) if wait > 0 else None

    def begin(self, wall: float) -> None:
        """One more answer, where nothing is limited."""
        self.day.at(wall).requests += 1
        self.running += 1

    def enter(self, at: Moment, tokens: int) -> int:
        """One more answer; what was reserved for it."""
        self.begin(at.wall)
        if self._requests is not None:
            self._requests.take(at.now, 1)
        reserved = self._capped(tokens)
        self.reserved += reserved
        self._take(at, reserved)
        return reserved

    def spend(self, at: Moment, spent: Spent, reserved: int) -> int:
        """An attempt is over, of an answer for which so much is `reserved`; what is left of that."""
        tokens = spent.input + spent.output
        covered = min(tokens, reserved)
        self.reserved -= covered
        self._take(at, tokens - covered)
        self.count(at.wall, spent)
        return reserved - covered

    def count(self, wall: float, spent: Spent) -> None:
        """An attempt is over, whatever is limited."""
        dollars = spent.dollars or 0.0
        self.month.at(wall).dollars += dollars
        day = self.day.at(wall)
        day.tokens += spent.input + spent.output
        day.dollars += dollars

    def leave(self, at: Moment, reserved: int, output: int) -> None:
        """An answer is over that has said `output` tokens; what is left of its reservation is given back."""
        self.running -= 1
        self.reserved -= reserved
        self._take(at, -reserved)
        if output:
            self.recent.add(output)

    def withdraw(self, at: Moment, reserved: int) -> None:
        """An answer that got nothing so far has not asked."""
        self.leave(at, reserved, 0)
        day = self.day.at(at.wall)
        day.requests = max(0, day.requests - 1)  # it may have entered the day before
        if self._requests is not None:
            self._requests.take(at.now, -1)

    def _take(self, at: Moment, tokens: int) -> None:
        if tokens and self._tokens is not None:
            self._tokens.take(at.now, tokens)

    def _capped(self, tokens: int) -> int:
        """What is larger than a limit as a whole passes when nothing of it is used, and takes all of it."""
        if not self.reserves:
            return 0
        limits = self.terms.limits
        return min(most for most in (tokens, limits.tokens_per_minute, limits.tokens_per_day) if most is not None)

    def _gauges(self, limits: Limits) -> list[Gauge]:
        gauges: list[Gauge] = []
        if self._requests is not None:
            gauges.append(PerMinute("requests_per_minute", self._requests, per_token=False))
        if limits.requests_per_day is not None:
            gauges.append(PerPeriod("requests_per_day", limits.requests_per_day, self.day, lambda used: used.requests))
        if self._tokens is not None:
            gauges.append(PerMinute("tokens_per_minute", self._tokens, per_token=True))
        if limits.tokens_per_day is not None:
            gauges.append(
                PerPeriod("tokens_per_day", limits.tokens_per_day, self.day, lambda used: used.tokens + self.reserved)
            )
        if limits.streams is not None:
            gauges.append(AtOnce("streams", limits.streams, lambda: self.running))
        if limits.dollars_per_day is not None:
            gauges.append(PerPeriod("dollars_per_day", limits.dollars_per_day, self.day, lambda used: used.dollars))
        if limits.dollars_per_month is not None:
            gauges.append(
                PerPeriod("dollars_per_month", limits.dollars_per_month, self.month, lambda used: used.dollars)
            )
        return gauges


def _bucket(bucket: Bucket | None, size: int | None) -> Bucket | None:
    """The bucket for a limit, which keeps what is used of it when its size changes."""
    if size is None:
        return None
    if bucket is None:
        return Bucket(size, MINUTE)
    bucket.resize(size)
    return bucket
