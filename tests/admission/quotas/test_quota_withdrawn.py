"""A kept question uses its caller's quotas only while its turn lasts: what waits holds nothing and counts for nothing."""

from hypothesis import given
from hypothesis import strategies as st
from quota_helpers import Clocks, limited, refused

from sanspanne.admission.quotas.meter import Spent
from sanspanne.admission.quotas.terms import Limits

LIMITS = Limits(requests_per_minute=3, requests_per_day=5, tokens_per_minute=1000, streams=1)


def state(quotas):
    """What is used of each limit."""
    return [(use.limit, round(use.used, 6)) for use in quotas.left("app")]


@given(st.integers(1, 30), st.integers(0, 900))
def test_as_if_it_had_not_asked(times, tokens):
    """However often it enters and withdraws, all limits are as before, and another answer finds its room."""
    quotas = limited(Clocks(), LIMITS)
    before = state(quotas)
    for _ in range(times):
        quotas.enter("app", "kept", tokens)
        assert refused(quotas).status == 429
        quotas.withdraw("kept")
    assert state(quotas) == before
    quotas.enter("app", "another", tokens)


def test_what_it_cost_stays():
    """An attempt that failed after it had used tokens is paid all the same."""
    quotas = limited(Clocks(), Limits(tokens_per_day=100))
    quotas.enter("app", "kept", 50)
    quotas.spend("app", "kept", Spent(40, 0))
    quotas.withdraw("kept")
    assert state(quotas)[0][1] == 40
    quotas.leave("kept")
    assert state(quotas)[0][1] == 40


def test_who_has_not_entered():
    """To withdraw without having entered, or twice, changes nothing."""
    quotas = limited(Clocks(), LIMITS)
    before = state(quotas)
    quotas.withdraw("nobody")
    quotas.enter("app", "kept", 10)
    quotas.withdraw("kept")
    quotas.withdraw("kept")
    assert state(quotas) == before


def test_over_midnight():
    """Entered on one day and withdrawn on the next, it takes nothing from the next day's count."""
    clocks = Clocks()
    quotas = limited(clocks, LIMITS)
    quotas.enter("app", "kept", 10)
    clocks.passed += 13 * 3600
    quotas.withdraw("kept")
    assert dict(state(quotas))["requests_per_day"] == 0
