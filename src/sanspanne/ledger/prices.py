"""What a token costs: the list prices that we are sure of, and those that the configuration sets.

    configuration, for this target             that
    an engine of one's own, the model on board nothing
    the provider's own address                 the list price, if it is listed here
    all else                                   not known: a cost of None, never 0

Listed are models with one price for every prompt; what depends on the prompt's length, or is charged for each search besides
(Perplexity), would be wrong half of the time. Caches of an hour, batches and priority tiers have prices of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from sanspanne.ledger.records import Rates

MILLION = 1_000_000
MOST_REMEMBERED = 4096  # targets: a caller may ask for any name of a model

_SNAPSHOT = r"(-\d{4}-\d{2}-\d{2}|-\d{8})?"


def rates(input: float, output: float, cached: float | None = None, cache_written: float | None = None) -> Rates:
    """Dollars per million tokens as whole micro-dollars; what is not given costs as any other token of the prompt."""
    read = input if cached is None else cached
    written = input if cache_written is None else cache_written
    micro = [round(price * MILLION) for price in (input, output, read, written)]
    return micro[0], micro[1], micro[2], micro[3]


def _anthropic(input: float, output: float) -> Rates:
    return rates(input, output, input / 10, input * 1.25)


# By kind of provider, as of November 2026; dollars per million tokens: in, out, read from a cache.
LIST: dict[str, dict[str, Rates]] = {
    "openai": {
        "gpt-4o": rates(2.5, 10, 1.25),
        "gpt-4o-2024-05-13": rates(5, 15),
        "gpt-4o-mini": rates(0.15, 0.6, 0.075),
        "gpt-4.1": rates(2, 8, 0.5),
        "gpt-4.1-mini": rates(0.4, 1.6, 0.1),
        "gpt-4.1-nano": rates(0.1, 0.4, 0.025),
        "gpt-5": rates(1.25, 10, 0.125),
        "gpt-5-mini": rates(0.25, 2, 0.025),
        "gpt-5-nano": rates(0.05, 0.4, 0.005),
        "gpt-5.1": rates(1.25, 10, 0.125),
        "gpt-5.2": rates(1.75, 14, 0.175),
        "o3": rates(2, 8, 0.5),
        "o4-mini": rates(1.1, 4.4, 0.275),
    },
    "anthropic": {
        "claude-3-5-haiku": _anthropic(0.8, 4),
        "claude-haiku-4-5": _anthropic(1, 5),
        "claude-sonnet-4-5": _anthropic(3, 15),
        "claude-sonnet-4-6": _anthropic(3, 15),
        "claude-sonnet-5": _anthropic(2, 10),
        "claude-opus-4-1": _anthropic(15, 75),
        "claude-opus-4-5": _anthropic(5, 25),
        "claude-opus-4-6": _anthropic(5, 25),
        "claude-opus-4-7": _anthropic(5, 25),
        "claude-opus-5": _anthropic(5, 25),
    },
    "gemini": {
        "gemini-2.5-flash": rates(0.3, 2.5, 0.03),
        "gemini-2.5-flash-lite": rates(0.1, 0.4, 0.01),
    },
}


class Prices:
    """The rates of targets. `kind_of(provider)` is the kind whose list prices hold for it, `local`, or None."""

    def __init__(self, set_rates: Mapping[str, Rates], kind_of: Callable[[str], str | None]) -> None:
        self._set = set_rates
        self._kind_of = kind_of
        self._found: dict[str, tuple[Rates | None, bool]] = {}

    def of(self, target: str) -> tuple[Rates | None, bool]:
        """The rates of a target, None where they are not known, and whether it is an engine of one's own."""
        found = self._found.get(target)
        if found is None:
            found = self._find(target)
            if len(self._found) < MOST_REMEMBERED:
                self._found[target] = found
        return found

    def _find(self, target: str) -> tuple[Rates | None, bool]:
        if target in self._set:
            return self._set[target], False
        provider, _, model = target.partition("/")
        kind = self._kind_of(provider)
        return (None, True) if kind == "local" else (listed(kind or "", model), False)


def listed(kind: str, model: str) -> Rates | None:
    """The list price of a model or of a dated snapshot of it."""
    models = LIST.get(kind, {})
    named = models.get(model)
    return named or next(
        (price for name, price in models.items() if re.fullmatch(re.escape(name) + _SNAPSHOT, model)), None
    )
