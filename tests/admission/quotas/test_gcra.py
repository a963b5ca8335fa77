"""The token bucket of the limits per minute."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.admission.quotas.gcra import Bucket

TINY = 1e-6

steps = st.floats(min_value=0.0, max_value=45.0)
amounts = st.integers(min_value=0, max_value=40)


@given(size=st.integers(1, 30), asks=st.lists(st.tuples(steps, amounts), max_size=80), window=st.floats(0.1, 180.0))
def test_no_window_passes_more_than_the_bucket_and_what_flows_in(
    size: int, asks: list[tuple[float, int]], window: float
) -> None:
    """Whatever is asked and when, no window passes more than one full bucket and what flows into it meanwhile."""
    bucket, now, passed = Bucket(size, 60.0), 0.0, []
    for step, amount in asks:
        now += step
        if amount <= size and bucket.wait(now, amount) == 0:
            bucket.take(now, amount)
            passed.append((now, amount))
    for begin, _ in passed:
        inside = sum(amount for at, amount in passed if begin <= at < begin + window)
        assert inside <= size * (1 + window / 60.0) + TINY


@given(size=st.integers(1, 30), changes=st.lists(st.tuples(steps, st.integers(-60, 60)), max_size=60))
def test_corrections_never_make_it_more_than_full(size: int, changes: list[tuple[float, int]]) -> None:
    """However much is given back, a bucket never holds more than its size: what fits at once stays within it."""
    bucket, now = Bucket(size, 60.0), 0.0
    for step, amount in changes:
        now += step
        bucket.take(now, amount)
        assert bucket.used(now) >= 0
    passed = 0
    while bucket.wait(now, 1) == 0:
        bucket.take(now, 1)
        passed += 1
    assert passed <= size


@given(size=st.integers(1, 30), taken=st.integers(0, 90), amount=st.integers(1, 60))
def test_what_it_says_to_wait_is_enough_and_not_too_much(size: int, taken: int, amount: int) -> None:
    """After the wait that it tells there is room, and half of it before there is none."""
    bucket = Bucket(size, 60.0)
    bucket.take(10.0, taken)
    wait = bucket.wait(10.0, amount)
    assert bucket.wait(10.0 + wait, amount) == 0
    if wait:
        assert bucket.wait(10.0 + wait / 2, amount) > 0


def test_more_than_the_size_passes_a_full_bucket_only() -> None:
    """What is larger than the whole bucket fits when nothing of it is used, so that it is not refused for ever."""
    bucket = Bucket(10, 60.0)
    assert bucket.wait(0.0, 1000) == 0
    bucket.take(0.0, 1)
    assert bucket.wait(0.0, 1000) == pytest.approx(6.0)


def test_debt_is_paid_first() -> None:
    """What was used beyond the bucket's size has to flow in before anything fits again."""
    bucket = Bucket(10, 60.0)
    bucket.take(0.0, 30)
    assert bucket.used(0.0) == pytest.approx(30)
    assert bucket.wait(0.0, 1) == pytest.approx(126.0)
    assert bucket.full_in(0.0) == pytest.approx(180.0)
    assert bucket.full_in(170.0) == pytest.approx(10.0)
    assert bucket.full_in(200.0) == 0


def test_what_is_used_stays_used_when_the_size_changes() -> None:
    """A bucket that becomes larger gives the same share of the larger size."""
    bucket = Bucket(10, 60.0)
    bucket.take(0.0, 10)
    bucket.resize(100)
    assert bucket.wait(0.0, 1) > 0
    assert bucket.used(30.0) == pytest.approx(50)
