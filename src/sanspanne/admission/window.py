"""How many streams a target is given at once: the window.

    slow start      +1 per clean first word (doubles per wave), until a limit is met
    refusal         window <- what the target carried when the refused call was sent; once per max(1 s, first-token time)
    hurry > 2       window <- in flight * max(0.5, 1.5 / hurry); once per wave of first words
    hurry < 1.3     +step per wave of clean first words; the step doubles as long as that goes well
    known ceiling   after a refusal it is not tried again before 10, 20, 40 .. s and 20 clean words

Sources: AIMD as in TCP and in Netflix' concurrency-limits, whose Gradient2 gives the rule for slow targets.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from sanspanne.admission.pace import Pace

HURRIED, AT_EASE, AIM = 2.0, 1.3, 1.5
LEAST_CUT = 0.5
WAVE = 8
FIRST_HOLD, LONGEST_HOLD = 10.0, 80.0
HOLD_WORDS = 20


class Window:
    """The window of one target. Sizes are streams; `least` is where slowness stops shrinking it."""

    def __init__(self, now: Callable[[], float], *, start: float, least: float, cap: float = inf) -> None:
        self._now = now
        self._least = least
        self._cap = cap
        self.pace = Pace()
        self.size = min(start, cap)
        self.proved = self.size  # up to here growth is quick
        self.ceiling = inf  # refused above it
        self._step = 1.0
        self._words = 0
        self._words_since_refusal = 0
        self._hold = FIRST_HOLD
        self._try_again_at = 0.0
        self._changed_at = -inf
        self._peak = 0
        if start >= 100:
            self.proved = inf

    def entered(self, in_flight: int) -> None:
        """One more is in flight."""
        if in_flight > self._peak:
            self._peak = in_flight

    def word(self, seconds: float, in_flight: int) -> None:
        """A first word came after so many seconds."""
        used = in_flight > self.size / 2
        self.pace.saw(seconds, at_ease=not used)
        self._words_since_refusal += 1
        if self._now() - seconds < self._changed_at:
            return  # it was sent under another window
        self._words += 1
        hurry = self.pace.hurry
        if hurry > HURRIED:
            self._shrink(in_flight, hurry)
        elif hurry < AT_EASE and used:
            self._grow()

    def refused(self, carried: int, sent_at: float) -> None:
        """A call was refused that was sent while the target carried so many others."""
        carried = max(1, carried)
        self._words_since_refusal = 0
        if sent_at < self._changed_at:  # of the same volley: it only makes the measure better
            self._cut(min(self.size, carried))
            return
        if self._now() - self._changed_at < max(1.0, self.pace.recent or 0.0):
            return
        probed = self._peak > self.ceiling or self.ceiling == inf
        self._hold = min(LONGEST_HOLD, self._hold * 2) if self.ceiling < inf and probed else FIRST_HOLD
        self._cut(min(self.size, carried))

    def recovered(self, start: float) -> None:
        """The target is back after an outage: small steps, quickly, towards what was proved before."""
        self.proved = max(self.size, self.proved if self.proved < inf else 0.0)
        self.size = min(start, self._cap)
        self.ceiling = inf
        self._changed()
        self.pace.forget()

    def scaled(self, factor: float) -> None:
        """Smaller by a factor, once per window."""
        if self._now() - self._changed_at >= 1.0:
            self.size = self.proved = max(1.0, self.size * factor)
            self._changed()

    def _cut(self, size: float) -> None:
        self.size = self.proved = self.ceiling = size
        self._step = 1.0
        self._try_again_at = self._now() + self._hold
        self._changed()

    def _shrink(self, in_flight: int, hurry: float) -> None:
        size = in_flight * max(LEAST_CUT, AIM / hurry)
        self.size = self.proved = max(self._least, min(self.size, size))
        self._step = 1.0
        self._changed()
        self.pace.forget()

    def _grow(self) -> None:
        if self.size < self.proved:
            self.size = min(self._cap, self.size + 1)
            return
        if self._words < min(WAVE, 2 * self.size):
            return
        if self.size >= self.ceiling:
            if self._peak > self.ceiling:
                self._hold = FIRST_HOLD
                self.ceiling = self.size
            elif self._now() < self._try_again_at or self._words_since_refusal < HOLD_WORDS:
                return
        self.size = min(self._cap, self.size + self._step)
        self.proved = self.size
        self._step *= 2
        self._changed()

    def _changed(self) -> None:
        self._changed_at = self._now()
        self._words = 0
        self._peak = 0
