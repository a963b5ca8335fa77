"""Cut answers: which share of them takes a target out, how soon, and for how long."""

from __future__ import annotations

import itertools
import random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.attempts.attempts import BROKEN_SHARE
from sanspanne.attempts.breaker import Breaker
from sanspanne.attempts.cuts import FIRST_HOLD, LONGEST_HOLD, THRESHOLD, TRIAL, Cuts
from sanspanne.attempts.standing import Standings
from sanspanne.chat import Target
from sanspanne.errors import ServerFault
from sanspanne.hooks import Hooks, TargetMoved

ANSWERS = 10_000
TARGET = Target("it", "m")


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


def openings(share: float, seed: int, answers: int = ANSWERS) -> list[int]:
    """Before which answers a target was taken out that cuts this share of them, ten in a second; probes are answered always."""
    rng, clock = random.Random(seed), Clock()
    breaker, opened = Breaker(clock), []
    for number in range(answers):
        clock.time += 0.1
        if rng.random() >= share:
            breaker.answered()
        elif breaker.broke_off(BROKEN_SHARE):
            opened.append(number + 1)
            clock.time += breaker.held + 2.0
            assert [breaker.probe_answered(), breaker.probe_answered()] == [False, True]
    return opened


def first_openings(share: float) -> list[int]:
    """How many answers it took, for each of twenty seeds."""
    return sorted(openings(share, seed, answers=2_000)[0] for seed in range(20))


@pytest.mark.parametrize(("share", "most"), [(0.1, 0), (0.2, 0), (0.3, 1), (0.35, 40)])
def test_a_target_that_cuts_less_stays(share: float, most: int) -> None:
    """Of 200,000 answers: with 30 % of them cut at most one costs the target its place, with 35 % two in 10,000."""
    assert sum(len(openings(share, seed)) for seed in range(20)) <= most


@pytest.mark.parametrize(
    ("share", "mean", "worst"), [(0.45, 300, 1000), (0.5, 150, 400), (0.6, 80, 160), (1.0, 12, 12)]
)
def test_a_target_that_cuts_more_is_out_soon(share: float, mean: int, worst: int) -> None:
    """A target that cuts 45 % of its answers is out after some 200 of them, one that cuts all after about ten."""
    firsts = first_openings(share)
    assert fmean(firsts) <= mean
    assert firsts[-1] <= worst


def answers_until_out(share: float, rng: random.Random) -> int:
    """How many answers the figure alone takes."""
    cuts = Cuts(Clock())
    for number in itertools.count(1):
        if rng.random() >= share:
            cuts.whole()
        elif cuts.cut():
            return number
    raise AssertionError


@pytest.mark.parametrize(("share", "expected"), [(0.45, 199), (0.5, 111), (0.6, 59), (1.0, 20)])
def test_the_figure_alone_is_as_quick_as_it_says(share: float, expected: int) -> None:
    """The table in the module's description holds: how long the figure takes on average."""
    rng = random.Random(1)
    counts = [answers_until_out(share, rng) for _ in range(300)]
    assert fmean(counts) == pytest.approx(expected, rel=0.2)


def test_single_bursts_are_as_before() -> None:
    """Ten cuts in a row take a target out at once, and two probes bring it back at once: that is an outage like any other."""
    breaker = Breaker(Clock())
    assert [breaker.broke_off(BROKEN_SHARE) for _ in range(10)] == [*[False] * 9, True]
    assert breaker.held == 0
    assert [breaker.probe_answered(), breaker.probe_answered()] == [False, True]


def take_out(breaker: Breaker, clock: Clock) -> int:
    """Let it cut every second answer until it is out; how many were cut."""
    cuts = 0
    while not breaker.is_open:
        clock.time += 0.1
        cuts += 1
        if not breaker.broke_off(BROKEN_SHARE):
            breaker.answered()
    return cuts


def test_it_is_out_longer_each_time_and_sooner_again() -> None:
    """Probes cannot show that it cuts no more: so each time it stays out for longer, and half as many cuts are enough."""
    clock = Clock()
    breaker, holds, cuts = Breaker(clock), [], []
    for _ in range(6):
        cuts.append(take_out(breaker, clock))
        holds.append(breaker.held)
        for _ in range(50):
            clock.time += breaker.held / 60
            assert not breaker.probe_answered()
        clock.time += breaker.held
        assert breaker.probe_answered()
    assert holds == pytest.approx([FIRST_HOLD, 240, 480, LONGEST_HOLD, LONGEST_HOLD, LONGEST_HOLD])
    assert cuts[0] > 1.8 * cuts[1]
    assert len(set(cuts[1:])) == 1


def test_who_does_better_on_trial_is_forgiven() -> None:
    """A target that has been out, and then answers whole for a while, begins anew: the full number of cuts, the first hold."""
    clock = Clock()
    breaker = Breaker(clock)
    before = take_out(breaker, clock)
    clock.time += breaker.held
    breaker.probe_answered()
    breaker.probe_answered()
    for _ in range(20):
        breaker.answered()
    assert take_out(breaker, clock) == before
    assert breaker.held == pytest.approx(FIRST_HOLD)


def test_what_was_yesterday_is_forgotten() -> None:
    """Cuts that lie a day back weigh a sixteenth: what nobody asks much is judged by what it does today."""
    clock = Clock()
    cuts = Cuts(clock)
    for _ in range(int(THRESHOLD) - 1):
        assert not cuts.cut()
    clock.time += 24 * 3600
    for _ in range(int(THRESHOLD) - 3):
        assert not cuts.cut()


@given(st.lists(st.booleans(), max_size=600))
def test_it_takes_more_than_two_cuts_in_five(outcomes: list[bool]) -> None:
    """Whatever the order: when it opens, more than 40 % of some last answers were cut, and then at least ten more than that."""
    cuts = Cuts(Clock())
    since: list[bool] = []
    for broke in outcomes:
        since.append(broke)
        if not broke:
            cuts.whole()
        elif cuts.cut():
            tails = [since[start:] for start in range(len(since))]
            assert any(sum(tail) - 0.4 * len(tail) >= 0.6 * TRIAL - 1e-6 for tail in tails)
            since = []


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1000)), max_size=300))
def test_it_never_holds_for_longer_than_it_says(outcomes: list[tuple[bool, float]]) -> None:
    """Whatever comes: it stays out by itself for at most 16 minutes, and for no time at all while it is in."""
    clock = Clock()
    breaker = Breaker(clock)
    for broke, pause in outcomes:
        clock.time += pause
        breaker.broke_off(BROKEN_SHARE) if broke else breaker.answered()
        assert 0 <= breaker.held <= LONGEST_HOLD
        assert breaker.is_open or not breaker.held
        if breaker.is_open and not breaker.held:
            breaker.probe_answered()


def test_faults_that_are_not_the_targets_are_no_cuts() -> None:
    """What has no weight (a caller's fault, a refusal by policy) does not count, however often it ends an answer."""
    breaker = Breaker(Clock())
    assert not any(breaker.broke_off(0.0) for _ in range(1000))


def test_the_operator_reads_why_and_the_caller_when() -> None:
    """What took it out is said as what it is, and for how long it stays out at least."""
    facts: list[object] = []
    hooks, clock = Hooks(), Clock()
    hooks.add(type("Notes", (), {"observe": lambda self, fact: facts.append(fact)})())
    standings = Standings(clock, hooks)
    while standings.obstacle(TARGET) is None:
        clock.time += 1.0
        standings.failed(TARGET, ServerFault("cut"), share=BROKEN_SHARE, cut=True)
        if standings.obstacle(TARGET) is None:
            standings.answered(TARGET)
    assert facts == [TargetMoved(str(TARGET), "closed", "open", "breaks off more than 40 % of its answers")]
    assert str(standings.obstacle(TARGET)).endswith("it is tried again in 120 s at the earliest")
    clock.time += FIRST_HOLD
    assert "probes" in str(standings.obstacle(TARGET))
