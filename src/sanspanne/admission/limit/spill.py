"""What traffic of other models may use of a target: a share that begins small, behind a reserve for the target's own.

ramp      begins at max(4, 5 % of the window); +0.5 per quick first word of a spilled answer (x 1.5 per wave), +0.3
          beside own traffic; -0.4 per slow one: a target that slows down before it crashes leaves no time for statistics; halved
          by a refusal beside own traffic
reserve   1.2 x own answers at once, averaged over 15 min. By Little's law that is arrivals per second x mean seconds.
room      min(ramp, window - max(own, reserve)), and the last 10 % of the window never
"""

from __future__ import annotations

from math import exp

LEAST, SHARE, GROWTH, RETREAT, BESIDE_OWN, LONGEST_WAVE = 4.0, 0.05, 0.5, 0.4, 0.3, 16.0
MARGIN = 1.2
PERIOD = 900.0
OFTEN = 0.1  # seconds
NEVER = 0.1


class Ramp:
    """How many spilled answers the target is given at once, by the ramp alone."""

    def __init__(self, window: float) -> None:
        self.size = max(LEAST, SHARE * window)
        self._wave = 1.0

    def quick_word(self, share: float, in_flight: int) -> None:
        """A first word that shows room for more; a `share` of it (0 to 1) was a spilled answer's."""
        if in_flight >= self.size / 2:
            self.size += share * (GROWTH if share == 1.0 else BESIDE_OWN) / self._wave

    def slow_word(self, share: float) -> None:
        """A first word that shows too much load."""
        self.size = max(LEAST, self.size - share * RETREAT)

    def halve(self, *, is_ours: bool = False) -> None:
        """A refusal; `is_ours`: of our growth itself, so that the steps take twice as long from here on."""
        self.size = max(1.0, self.size / 2)
        if is_ours:
            self._wave = min(LONGEST_WAVE, self._wave * 2)

    def restart(self, start: float) -> None:
        """After an outage."""
        self.size, self._wave = start, 1.0


class Own:
    """A target's own answers at once, averaged over time."""

    def __init__(self, now: float) -> None:
        self._mean = 0.0
        self._weight = 0.0  # how much of the average is known: 0 to 1
        self._at = now

    def until(self, now: float, count: int) -> None:
        """From the last time until now there were `count` of them. So shortly after it, it is not worth counting."""
        if now - self._at > OFTEN:
            fresh = 1 - exp((self._at - now) / PERIOD)
            self._mean += fresh * (count - self._mean)
            self._weight += fresh * (1 - self._weight)
            self._at = now

    @property
    def reserve(self) -> float:
        """The streams that are kept for them."""
        return MARGIN * self._mean / self._weight if self._weight else 0.0
