"""The circuit breaker: what opens it, what closes it, and what never does."""

from hypothesis import given
from hypothesis import strategies as st

from sanspanne.attempts.breaker import Breaker


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


def test_three_failures_in_a_row_open_it():
    """The third failure in a row opens the breaker, and says so once."""
    breaker = Breaker(Clock())
    assert [breaker.failed(1.0) for _ in range(4)] == [False, False, True, False]
    assert breaker.is_open


def test_only_two_probes_in_a_row_close_it():
    """An open breaker is closed by two answered probes in a row, not by one, and not by answers to users."""
    breaker = Breaker(Clock())
    for _ in range(3):
        breaker.failed(1.0)
    breaker.answered()
    assert breaker.is_open
    assert not breaker.probe_answered()
    breaker.failed(1.0)
    assert not breaker.probe_answered()
    assert breaker.probe_answered()
    assert not breaker.is_open


def test_failures_without_weight_never_open_it():
    """What says nothing about the provider (our network, a client's fault) leaves the breaker closed however often it comes."""
    breaker = Breaker(Clock())
    assert not any(breaker.failed(0.0) for _ in range(1000))


@given(st.lists(st.booleans(), min_size=60, max_size=400))
def test_a_target_that_mostly_answers_stays(outcomes):
    """A target with at most one failure in any four outcomes is never taken out."""
    breaker = Breaker(Clock())
    since_failure = 3
    for fails in outcomes:
        if fails and since_failure >= 3:
            assert not breaker.failed(1.0)
            since_failure = 0
        else:
            breaker.answered()
            since_failure += 1
    assert not breaker.is_open


@given(st.floats(min_value=300, max_value=3000))
def test_old_failures_are_forgotten(pause):
    """Failures that lie minutes apart do not add up to an outage."""
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(20):
        assert not breaker.failed(1.0)
        clock.time += pause
