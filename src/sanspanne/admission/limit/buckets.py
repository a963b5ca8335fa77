"""Requests and tokens that a provider still allows us, from its rate-limit headers.

    left   <- what the headers say; counted down with what we send; full again at the reset, and so on until the next word:
              calls that end without headers (silence, a dropped connection) must not close it for good

Below 20 % of its limit a bucket lets no spill in; at 0 nobody, until the reset. A header without a reset means a minute, the
period of every provider's limits. Anthropic rounds tokens to thousands, so that 0 may be 499: we stop that little too early.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

UNTOLD_RESET = 60.0
SHORTEST_PERIOD = 1.0
LOW = 0.2


class Bucket:
    """One of them; without a word from the provider it is endless."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.left = inf
        self._limit = inf
        self._full_at = inf
        self._period = UNTOLD_RESET

    def learn(self, left: int | None, limit: int | None, reset: float | None) -> None:
        """What the headers of an answer say; None: they do not."""
        if left is None:
            return
        self.left = float(left)
        if limit:
            self._limit = float(limit)
        elif left:
            self._limit = max(self.left, self._limit if self._limit < inf else 0.0)
        self._period = UNTOLD_RESET if reset is None else reset
        self._full_at = self._now() + self._period

    def take(self, count: int) -> None:
        """So much has been sent."""
        self.left -= count

    def has_room(self, *, spill: bool) -> bool:
        """Whether one more may be sent."""
        if (now := self._now()) >= self._full_at:
            self.left, self._full_at = self._limit, now + max(SHORTEST_PERIOD, self._period)
        return self.left == inf or self.left > (LOW * self._limit if spill else 0)

    def closed_for(self) -> float:
        """Seconds for which nobody may send anything, if no other headers come."""
        return 0.0 if self.left > 0 else max(0.0, self._full_at - self._now())

    def opens_in(self) -> float | None:
        """Seconds until it is full again, if it is that low that somebody may be waiting for it."""
        if self.left > LOW * self._limit or self._full_at == inf:
            return None
        return max(0.0, self._full_at - self._now())
