"""One timer that bites when an upstream is silent for too long.

    feed(seconds)   the upstream may be silent for so long from now
    rest()          nobody is waiting for the upstream (the caller reads slowly): silence does not count
    bite(reason)    called once when the time is over, and from outside when somebody knows better
    pardon(reason)  asked before it bites of its own: for how many seconds more the silence may last

Feeding only writes a number; the loop's timer looks at it when it fires and sets itself anew. What the upstream sent may be
waiting unread: the dog looks a second time before it bites, and while the loop runs late (see loop_lag.py) it looks again and
again, for at most three times the time that was allowed, and two seconds at least.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

GRACE = 0.05  # seconds for the loop to read what has already arrived
LATE = 0.02  # seconds: a loop that lags more is too busy to blame anybody
PATIENCE = 2.0


class Watchdog:
    """Guards one attempt; `on_bite` must unblock whoever waits for the upstream, `lag` is how late the loop runs, in seconds."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        on_bite: Callable[[], None],
        lag: Callable[[], float] = lambda: 0.0,
        pardon: Callable[[str], float] = lambda reason: 0.0,
    ) -> None:
        self._loop = loop
        self._on_bite = on_bite
        self._lag = lag
        self._pardon = pardon
        self._deadline: float | None = None
        self._latest = 0.0
        self._timer: asyncio.Handle | None = None
        self._due = 0.0  # of the timer: for what is due by now uvloop gives a handle that does not know its own
        self._looked = False
        self.bitten: str | None = None
        self._reason = ""

    def feed(self, seconds: float, reason: str) -> None:
        """Silence is allowed for `seconds` from now; `reason` names the clock that runs."""
        self._deadline = self._loop.time() + seconds
        self._latest = self._deadline + max(PATIENCE, 3 * seconds)
        self._reason = reason
        self._looked = False
        if self._timer is None:
            self._look_at(self._deadline)
        elif self._due > self._deadline:
            self._timer.cancel()
            self._look_at(self._deadline)

    def rest(self) -> None:
        """Nobody waits: no deadline."""
        self._deadline = None

    def stop(self) -> None:
        """The attempt is over; the dog forgets it, or the two would hold on to each other, and to a request of many MB."""
        self._deadline = None
        self._on_bite, self._pardon = _nobody, _none
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def bite(self, reason: str) -> None:
        """End the wait now."""
        if self.bitten is None:
            self.bitten = reason
            on_bite = self._on_bite
            self.stop()
            on_bite()

    def _look_at(self, when: float) -> None:
        self._due = when
        self._timer = self._loop.call_at(when, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._deadline is None:
            return
        now = self._loop.time()
        if now < self._deadline:
            self._look_at(self._deadline)
        elif not self._looked or (self._lag() > LATE and now < self._latest):
            self._looked = True
            self._look_at(now + max(GRACE, 10 * self._lag()))
        elif more := self._pardon(self._reason):
            self.feed(more, self._reason)
        else:
            self.bite(self._reason)


def _nobody() -> None:
    """Nobody is guarded."""


def _none(reason: str) -> float:
    """No pardon."""
    del reason
    return 0.0
