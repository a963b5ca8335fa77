"""How long somebody will wait, from what was measured.

    starts per second = attempts under way / mean duration of an answer       (Little's law; every slot is taken while one waits)
    wait = (ahead + 1) / starts per second

as a range: the next n starts of independent streams are about a Poisson process, so that the time until the n-th has a spread
of 1/sqrt(n).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection
from math import sqrt

from sanspanne.chat import Target
from sanspanne.hooks import AttemptBegun, AttemptEnded, Fact

MEMORY = 200  # answers


class Forecast:
    """An observer: it learns from the attempts."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._running: dict[int, str] = {}
        self._seconds: deque[float] = deque(maxlen=MEMORY)

    def observe(self, fact: Fact) -> None:
        """Learn how many run, and how long they take."""
        if type(fact) is AttemptBegun and not fact.probe:
            self._running[fact.number] = fact.target
        elif type(fact) is AttemptEnded:
            was_ours = self._running.pop(fact.number, None) is not None
            if was_ours and fact.outcome == "answered":
                self._seconds.append(fact.seconds)

    def duration(self) -> float | None:
        """Seconds that an answer takes, in the middle of those that were measured; None: nobody has been answered."""
        return sorted(self._seconds)[len(self._seconds) // 2] if self._seconds else None

    def wait(self, ahead: int, targets: Collection[Target] | None = None) -> tuple[float, float] | None:
        """Seconds until somebody with so many before him begins: at least, at most; None: nobody is served.

        With `targets` it is by them alone that he, and those before him, can be served.
        """
        names = None if targets is None else {str(target) for target in targets}
        running = len(self._running) if names is None else sum(name in names for name in self._running.values())
        if not running or not self._seconds:
            return None
        expected = (ahead + 1) * sum(self._seconds) / len(self._seconds) / running
        spread = 1 / sqrt(ahead + 1)
        return expected * max(0.0, 1 - spread), expected * (1 + spread)
