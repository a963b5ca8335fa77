"""The budget for calls beyond one per request: second tries on the same target, hedges, takeovers of broken answers.

    budget <- min(cap, budget + share)     for each request
    budget <- min(cap, budget + dt / 10 s) as time passes
    a retry or a hedge takes 1; with less than 1 left it is refused

So that the extra calls stay below `share` of the requests and one in 10 s, whatever goes wrong: 10 % for second tries and
hedges, 40 % for takeovers, each from a budget of its own. A failover before the first word never asks here. Source: the
retry budgets of Finagle and of Google's SRE book, chapter 21, scaled to a small gateway.
"""

from __future__ import annotations

from collections.abc import Callable


class RetryBudget:
    """Counts what may still be tried again."""

    def __init__(
        self,
        now: Callable[[], float],
        *,
        share: float = 0.1,
        every: float = 10.0,
        cap: float = 10.0,
        at_first: float = 1.0,
    ) -> None:
        self._now = now
        self._share = share
        self._every = every
        self._cap = cap
        self._left = at_first
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
