"""A target's own answers at once, averaged over time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.admission.limit.spill import MARGIN, Own


@given(st.integers(1, 500), st.floats(0.0001, 2.0))
def test_however_often_they_are_counted_the_average_is_the_same(count, pause):
    """So many at once for five minutes are so many on average, be they counted a thousand times a second or now and then."""
    own = Own(0.0)
    for step in range(1, 300):
        own.until(step * pause, count)
    own.until(300 * pause + 300.0, count)
    assert own.reserve == pytest.approx(MARGIN * count)


def test_half_of_the_time_is_half():
    """Ten for a minute and none for a minute are five on average, a little less for being longer ago."""
    own = Own(0.0)
    for step in range(12_000):
        own.until((step + 1) / 100, 10 if step < 6_000 else 0)
    assert own.reserve == pytest.approx(MARGIN * 5, rel=0.1)
