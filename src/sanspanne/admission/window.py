"""How many streams a target is given at once: the window.

    quick start      +1 per clean first word, up to the goal: doubles per wave. A new target has no goal, it goes on until a limit
    steady growth    +1, +2, +4 .. per wave of 8 clean first words, as long as it is used, unhurried and not refused
    refusal          window <- what the target carried when the refused call was sent; that is the known ceiling. It is tried
                     again after 10, 20, 40, 80 s and 20 clean words, with one stream more; and is forgotten if that goes well
    refusal below    the first may be a slot that the provider still counts; the second in a row: window x 0.9, then 0.8, 0.7 ..
    hurry > 1.5      window <- the most that went unhurried lately; if that does not help, in flight x max(0.5, 1.25 / hurry).
                     At most once per wave of first words that were sent since
    no use           0.6 x the streams and still as slow: it is not our load, the baseline is

A clean first word is one that is neither hurried nor of a call that was sent under a larger window. Sources: AIMD as TCP has it,
the binary search of BIC, and Netflix' Gradient2; with one measure in place of a factor, since a refusal tells the capacity.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from sanspanne.admission.pace import Pace

HURRIED, AT_EASE, AIM = 1.5, 1.25, 1.25
DEEPEST_CUT = 0.5
WAVE = 8
FIRST_HOLD, LONGEST_HOLD, HOLD_WORDS = 10.0, 80.0, 20
STRIKES = (1.0, 0.9, 0.8, 0.7)
LIGHTER = 0.6


class Window:
    """The window of one target. Sizes are streams; `least`: slowness alone shrinks it no further; `cap`: nothing widens it further."""

    def __init__(self, now: Callable[[], float], *, start: float, least: float, cap: float = inf, goal: float = inf) -> None:
        self._now = now
        self._least = least
        self._cap = cap
        self.pace = Pace()
        self.size = min(start, cap)
        self.ceiling = inf
        self.peak = 0  # streams at once since the window was last changed
        self._goal = goal
        self._good = 0.0  # the most streams that went unhurried
        self._bad = inf  # so many were too much
        self._step = 1.0
        self._words = self._clean = self._strikes = 0
        self._hold = FIRST_HOLD
        self._try_again_at = self._struck_at = self._cut_at = self._grown_at = -inf

    def word(self, seconds: float, in_flight: int) -> None:
        """A first word came after so many seconds, when so many were in flight."""
        sent = self._now() - seconds
        if sent < self._cut_at:
            return
        if sent >= self._struck_at:
            self._strikes = 0
        self._clean += 1
        self.pace.saw(seconds, at_ease=in_flight <= max(self._least, LIGHTER * self._good), streams=in_flight)
        hurry = self.pace.hurry
        if hurry > HURRIED:
            self._hurried(in_flight, hurry)
        elif hurry < AT_EASE:
            self._good = max(self._good, in_flight)
            if in_flight > self.size / 2:
                self._unhurried(sent)

    def refused(self, others: int, sent: float) -> None:
        """A call was refused that was sent at that time, while so many others were in flight."""
        carried = float(max(1, others))
        self._clean = 0
        if sent < self._cut_at:
            self._cut(min(self.size, carried))  # of the same volley: the smallest is the best measure
        elif carried < self.ceiling < inf:
            self._strike(carried, sent)
        else:
            is_probe = self.ceiling < inf and self._step == 1.0
            self._hold = min(LONGEST_HOLD, self._hold * 2) if is_probe else FIRST_HOLD
            self._cut(min(self.size, carried))

    def recovered(self, start: float) -> None:
        """The target is back after an outage: small at first, then quickly towards what it carried before."""
        self._goal = max(self.size, self._good)
        self._cut(min(start, self._cap))
        self.ceiling = inf
        self._strikes = 0

    def scale(self, factor: float) -> None:
        """Smaller by a factor, once a second at most."""
        if self._now() - self._cut_at >= 1.0:
            self._goal = 0.0
            self.size = max(1.0, self.size * factor)
            self._changed(cut=True)

    def _strike(self, carried: float, sent: float) -> None:
        """Refused although it has taken as many before."""
        if sent < self._struck_at:
            return
        self._struck_at = self._now()
        factor = STRIKES[min(self._strikes, len(STRIKES) - 1)]
        self._strikes += 1
        if factor < 1.0:
            self._hold = FIRST_HOLD
            self._cut(max(1.0, min(self.size, carried * factor)))

    def _cut(self, size: float) -> None:
        self.size = self.ceiling = size
        self._goal = 0.0
        self._good = min(self._good, size)
        self._bad = inf
        self._try_again_at = self._now() + self._hold
        self._changed(cut=True)

    def _hurried(self, in_flight: int, hurry: float) -> None:
        self._bad = self.size
        self._goal = 0.0
        size = max(self._good, in_flight * max(DEEPEST_CUT, AIM / hurry))
        self.size = min(self.size, max(self._least, size))
        self._good = min(self._good, in_flight / hurry)
        self._changed(cut=True)

    def _unhurried(self, sent: float) -> None:
        if self.size < self._goal:
            self._grow(1.0)
            return
        self._words += sent >= self._grown_at
        if self._words < min(WAVE, 2 * self.size):
            return
        if self.size > self.ceiling:
            if self.peak <= self.ceiling:
                return  # nobody has tried yet
            self.ceiling, self._hold = self.size, FIRST_HOLD
            self._step *= 2
        elif self.size == self.ceiling and (self._now() < self._try_again_at or self._clean < HOLD_WORDS):
            return
        self._grow(self._step)
        if self.ceiling == inf:
            self._step *= 2
        self._changed(cut=False)

    def _grow(self, step: float) -> None:
        if self.size < self._bad < inf:
            step = max(1.0, min(step, (self._bad - self.size) / 2))
        self.size = min(self._cap, self.size + step)
        if self.size > self._bad:
            self._bad = inf

    def _changed(self, *, cut: bool) -> None:
        self._grown_at = self._now()
        self._words = self.peak = 0
        if cut:
            self._cut_at = self._grown_at
            self._step = 1.0
            self.pace.forget()
