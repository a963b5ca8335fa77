"""The cap on what a drill with real targets may cost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.drill.real.purse import UNSAID, Purse, cost_of, dearest, price
from sanspanne.ledger.prices import rates

RATES = rates(2.0, 10.0)  # dollars per million tokens: 2 and 10 micro-dollars for one


def test_a_call_puts_aside_the_dearest_that_it_can_be() -> None:
    """A token for each byte of the prompt, and all the output that it allows; a usual amount if it does not say."""
    assert dearest(b'{"max_tokens": 100}', RATES) == 19 * 2 + 100 * 10
    assert dearest(b"{}", RATES) == 2 * 2 + UNSAID * 10
    assert dearest(b'{"max_completion_tokens":7,"max_tokens":5}', rates(0, 1)) == 7


@pytest.mark.parametrize(
    ("tail", "micro"),
    [
        (b'data: {"usage":{"prompt_tokens":10,"completion_tokens":20,"total_tokens":30}}\n\ndata: [DONE]', 220),
        (b'{"usage":{"input_tokens":10,"output_tokens":1}} ... {"usage":{"input_tokens":10,"output_tokens":20}}', 220),
        (b'"input_tokens":4,"cache_creation_input_tokens":4,"cache_read_input_tokens":2,"output_tokens":20', 220),
        (b'{"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":15,"thoughtsTokenCount":5}}', 220),
        (b'{"usage":{"prompt_tokens":10}}', None),
        (b"data: [DONE]", None),
    ],
)
def test_what_the_provider_says_is_believed(tail: bytes, micro: int | None) -> None:
    """Each dialect's usage is read from the end of an answer; counts that grow are not added up."""
    assert cost_of(tail, RATES) == micro


def test_what_was_put_aside_comes_back_as_far_as_it_was_not_used() -> None:
    """Settled by what the provider says, refunded if it refused, and spent if it says nothing."""
    purse = Purse(10, 1_000_000)
    said, refused, silent = (purse.take(b'{"max_tokens":100}', RATES) for _ in range(3))
    assert (said, refused, silent) == (1036, 1036, 1036)
    purse.settle(1036, b'"prompt_tokens":3,"completion_tokens":4', RATES)
    purse.refund(1036)
    purse.settle(1036, b"", RATES)
    assert (purse.spent, purse.calls, purse.empty) == (46 + 1036, 3, "")


def test_the_cap_of_calls_ends_everything() -> None:
    """After the last call none is made any more, whatever it would cost."""
    purse = Purse(2, 1_000_000)
    assert [purse.take(b"", (0, 0, 0, 0)) for _ in range(4)] == [0, 0, None, None]
    assert (purse.calls, purse.empty) == (2, "2 calls have been made")


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400), st.booleans()), max_size=30))
def test_more_than_the_cap_is_never_spent(calls: list[tuple[int, int, bool]]) -> None:
    """Whatever is asked and answered, as long as no answer is longer than it may be; and what is empty stays empty."""
    purse = Purse(1000, 5000)
    for most, used, settled in calls:
        was_empty = bool(purse.empty)
        taken = purse.take(b'{"max_tokens":%d}' % most, RATES)
        assert taken is None or not was_empty
        if taken is not None and settled:
            purse.settle(taken, b'"input_tokens":5,"output_tokens":%d' % min(used, most), RATES)
        assert 0 <= purse.spent <= 5000


def test_prices_are_rounded_up() -> None:
    """A part of a micro-dollar is a whole one."""
    assert price(1, 0, rates(0.5, 0)) == 1
