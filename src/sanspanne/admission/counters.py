"""How much each tenant has been served: the virtual token counters.

    counter += prompt tokens + 2 x output tokens          the smallest counter goes first
    a tenant that begins to wait is lifted to the smallest counter of those who wait: being away saves nothing up
    what a tenant had beyond that counter fades by half a minute while it does not wait: an hour of plenty is no debt

Source: Sheng et al., "Fairness in Serving Large Language Models" (VTC), arXiv 2401.00588; the fading is ours, as answers that
never had to wait are charged too. Between two tenants that both wait all the time the counters stay within twice the largest
request of one another.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

OUTPUT_WEIGHT = 2.0
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

    def begins_to_wait(self, tenant: str, waiting: Collection[str]) -> None:
        """Lift `tenant` to the smallest counter of those who are `waiting`."""
        if waiting:
            self._floor = max(self._floor, min(map(self.of, waiting)))
        self._fade(waiting)
        self._of[tenant] = max(self.of(tenant), self._floor)

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
