"""How late our own loop runs: what looks like a provider's silence may be ours.

    every 20 ms a timer is due; late = now - due
    lag <- max(late, 0.97 x lag), at most 1 s

So a burst of work is remembered for about a second (its half-life is 0.45 s), and a machine that slept is awake soon. The clocks
of an attempt do not run out while the loop is late: what the provider has sent may wait unread, and what we wanted to ask may not
have been sent.
"""

from __future__ import annotations

import asyncio

PERIOD = 0.02
DECAY = 0.97
MOST = 1.0


class LoopLag:
    """Measures the loop that it is started on; `start` is needed before use, `stop` after it."""

    def __init__(self) -> None:
        self._timer: asyncio.Handle | None = None
        self._due = self._lag = 0.0

    def seconds(self) -> float:
        """How late the loop has lately been, at worst."""
        return self._lag

    def start(self) -> None:
        """Begin to measure the running loop."""
        self._again(asyncio.get_running_loop())

    def stop(self) -> None:
        """Measure no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        self._lag = min(MOST, max(loop.time() - self._due, self._lag * DECAY))
        self._again(loop)

    def _again(self, loop: asyncio.AbstractEventLoop) -> None:
        """The time is kept here: for what is due by now uvloop gives a handle that does not know its own."""
        self._due = loop.time() + PERIOD
        self._timer = loop.call_at(self._due, self._tick)
