"""How long somebody will wait."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st
from replayed import Clock
from tickets import A, B, ticket

from sanspanne.admission.queue.forecast import Forecast
from sanspanne.hooks import AttemptBegun, AttemptEnded


def begin(forecast: Forecast, numbers: range, target: str = "a/m", **more: bool) -> None:
    for number in numbers:
        forecast.observe(AttemptBegun(str(number), number, target, 10, **more))


def end(forecast: Forecast, numbers: range, seconds: float, target: str = "a/m", outcome: str = "answered") -> None:
    for number in numbers:
        forecast.observe(AttemptEnded(str(number), target, outcome, seconds=seconds, number=number))


def measured(clock: Clock, running: int = 10, seconds: float = 5.0) -> Forecast:
    """Ten answers took five seconds each, and ten run now: two starts a second."""
    forecast = Forecast(clock)
    begin(forecast, range(running))
    end(forecast, range(running), seconds)
    begin(forecast, range(100, 100 + running))
    return forecast


def test_nothing_is_known_before_anybody_was_served():
    """Without an answer, or while nobody is being served, no wait and no duration is told."""
    forecast = Forecast(Clock())
    assert (forecast.wait(3), forecast.duration()) == (None, None)
    begin(forecast, range(2))
    assert forecast.wait(3) is None
    end(forecast, range(2), 4.0)
    assert forecast.duration() == 4.0
    assert forecast.wait(3) is None
    assert forecast.expected(ticket(), 1, 1) is None


def test_the_wait_is_work_by_rate():
    """With two starts a second, the hundredth of those who wait begins in about fifty seconds, five more or less."""
    low, high = measured(Clock()).wait(99)
    assert (low, high) == pytest.approx((45.0, 55.0))


@given(st.integers(0, 2000), st.integers(1, 100), st.floats(0.1, 60))
def test_more_ahead_is_never_a_shorter_wait(ahead, running, seconds):
    """The range holds what the rate gives, and grows with those who are ahead."""
    forecast = measured(Clock(), running, seconds)
    low, high = forecast.wait(ahead)
    assert 0 <= low <= (ahead + 1) * seconds / running <= high < inf
    more = forecast.wait(ahead + 1)
    assert more[0] >= low
    assert more[1] >= high


def test_only_the_targets_that_can_serve_count():
    """Attempts at other targets make nobody's turn come sooner."""
    forecast = measured(Clock())
    begin(forecast, range(500, 530), "b/m")
    assert forecast.wait(9, (A,)) == measured(Clock()).wait(9)
    assert forecast.wait(9, (A, B))[1] < forecast.wait(9, (A,))[1]


def test_failures_and_probes_do_not_make_answers_short():
    """Only what was answered says how long an answer takes, and a probe takes no place."""
    forecast = measured(Clock())
    begin(forecast, range(200, 220))
    end(forecast, range(200, 220), 0.01, outcome="overloaded")
    begin(forecast, range(300, 310), probe=True)
    assert forecast.duration() == 5.0
    assert forecast.wait(99)[1] == pytest.approx(55.0)


def test_capacity_that_was_there_a_moment_ago_may_be_back():
    """After a loss the least wait is that of the best rate of five minutes, the most that of the present one."""
    clock = Clock()
    forecast = measured(clock)
    end(forecast, range(102, 110), 5.0)
    low, high = forecast.wait(99)
    assert (low, high) == pytest.approx((45.0, 275.0))
    clock.time = 400.0
    begin(forecast, range(400, 401))
    assert forecast.wait(99)[0] == pytest.approx(150.0)


def test_who_begins_while_fresh_is_told_by_his_place():
    """The fourth of a short queue begins in two seconds, whatever waits behind him."""
    low, high = measured(Clock()).expected(ticket(fresh=5.0, deadline=35.0), 4, 60)
    assert low < 2.0 < high <= 5.0


def test_who_may_lapse_is_told_of_both_ends():
    """Who is not sure to begin while fresh is told of a wait from then on until his deadline."""
    assert measured(Clock()).expected(ticket(fresh=5.0, deadline=35.0), 30, 40) == (5.0, 35.0)


def test_who_would_wait_in_vain_is_told_so():
    """Where those before him fill all the time that he has, the least wait is beyond his deadline."""
    assert measured(Clock()).expected(ticket(fresh=5.0, deadline=35.0), 90, 100)[0] > 35.0


def test_a_flood_is_told_of_its_share():
    """Who will be overtaken by half of all starts, and has half of the rest for his late ones, hears of four times the wait."""
    forecast = measured(Clock())
    assert forecast.expected(ticket(fresh=5.0, deadline=35.0), 30, 40, 0.5)[0] > 35.0


def test_a_kept_question_has_no_end():
    """Without a deadline the most that is told is what the rate gives."""
    low, high = measured(Clock()).expected(ticket(fresh=5.0), 100, 100)
    assert low <= 50.0 < high < inf


def test_targets_are_forgotten_once_nothing_runs_there():
    """However many targets are named over the hours, those without attempts of late are not remembered."""
    clock = Clock()
    forecast = Forecast(clock)
    for number in range(3000):
        clock.time += 1.0
        begin(forecast, range(number, number + 1), f"a/{number}")
        end(forecast, range(number, number + 1), 1.0, f"a/{number}")
    assert len(forecast._targets) <= 1001


def test_who_waits_already_is_told_no_wait_beyond_his_deadline() -> None:
    """The estimate that would refuse a newcomer is not told to one who is in: he is served in time or not at all."""
    low, high = measured(Clock()).told(ticket(fresh=5.0, deadline=35.0), 90, 100)
    assert low < high == 35.0
