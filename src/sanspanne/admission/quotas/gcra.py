"""A token bucket that needs no timer: the generic cell rate algorithm.

    size S, refilled evenly in P seconds; T = P / S is what one costs in time
    tat   the "theoretical arrival time": when the bucket is full again
    level at time t = min(S, (t + P - tat) / T)

    take n    tat = max(tat, t) + n T
    room      n fit at t if max(tat, t) + n T <= t + P

From any full bucket at most S + S w / P pass in w seconds: all of it at once, and then what flows in. What is corrected
afterwards moves `tat`: back by what was not used, but a bucket is never more than full; or on by what was used besides, be it
into debt, which what flows in pays first.

Source: ITU-T Recommendation I.371 (2004), annex A, "generic cell rate algorithm", in its form as virtual scheduling.
"""

from __future__ import annotations

from math import inf

ROUNDING = 1e-9  # of a period: what sums of floats may be wrong by


class Bucket:
    """Holds `size`; empty, it is full again after `period` seconds. All times are monotonic seconds."""

    __slots__ = ("_cost", "_slack", "_tat", "period", "size")

    def __init__(self, size: float, period: float) -> None:
        self._tat = -inf
        self.period = period
        self.resize(size)

    def resize(self, size: float) -> None:
        """From now on it holds `size`; the share of it that is used stays used."""
        self.size = size
        self._cost = self.period / size
        self._slack = ROUNDING * self.period

    def wait(self, now: float, amount: float) -> float:
        """Seconds until `amount` fits, 0 if it does now; more than the size is taken for all of it."""
        ready = max(self._tat, now) + min(amount, self.size) * self._cost - self.period
        return ready - now if ready > now + self._slack else 0.0

    def take(self, now: float, amount: float) -> None:
        """Use so much, whether there is room for it or not; less than nothing gives it back."""
        self._tat = max(self._tat, now) + amount * self._cost

    def used(self, now: float) -> float:
        """How much of it is used; more than its size while it is in debt."""
        return max(0.0, self._tat - now) / self._cost

    def full_in(self, now: float) -> float:
        """Seconds until all of it is there again."""
        return max(0.0, self._tat - now)
