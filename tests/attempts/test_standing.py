"""What is known of each target: how long it rests, when it is worth a probe, what counts against it."""

from types import SimpleNamespace

import pytest

from sanspanne.attempts.standing import HOPE_SECONDS, LATELY, LONGEST_REST, Standings
from sanspanne.chat import Target
from sanspanne.errors import (
    CredentialFailure,
    LocalNetworkFault,
    ModelGone,
    Overloaded,
    RampLimited,
    RateLimited,
    ServerFault,
    WireError,
)
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
    clock.now += 2 * LATELY
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


def test_a_reload_and_oblivion_are_told(clock):
    """When a key or a model is given another chance, those who were told that it was out are told so."""
    told = []
    standings = Standings(clock, Hooks([SimpleNamespace(observe=told.append)]))
    other = Target("anthropic", "claude")
    standings.failed(TARGET, CredentialFailure("refused"))
    standings.failed(other, ModelGone("gone"))
    standings.forget()
    assert [(fact.target, fact.after) for fact in told[2:]] == [(str(TARGET), "closed"), (str(other), "closed")]
    assert standings.obstacle(TARGET) is standings.obstacle(other) is None
    standings.failed(other, ModelGone("gone"))
    standings.forget_model(other)
    assert (told[-1].target, told[-1].after, standings.obstacle(other)) == (str(other), "closed", None)


def test_why_it_is_out_is_said_in_words_of_ours(clock):
    """A provider that fails may repeat the question: its own words do not reach the log."""
    told = []
    standings = Standings(clock, Hooks([SimpleNamespace(observe=told.append)]))
    while not told:
        wire = WireError(500, message="cannot answer 'my secret question'")
        standings.failed(TARGET, ServerFault(wire.message, status=500, wire=wire))
    assert [(fact.after, fact.why) for fact in told] == [("open", f"{ServerFault.name}, status 500")]


# --- full is not down


@pytest.mark.parametrize("kind", [Overloaded, RateLimited])
@pytest.mark.parametrize("retry_after", [None, 3.0])
def test_who_serves_others_is_not_down(standings, kind, retry_after):
    """However many a target turns away while one of its answers goes on, it stays in; only its own quota may name a rest."""
    standings.of(TARGET).speaking.add("an attempt")
    for _ in range(50):
        standings.failed(TARGET, kind("full", retry_after=retry_after))
    assert not standings.of(TARGET).breaker.is_open
    assert standings.of(TARGET).breaker.is_calm
    assert (standings.obstacle(TARGET) is None) is (kind is Overloaded or retry_after is None)


def test_who_has_just_answered_serves_others(standings, clock):
    """The last two seconds count as now; after them refusals count as ever, and three take the target out."""
    standings.answered(TARGET)
    clock.now += LATELY
    for _ in range(10):
        standings.failed(TARGET, Overloaded("full"))
    assert standings.obstacle(TARGET) is None
    clock.now += 0.1
    for _ in range(3):
        assert standings.obstacle(TARGET) is None
        standings.failed(TARGET, Overloaded("full"))
    assert standings.of(TARGET).breaker.is_open


@pytest.mark.parametrize("failure", [ServerFault("broken"), Overloaded("cut"), RampLimited("slower")])
def test_what_is_no_refusal_for_want_of_room_counts_all_the_same(standings, failure):
    """Faults, answers that were cut, and a ramp that was too steep count also while others are served."""
    standings.of(TARGET).speaking.add("an attempt")
    for _ in range(50):
        standings.failed(TARGET, failure, cut=isinstance(failure, Overloaded))
    assert standings.obstacle(TARGET) is not None


def test_a_refused_probe_is_no_first_of_two(standings):
    """A target that turns a probe away, full or not, has to answer two in a row after it."""
    for _ in range(3):
        standings.failed(TARGET, ServerFault("broken"))
    standings.of(TARGET).speaking.add("an attempt")
    standings.probe_answered(TARGET)
    standings.probe_failed(TARGET, Overloaded("full"))
    standings.probe_answered(TARGET)
    assert standings.obstacle(TARGET) is not None
    standings.probe_answered(TARGET)
    assert standings.obstacle(TARGET) is None


# --- hope


def test_who_answered_a_while_ago_may_come_back(standings, clock):
    """There is hope for a target that has answered a user or a probe in the last five minutes, and for no other."""
    assert not standings.hope(TARGET)
    for answer in (standings.answered, standings.probe_answered):
        answer(TARGET)
        clock.now += HOPE_SECONDS
        assert standings.hope(TARGET)
        clock.now += 0.1
        assert not standings.hope(TARGET)
    standings.of(TARGET).speaking.add("an attempt")
    assert standings.hope(TARGET)


@pytest.mark.parametrize("failure", [CredentialFailure("refused"), ModelGone("gone")])
def test_there_is_no_hope_for_what_waiting_does_not_mend(standings, failure):
    """A refused key and a missing model do not heal while somebody waits, and a target that is held out does not in time."""
    standings.answered(TARGET)
    standings.failed(TARGET, failure)
    assert not standings.hope(TARGET)
    other = Target("another", "model")
    standings.answered(other)
    while not standings.of(other).breaker.held:
        standings.failed(other, ServerFault("cut"), share=0.01, cut=True)
    assert not standings.hope(other)
