"""The budget for second tries on the same target and for hedges, over all requests together.

    budget <- min(cap, budget + share)     for each request
    budget <- min(cap, budget + dt / 10 s) as time passes
    a retry or a hedge takes 1; with less than 1 left it is refused

So that the extra calls stay below `share` (10 %) of the requests and one in 10 s, whatever goes wrong. A failover to another
target never asks here. Source: the retry budgets of Finagle and of Google's SRE book, chapter 21, scaled to a small gateway.
"""

from __future__ import annotations

from collections.abc import Callable


class RetryBudget:
    """Counts what may still be tried again."""

    def __init__(self, now: Callable[[], float], *, share: float = 0.1, every: float = 10.0, cap: float = 10.0) -> None:
        self._now = now
        self._share = share
        self._every = every
        self._cap = cap
        self._left = 1.0
        self._seen = now()

    def deposit(self) -> None:
        """A request has come."""
        self._left = min(self._cap, self._left + self._share)

    def spend(self) -> bool:
        """Take one extra call out of the budget; False if there is none."""
        now = self._now()
        self._left = min(self._cap, self._left + (now - self._seen) / self._every)
        self._seen = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True
