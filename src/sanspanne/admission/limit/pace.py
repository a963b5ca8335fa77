"""How hurried a target is, from the times to the first word.

    recent     the first quartile of the last 16 to 64 times, the more the more streams there are
    baseline   what that is when the target is unhurried; see below
    hurry      recent / baseline, where a baseline below 0.1 s counts as that much: the rest is noise
    rush       the same from the last third alone: coarse, but it tells at once
    spread     third quartile / first quartile, averaged: how different prompts are
    too much   a hurry beyond the spread (1.5 to 2.5): even the quick words take longer now than the slow ones did

The quartile, because a few large prompts, or the one who had to wait for a place, must not look like an overloaded target; and a
target that slows down under load slows down for everybody, so that its quick words show it as well as its slow ones. The same
measure on both sides, because only then has a target at its ease a hurry of about 1.

The baseline follows `recent` (1/16 of the gap per word that is compared) down always, and up only where load cannot be the
cause: while the target is new, and below 0.4 of the most streams that it carried lately (half forgotten in a minute, and
counted at most as far as its knee, by the hurry that it had). Otherwise what is measured under load would lift it until nothing
looked like load. A drift of 1/1024 per word within 10 % only makes up for the asymmetry. What no smaller load makes quicker is
adopted (see window.py).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice
from math import cbrt

SHORTEST, LONGEST = 16, 64  # with 64, and prompts that vary by a factor 2, the quartile is good to 10 %
ENOUGH = 8  # below, a quartile says nothing
SELDOM = 8  # while the load is light, one word of so many is compared: it is under load that each of them counts
DOWN, DRIFT, DRIFTS_BELOW = 1 / 16, 1 / 1024, 1.1
LIGHT, KNEE, HALF_LIFE = 0.4, 1.5, 60.0
RUSHED = 1.1  # x too much, for the rush; and the least hurry that must agree with it
NOISE = 0.1
SPREAD_RATE, LEAST_SPREAD, MOST_SPREAD = 1 / 64, 1.5, 2.5


class Pace:
    """First-token times of one target, in seconds; 0 as long as nothing is known. So few streams as `least` are no load."""

    def __init__(self, least: float) -> None:
        self._least = least
        self._samples: deque[float] = deque()
        self._wanted = SHORTEST
        self._words = 0
        self._busiest = self._busiest_at = 0.0
        self._spread = LEAST_SPREAD
        self.baseline = self.recent = 0.0
        self.hurry = 1.0
        self.too_much = LEAST_SPREAD  # the hurry that shows too much load

    def saw(self, seconds: float, streams: int, now: float) -> bool:
        """A first word came after so long, when so many streams were open. Whether it was compared."""
        samples = self._samples
        samples.append(seconds)
        self._wanted = min(LONGEST, SHORTEST + streams // 2)
        while len(samples) > self._wanted:
            samples.popleft()
        if len(samples) < ENOUGH:
            return False
        self._words += 1
        if self._words % SELDOM and self._is_light(streams):
            return False
        ordered = sorted(samples)
        self.recent = _quartile(ordered)
        slow = ordered[-1 - len(ordered) // 4] / self.recent if self.recent else 1.0
        self._spread += max(SPREAD_RATE, 1 / self._words) * (slow - self._spread)
        self.too_much = min(MOST_SPREAD, max(LEAST_SPREAD, self._spread))
        self._compare(streams, now)
        return True

    def forget(self) -> None:
        """The load has changed: what was measured before says nothing of it."""
        self._samples.clear()
        self.hurry = 1.0

    def adopt(self) -> None:
        """This is how quick it is: less load has not made it quicker."""
        self.baseline = self.recent
        self.forget()

    @property
    def rush(self) -> float:
        """The hurry of the last third of the words."""
        if len(self._samples) < ENOUGH or not self.baseline:
            return 1.0
        last = max(ENOUGH, self._wanted // 3)
        return _quartile(sorted(islice(reversed(self._samples), last))) / max(NOISE, self.baseline)

    def is_quick(self, seconds: float) -> bool:
        """Whether a first word after so long shows that there is room for more; True as long as nothing is known."""
        return not self.baseline or seconds <= cbrt(self.too_much) * max(NOISE, self.baseline)

    def is_slow(self, seconds: float) -> bool:
        """Whether a first word after so long shows too much load."""
        return bool(self.baseline) and seconds > cbrt(self.too_much) ** 2 * max(NOISE, self.baseline)

    @property
    def is_rushed(self) -> bool:
        """Whether the last words are that slow that it is too much, and all together agree that they are slower."""
        return self.hurry > RUSHED and self.rush > RUSHED * self.too_much

    @property
    def is_sure(self) -> bool:
        """Whether there were enough words since the load was changed."""
        return len(self._samples) >= self._wanted

    def _compare(self, streams: int, now: float) -> None:
        if self.baseline == 0.0:
            self.baseline = self.recent
            return
        self.hurry = self.recent / max(NOISE, self.baseline)
        self._busiest *= 0.5 ** ((now - self._busiest_at) / HALF_LIFE)
        self._busiest_at = now
        self._busiest = max(self._busiest, streams * min(1.0, KNEE / self.hurry) if self.hurry else 0.0)
        self.baseline += self._rate(streams) * (self.recent - self.baseline)

    def _rate(self, streams: int) -> float:
        if self.hurry < 1.0 or self._words < self._wanted or self._is_light(streams):
            return DOWN
        return DRIFT if self.hurry < DRIFTS_BELOW else 0.0

    def _is_light(self, streams: int) -> bool:
        """Whether so few streams cannot be the cause of any slowness."""
        return streams <= self._least or streams <= LIGHT * self._busiest


def _quartile(ordered: Sequence[float]) -> float:
    return ordered[len(ordered) // 4]
