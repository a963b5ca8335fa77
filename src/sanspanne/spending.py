"""Joins the ledger's reckoning to admission: what each attempt used counts at once, and what was used before this start.

attempt under way       its tokens are charged to its key's counter in the fair queue as they stream
attempt over            tokens and cost, as the ledger settles them, for the quotas; the rest of the tokens for the queue
answer over             its place among those at once is free, what it did not use of its reservation is given back
earlier lives entered   the sums of the day and the month, from the store, in the ledger's thread
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from sanspanne.admission.queue.charging import Charging
from sanspanne.admission.quotas import Quotas
from sanspanne.admission.quotas.calendar_window import Used, day_of, month_of
from sanspanne.admission.quotas.meter import Spent
from sanspanne.hooks import AnswerBegun, AnswerEnded, AttemptBegun, AttemptEnded, Fact
from sanspanne.ledger.base import LedgerStore
from sanspanne.ledger.prices import MILLION, Prices
from sanspanne.ledger.records import Rates
from sanspanne.ledger.settling import settle


class Attempt(Struct, gc=False):
    """Who pays for an attempt, and what `settle` wants to know of it."""

    key: str
    prompt: int
    rates: Rates | None
    local: bool
    rest: bool
    said: int = 0
    dense: int = 0
    outcome: str = ""
    status: int | None = None


class Spending:
    """An observer of the hooks. `prices` gives those of the configuration that holds now. Probes are nobody's."""

    def __init__(self, quotas: Quotas, charging: Charging, prices: Callable[[], Prices]) -> None:
        self._quotas = quotas
        self._charging = charging
        self._prices = prices
        self._keys: dict[str, str] = {}  # of the answers under way
        self._attempts: dict[int, Attempt] = {}

    def observe(self, fact: Fact) -> None:
        """See `hooks.Observer`."""
        # told apart by their exact type, as in `ledger/noting.py`: this is on the path of every request
        if type(fact) is AnswerBegun:
            self._keys[fact.answer_id] = fact.key
        elif type(fact) is AttemptBegun:
            self._begin(fact)
        elif type(fact) is AttemptEnded:
            self._spend(fact)
        elif type(fact) is AnswerEnded:
            self._keys.pop(fact.answer_id, None)
            self._quotas.leave(fact.answer_id)

    def _begin(self, fact: AttemptBegun) -> None:
        key = None if fact.probe else self._keys.get(fact.answer_id)
        if key is not None:
            self._attempts[fact.number] = Attempt(key, fact.prompt, *self._prices().of(fact.target), fact.rest)
            self._charging.begin(fact.number, key)

    def _spend(self, fact: AttemptEnded) -> None:
        attempt = None if fact.probe else self._attempts.pop(fact.number, None)
        if attempt is None:
            return
        attempt.said, attempt.dense, attempt.outcome, attempt.status = fact.said, fact.dense, fact.outcome, fact.status
        usage = fact.usage
        told = None if usage is None else (usage.input, usage.output, usage.cached, usage.cache_written)
        settled = settle(attempt, told)
        dollars = None if settled.cost is None else settled.cost / MILLION
        self._charging.end(fact.number, settled.output)
        self._quotas.spend(attempt.key, fact.answer_id, Spent(settled.input, settled.output, dollars))


def earlier(quotas: Quotas, store: LedgerStore, life: str, wall: float) -> Callable[[], None]:
    """Read what all lives but `life` have used, in the ledger's thread; what is given is to be called on the loop."""
    day, month = (_used(store, period_of(wall)[0], life) for period_of in (day_of, month_of))
    return lambda: quotas.add_earlier(day, month, wall)


def _used(store: LedgerStore, since: float, life: str) -> dict[str, Used]:
    return {used.key: Used(used.answers, used.tokens, used.cost / MILLION) for used in store.used(since, life)}
