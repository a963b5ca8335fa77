"""Tokens and cost of an attempt: as told where somebody told us, estimated and marked where nobody did."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.ledger.entries import AttemptEntry
from sanspanne.ledger.prices import rates
from sanspanne.ledger.settling import settle

PRICE = rates(2.5, 10, 1.25, 3)


def attempt(
    outcome: str, *, status: int | None = 200, said: int = 0, dense: int = 0, local: bool = False
) -> AttemptEntry:
    return AttemptEntry(
        "life", 1, "ans", "openai/gpt-4o", 0.0, 0.0, prompt=100, rates=PRICE, local=local, said=said, dense=dense,
        outcome=outcome, status=status,
    )  # fmt: skip


def test_what_was_told_stands() -> None:
    """The usage of a whole answer is taken as the provider told it, cached tokens at their own rates."""
    used = settle(attempt("answered", said=4000), (1000, 200, 400, 100))
    assert (used.input, used.output, used.cached, used.cache_written) == (1000, 200, 400, 100)
    assert not used.input_estimated
    assert not used.output_estimated
    assert used.cost == 500 * 2.5 + 200 * 10 + 400 * 1.25 + 100 * 3


def test_cut_stream_without_usage_is_estimated() -> None:
    """A stream that was cut before its usage costs the estimated prompt and what its characters make, marked as estimates."""
    used = settle(attempt("server_error", said=400), None)
    assert (used.input, used.output, used.input_estimated, used.output_estimated) == (100, 100, True, True)
    assert used.cost == 100 * 2.5 + 100 * 10


def test_usage_told_before_the_words_gives_only_the_input() -> None:
    """Where the first event told the prompt and one token of output, the prompt is taken and the output estimated."""
    used = settle(attempt("timeout", said=400), (120, 1, 0, 0))
    assert (used.input, used.output, used.input_estimated, used.output_estimated) == (120, 100, False, True)


def test_usage_told_along_the_way_is_believed() -> None:
    """A provider that tells its usage with every piece is believed, even if the stream is cut and the estimate is another."""
    used = settle(attempt("timeout", said=400), (120, 80, 0, 0))
    assert (used.output, used.output_estimated) == (80, False)


@pytest.mark.parametrize("status", [None, 400, 429, 503])
def test_never_answered_costs_nothing(status: int | None) -> None:
    """An attempt without a head, or with an error for a head, costs nothing and says why."""
    used = settle(attempt("overloaded", status=status), None)
    assert (used.input, used.output, used.cost, used.free) == (0, 0, 0, "unanswered")


def test_engine_of_ones_own_costs_nothing() -> None:
    """The tokens of a local engine are counted; their cost is 0, not unknown."""
    used = settle(attempt("answered", local=True), (100, 50, 0, 0))
    assert (used.output, used.cost, used.free) == (50, 0, "local")


def test_unknown_price_is_not_nothing() -> None:
    """Without a price there is no cost: never 0."""
    unpriced = attempt("answered")
    unpriced.rates = None
    assert settle(unpriced, (100, 50, 0, 0)).cost is None


def test_dead_process_pays_for_what_it_read() -> None:
    """An attempt that died with the process has no status; what it read counts."""
    used = settle(attempt("died", status=None, said=40), None)
    assert (used.input, used.output, used.output_estimated, used.free) == (100, 10, True, "")


def test_rest_of_a_generation_is_not_paid_twice() -> None:
    """The rest of a generation costs what it says, not the usage of the whole that is told at its end, and no prompt."""
    rest = attempt("answered", said=400)
    rest.rest, rest.prompt = True, 0
    used = settle(rest, (1000, 300, 0, 0))
    assert (used.input, used.input_estimated, used.output, used.output_estimated) == (0, False, 100, True)


@given(st.integers(0, 10**7), st.integers(0, 10**6), st.integers(0, 10**6))
def test_cost_is_whole_and_exact(input: int, output: int, price: int) -> None:
    """Costs are whole micro-dollars, exact to a half, however small the price."""
    entry = attempt("answered")
    entry.rates = (price, price, 0, 0)
    cost = settle(entry, (input, output, 0, 0)).cost
    assert isinstance(cost, int)
    assert abs(cost * 1_000_000 - (input + output) * price) <= 500_000
