"""What is known of each target: how long it rests, when it is worth a probe, what counts against it."""

import pytest

from sanspanne.attempts.standing import LONGEST_REST, Standings
from sanspanne.chat import Target
from sanspanne.errors import CredentialFailure, LocalNetworkFault, RateLimited
from sanspanne.hooks import Hooks

TARGET = Target("openai", "gpt-4o")


class Clock:
    """Time that passes when it is told to."""

    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def standings(clock):
    return Standings(clock, Hooks())


def rest_of(standings, clock):
    """For how long the target still rests."""
    return max(0.0, standings.of(TARGET).resting_until - clock())


def test_a_burst_of_refusals_is_one_occasion(standings, clock):
    """Twenty requests that were refused together cost a rest of one second, and not a minute."""
    for _ in range(20):
        standings.failed(TARGET, RateLimited("slowly"))
    assert rest_of(standings, clock) == 1.0


def test_each_refusal_after_a_rest_doubles_the_next(standings, clock):
    """A target that names no time rests for 1, 2, 4 ... s, at most a minute, until a request has been answered."""
    rests = []
    for _ in range(8):
        standings.failed(TARGET, RateLimited("slowly"))
        rests.append(rest_of(standings, clock))
        clock.now += rests[-1]
    assert rests == [1, 2, 4, 8, 16, 32, 60, 60]
    standings.answered(TARGET)
    standings.failed(TARGET, RateLimited("slowly"))
    assert rest_of(standings, clock) == 1.0


def test_the_time_that_it_names_is_kept(standings, clock):
    """A rest lasts as long as the provider said, but never longer than a minute."""
    standings.failed(TARGET, RateLimited("slowly", retry_after=20.0))
    standings.failed(TARGET, RateLimited("slowly", retry_after=5.0))
    assert rest_of(standings, clock) == 20.0
    clock.now += 20.0
    standings.failed(TARGET, RateLimited("slowly", retry_after=3600.0))
    assert rest_of(standings, clock) == LONGEST_REST


def test_waiting_as_told_in_vain_makes_the_rests_longer(standings, clock):
    """A provider that says "at once" for ever is not asked for ever."""
    rests = []
    for _ in range(4):
        standings.failed(TARGET, RateLimited("slowly", retry_after=0.0))
        rests.append(rest_of(standings, clock))
        clock.now += rests[-1]
    assert rests == [0, 1, 3, 7]


def test_a_refused_key_is_probed_for_whichever_of_its_models_is_wanted(standings):
    """When one model's request met the refused key, requests for another model of that provider keep its prober going."""
    standings.failed(TARGET, CredentialFailure("refused", reason="auth"))
    prober = standings.of(TARGET)
    assert not prober.still_wanted()
    standings.want(Target("openai", "gpt-4o-mini"))
    assert prober.still_wanted()


def test_a_target_that_our_network_does_not_reach_is_taken_out_too(standings):
    """A host that cannot be resolved or reached costs those who wait for it, whoever is to blame: three times at most."""
    opened = []
    standings.on_open = opened.append
    for _ in range(3):
        assert standings.obstacle(TARGET) is None
        standings.failed(TARGET, LocalNetworkFault("no such name"))
    assert opened == [TARGET]
