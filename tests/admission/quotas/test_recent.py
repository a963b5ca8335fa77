"""What a key's next answer is likely to use."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sanspanne.admission.quotas.recent import AT_FIRST, REMEMBERED, Recent


def test_before_the_first_answer_there_is_a_guess() -> None:
    """Without any answer a fixed guess is given."""
    assert Recent().p90() == AT_FIRST


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=3 * REMEMBERED))
def test_nine_of_ten_are_no_larger(sizes: list[int]) -> None:
    """Of the latest answers at least nine of ten are no larger, and it is the size of one of them."""
    recent = Recent()
    for size in sizes:
        recent.add(size)
    latest = sizes[-REMEMBERED:]
    assert recent.p90() in latest
    assert sum(size <= recent.p90() for size in latest) * 10 >= 9 * len(latest) - 9
