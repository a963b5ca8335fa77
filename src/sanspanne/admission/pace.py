"""How hurried a target is, from the times to the first word.

    recent     the first quartile of the last 16 times
    baseline   what it needs when unhurried: follows `recent` down by 1/8 of the gap per sample, and up by 1/64, but up only
               while the target is used well below its window
    hurry      recent / max(baseline, 0.25 s): below that a difference is noise, of the network or of our own

The quartile, because a few large prompts, or the one who had to wait for a place, must not look like an overloaded target;
the same measure on both sides, because only then does a target at its ease have a hurry of about 1. A target that slows down
under load slows down for everybody, so that its quick answers tell it as well as its slow ones.
"""

from __future__ import annotations

from collections import deque

SAMPLES = 16
ENOUGH = 5
DOWN = 1 / 8
UP = 1 / 64
QUICK = 0.25


class Pace:
    """First-token times of one target, in seconds."""

    def __init__(self) -> None:
        self._samples: deque[float] = deque(maxlen=SAMPLES)
        self.baseline: float | None = None
        self.recent: float | None = None

    def saw(self, seconds: float, *, at_ease: bool) -> None:
        """A first word came after so long; `at_ease`: the target was used well below its window."""
        self._samples.append(seconds)
        if len(self._samples) < ENOUGH:
            return
        self.recent = sorted(self._samples)[len(self._samples) // 4]
        if self.baseline is None:
            self.baseline = self.recent
        elif self.recent < self.baseline:
            self.baseline += DOWN * (self.recent - self.baseline)
        elif at_ease:
            self.baseline += UP * (self.recent - self.baseline)

    def forget(self) -> None:
        """The window has changed: what was measured before says nothing of it."""
        self._samples.clear()

    @property
    def hurry(self) -> float:
        """How much longer a first word takes now than it needs; 1 as long as not enough is known."""
        if not self.baseline or not self.recent or len(self._samples) < ENOUGH:
            return 1.0
        return self.recent / max(self.baseline, QUICK)
