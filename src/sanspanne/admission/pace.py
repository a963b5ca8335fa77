"""How hurried a target is, from the times to the first word.

    recent     the first quartile of the last 16 times, once there are 5
    baseline   what it needs when unhurried: follows `recent` down, by 1/8 of the gap with each word; never up by itself
    hurry      recent / baseline

The quartile, because a few large prompts, or the one who had to wait for a place, must not look like an overloaded target. A
target that slows down under load slows down for everybody, so that its quick answers show it as well as its slow ones. The same
measure on both sides, because only then has a target at its ease a hurry of about 1. The baseline does not go up by itself, since
what is measured under load would lift it; the window lifts it when it has seen that less load does not help.
"""

from __future__ import annotations

from collections import deque

SAMPLES, LONGEST, ENOUGH = 16, 64, 8
RATE = 1 / 8


class Pace:
    """First-token times of one target, in seconds; 0 as long as nothing is known."""

    def __init__(self) -> None:
        self._samples: deque[float] = deque(maxlen=LONGEST)
        self.baseline = 0.0
        self.recent = 0.0

    def saw(self, seconds: float, *, streams: int, at_ease: bool) -> None:
        """A first word came after so long, when so many streams were open."""
        samples = self._samples
        samples.append(seconds)
        while len(samples) > SAMPLES + streams // 2:
            samples.popleft()
        if len(samples) < ENOUGH:
            return
        self.recent = sorted(samples)[len(samples) // 4]
        if self.baseline == 0.0:
            self.baseline = self.recent
        elif self.recent < self.baseline or at_ease:
            self.baseline += RATE * (self.recent - self.baseline)

    def forget(self) -> None:
        """The load has changed: what was measured before says nothing of it."""
        self._samples.clear()

    @property
    def hurry(self) -> float:
        """How much longer a first word takes now than it needs; 1 as long as not enough is known."""
        if len(self._samples) < ENOUGH or self.baseline == 0.0:
            return 1.0
        return self.recent / self.baseline
