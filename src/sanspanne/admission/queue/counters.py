"""How much each tenant has been served: the virtual token counters.

    counter += prompt tokens + 2 x output tokens          the smallest counter goes first; less than `near` apart is equal
    near = 2 x what a typical request adds
    a tenant that begins to wait is lifted to the smallest counter of those who wait, less `near`
    what a tenant has beyond the smallest halves in each minute in which it does not wait

Source: Sheng et al., "Fairness in Serving Large Language Models" (VTC), arXiv 2401.00588. Ours are: `near`, so that who has
just come need not wait behind the older request of somebody who was served one request less; the credit of as much, so that
somebody who asks now and then goes before one who always waits; the fading, as answers that never had to wait are charged too,
and an hour of plenty is no debt. The counters of two tenants that both wait all the time stay within `near` and the largest
request of one another.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from math import inf

OUTPUT_WEIGHT = 2.0
NEAR = 2.0
HALF_LIFE = 60.0
_MEMORY = 1000  # requests after which what a typical one costs is half forgotten


class Counters:
    """The counters of all tenants, in tokens, and what one typical request adds to them."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._of: dict[str, float] = {}
        self._floor = 0.0
        self._faded = now()
        self._tokens = 0.0
        self._requests = 0

    def of(self, tenant: str) -> float:
        """Its counter; that of a tenant which nobody knows is the smallest."""
        return self._of.get(tenant, self._floor)

    def started(self, tenant: str, prompt: float) -> None:
        """A request of its own begins: its prompt is charged."""
        self._of[tenant] = self._of.get(tenant, self._floor) + prompt
        self._tokens += prompt
        self._requests += 1

    def said(self, tenant: str, tokens: float) -> None:
        """So many more tokens were said to it."""
        cost = OUTPUT_WEIGHT * tokens
        self._of[tenant] = self._of.get(tenant, self._floor) + cost
        self._tokens += cost

    @property
    def typical(self) -> float:
        """What one request adds, on average; 0 when none is known."""
        if self._requests > _MEMORY:
            self._requests //= 2
            self._tokens /= 2
        return self._tokens / self._requests if self._requests else 0.0

    @property
    def near(self) -> float:
        """Tenants whose counters are less than this apart are equal."""
        return NEAR * self.typical or 1.0

    def lifted(self, tenant: str) -> float:
        """The counter that `tenant` has from the moment on in which it waits."""
        return max(self._of.get(tenant, -inf), self._floor - self.near)

    def begins_to_wait(self, tenant: str, waiting: Collection[str]) -> None:
        """Lift `tenant` to the smallest counter of those who are `waiting`, less its credit."""
        if waiting:
            self._floor = max(self._floor, min(map(self.of, waiting)))
        self._fade(waiting)
        self._of[tenant] = self.lifted(tenant)

    def _fade(self, waiting: Collection[str]) -> None:
        halvings = int((self._now() - self._faded) / HALF_LIFE)
        if halvings < 1:
            return
        self._faded += halvings * HALF_LIFE
        left = 0.5 ** min(halvings, 60)
        for tenant, counter in list(self._of.items()):
            if tenant in waiting:
                continue
            if (beyond := (counter - self._floor) * left) < 1.0:
                del self._of[tenant]
            else:
                self._of[tenant] = self._floor + beyond
