"""Who was served of late: it tells how much of the service is left to those who wait.

    who was served more than twice the average will be overtaken by those who come and were not: he shares with those who
    wait what was theirs of late; to everybody else all of the service is open

The starts of the last minutes are counted, each half as much after half a minute.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

HALF_LIFE = 30.0


class Shares:
    """Recent starts by tenant. `now` gives monotonic seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._starts: dict[str, float] = {}
        self._faded = now()

    def started(self, tenant: str) -> None:
        """A request of its own begins."""
        self._starts[tenant] = self._starts.get(tenant, 0.0) + 1.0

    def left_to(self, tenant: str, waiting: Collection[str]) -> float:
        """The share of the coming starts, above 0 and up to 1, that will go to those who are `waiting`, `tenant` among them."""
        self._fade()
        own, total = self._starts.get(tenant, 0.0), sum(self._starts.values())
        if own * len(self._starts) <= 2 * total:
            return 1.0
        return sum(self._starts.get(one, 0.0) for one in {tenant, *waiting}) / total

    def _fade(self) -> None:
        halvings = int((self._now() - self._faded) / HALF_LIFE)
        if halvings:
            self._faded += halvings * HALF_LIFE
            left = 0.5 ** min(halvings, 60)
            self._starts = {one: starts * left for one, starts in self._starts.items() if starts * left > 0.1}
