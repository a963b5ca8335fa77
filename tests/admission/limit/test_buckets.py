"""Quotas as rate-limit headers tell them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.admission.limit.buckets import Bucket
from sanspanne.admission.limit.limiter import Limiter
from sanspanne.providers.limits import LimitState


def test_without_headers_it_is_endless():
    """A provider that says nothing of quotas never closes a bucket."""
    bucket = Bucket(lambda: 0.0)
    bucket.take(10**9)
    assert bucket.has_room(spill=True)
    assert bucket.opens_in() is None


@given(left=st.integers(0, 200), limit=st.integers(1, 200), sent=st.integers(0, 300))
def test_it_counts_down_until_the_reset(left, limit, sent):
    """What is sent is taken off; below a fifth spill stops, at nothing everybody; at the reset it is full again."""
    time = 0.0
    bucket = Bucket(lambda: time)
    bucket.learn(left, limit, 6.0)
    bucket.take(sent)
    assert bucket.has_room(spill=False) == (left - sent > 0)
    assert bucket.has_room(spill=True) == (left - sent > 0.2 * limit)
    if not bucket.has_room(spill=True):
        assert bucket.opens_in() == 6.0
    time = 6.0
    assert bucket.has_room(spill=True)
    assert bucket.opens_in() is None


def test_a_reset_that_is_not_told_is_a_minute():
    """Headers without a reset: the bucket is full again after a minute."""
    time = 0.0
    bucket = Bucket(lambda: time)
    bucket.learn(0, 50, None)
    assert bucket.opens_in() == 60.0
    time = 60.0
    assert bucket.has_room(spill=True)


def test_headers_stop_spill_first_and_then_everybody():
    """Through the limiter: at 15 % of the tokens own calls go on and spill does not; at none nobody enters until the reset."""
    time = 0.0
    limiter = Limiter(lambda: time)
    limiter.learn(LimitState(tokens_left=15_000, tokens_limit=100_000, tokens_reset=30.0))
    assert limiter.try_acquire(spill=True, tokens=100) is None
    assert limiter.try_acquire(spill=False, tokens=15_000) is not None
    assert limiter.try_acquire(spill=False, tokens=1) is None
    assert limiter.opens_in() == 30.0
    assert limiter.snapshot().tokens_left == 0
    time = 30.0
    assert limiter.try_acquire(spill=True, tokens=1) is not None


@given(limit=st.integers(1, 50), reset=st.integers(0, 90), spill=st.booleans())
def test_calls_that_end_without_headers_do_not_close_it_for_good(limit, reset, spill):
    """After a reset calls use all of it and no answer brings a header, as in an outage: it is full again a period later."""
    time = 0.0
    bucket = Bucket(lambda: time)
    bucket.learn(0, limit, reset)
    time = 100.0
    while bucket.has_room(spill=spill):
        bucket.take(1)
    assert 0 <= bucket.opens_in() <= max(1.0, reset)
    time = 200.0
    assert bucket.has_room(spill=spill)


@pytest.mark.parametrize("limit", [None, 0])
def test_nothing_left_of_nobody_knows_how_much(limit):
    """A provider that tells only that nothing is left is left alone for a minute, and then asked again without a limit."""
    time = 0.0
    bucket = Bucket(lambda: time)
    bucket.learn(0, limit, None)
    assert not bucket.has_room(spill=False)
    assert bucket.opens_in() == 60.0
    time = 60.0
    assert bucket.has_room(spill=True)
