"""The circuit breaker of one target.

    score <- score * 2^(-dt / 60 s)
    a failure of weight w:  score <- score + w
    an answer:              score <- max(0, score - 2/3)

    closed --(score >= 2.5, or too many cuts)--> open --(2 probes answered in a row, once it is not held)--> closed

Three failures in a row within half a minute open it; so does a target that fails more than 40 % of the time, because an
answer takes back 2/3 of what a failure adds. Answers that break off after their first word count little here, so that it takes
about ten in a row, and are counted over a longer time in cuts.py, which may hold the breaker open for a while. Only probes close
it again: a user's request is never the test. While it is open, answers and failures of requests that were already under way
change nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from sanspanne.attempts.cuts import Cuts

THRESHOLD = 2.5
RELIEF = 2.0 / 3.0
HALF_LIFE = 60.0
PROBES_TO_CLOSE = 2
PROBES_IN_NEED = 1  # while requests wait: the limit lets few through at first, and they are the second test


class Breaker:
    """Closed lets requests through; open does not."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._score = 0.0
        self._at = now()
        self._probes_answered = 0
        self._cuts = Cuts(now)
        self.is_open = False

    @property
    def held(self) -> float:
        """For how many seconds it stays open, whatever probes say: so long none need be sent."""
        return self._cuts.held if self.is_open else 0.0

    @property
    def is_calm(self) -> bool:
        """Closed, and not one whole failure is remembered."""
        if self._score:
            self._decay()
        return not self.is_open and self._score < 1.0

    def failed(self, weight: float) -> bool:
        """Count a failure; True if this one opens the breaker."""
        self._probes_answered = 0
        if self.is_open or weight <= 0:
            return False
        self._decay()
        self._score += weight
        if self._score < THRESHOLD:
            return False
        self.is_open = True
        return True

    def broke_off(self, weight: float) -> bool:
        """Count an answer that broke off after its first word; True if this one opens the breaker."""
        if not self.is_open and weight > 0 and self._cuts.cut():
            self.is_open = True
            self._probes_answered = 0
            return True
        return self.failed(weight)

    def answered(self) -> None:
        """Count an answer to a user's request."""
        if self.is_open:
            return
        self._cuts.whole()
        if self._score:
            self._decay()
            self._score = max(0.0, self._score - RELIEF)

    def probe_answered(self, enough: int = PROBES_TO_CLOSE) -> bool:
        """Count an answered probe; True if this one closes the breaker, because so many in a row are `enough`."""
        if not self.is_open:
            self._score = 0.0
            return False
        self._probes_answered += 1
        if self._probes_answered < enough or self.held:
            return False
        self.is_open = False
        self._score = 0.0
        self._probes_answered = 0
        return True

    def _decay(self) -> None:
        now = self._now()
        self._score *= 0.5 ** ((now - self._at) / HALF_LIFE)
        self._at = now
