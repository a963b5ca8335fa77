"""The budget for second tries and hedges."""

from hypothesis import given
from hypothesis import strategies as st

from sanspanne.attempts.retry_budget import RetryBudget


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(0, 3)), max_size=300))
def test_extra_calls_stay_within_a_tenth_of_the_requests(story):
    """Whatever is asked, the extra calls stay below 10 % of the requests plus one in 10 s (and the first one)."""
    time = 0.0
    budget = RetryBudget(lambda: time)
    requests = granted = 0
    for pause, asks in story:
        time += pause
        budget.deposit()
        requests += 1
        granted += sum(budget.spend() for _ in range(asks))
    assert granted <= 0.1 * requests + time / 10 + 1 + 1e-6


def test_a_quiet_hour_is_not_saved_up():
    """The budget never holds more than ten extra calls, however long nothing was asked of it."""
    time = 0.0
    budget = RetryBudget(lambda: time)
    time = 36_000.0
    assert sum(budget.spend() for _ in range(100)) == 10
