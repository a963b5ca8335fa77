"""How hurried a target is."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from sanspanne.admission.limit.pace import Pace


def heard(pace, rng, factor=1.0, streams=20, words=60, since=0.0):
    for number in range(words):
        pace.saw(factor * rng.lognormvariate(-1.2, 0.3), streams, since + number)


@given(st.integers(0, 2**32))
def test_a_few_large_prompts_are_not_hurry(seed):
    """One word in five takes ten times as long: that is not too much."""
    rng = Random(seed)
    pace = Pace(4.0)
    heard(pace, rng)
    for number in range(60):
        pace.saw(rng.lognormvariate(-1.2, 0.3) * (10 if number % 5 == 0 else 1), 20, 60.0 + number)
        assert pace.hurry < 1.8
    assert pace.hurry < pace.too_much


@given(st.integers(0, 2**32))
def test_what_slows_down_for_everybody_is_hurry(seed):
    """All words take twice as long: the hurry is about two, which is too much."""
    rng = Random(seed)
    pace = Pace(4.0)
    heard(pace, rng)
    heard(pace, rng, 2.2, since=60.0)
    assert pace.hurry > pace.too_much


@given(st.integers(0, 2**32))
def test_what_is_measured_under_load_does_not_become_the_measure(seed):
    """An hour of words at twice the time, at full load: the baseline stays below 1.2 x what it was."""
    rng = Random(seed)
    pace = Pace(4.0)
    heard(pace, rng)
    before = pace.baseline
    heard(pace, rng, 2.2, words=400, since=60.0)
    assert pace.baseline < 1.2 * before


@given(st.integers(0, 2**32))
def test_at_little_load_the_measure_follows(seed):
    """The same words while hardly anything is in flight: it is not our load, and the baseline comes to it."""
    rng = Random(seed)
    pace = Pace(4.0)
    heard(pace, rng)
    heard(pace, rng, 2.2, streams=4, words=200, since=60.0)
    assert pace.hurry < pace.too_much


@given(st.lists(st.floats(0, 100), max_size=200))
def test_any_times_are_taken(times):
    """No story of times, zeros among them, makes it fail or its measures negative."""
    pace = Pace(1.0)
    for number, seconds in enumerate(times):
        pace.saw(seconds, 3, float(number))
        assert pace.hurry >= 0
        assert pace.rush >= 0
        assert pace.baseline >= 0
        assert 1.5 <= pace.too_much <= 2.5


def test_under_load_each_word_counts():
    """While the load could be the cause of slowness every word is compared; while it is light, one in eight."""
    rng = Random(1)
    pace = Pace(4.0)
    heard(pace, rng)
    assert all(pace.saw(0.3, 20, 60.0) for _ in range(16))
    assert sum(pace.saw(0.3, 4, 60.0) for _ in range(16)) == 2
