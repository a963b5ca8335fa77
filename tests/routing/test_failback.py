"""A target that was out comes back in steps: exact shares, no chance, and never all at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.chat import Target
from sanspanne.hooks import TargetMoved
from sanspanne.routing.failback import LONGEST_STEP, MAX_OUT, SHARES, FailBack

TARGET = Target("openai", "gpt-4o")


class World:
    """A clock, and a target that was out for `outage` seconds and is back."""

    def __init__(self, outage: float) -> None:
        self.now = 1000.0
        self.failback = FailBack(lambda: self.now)
        self.move("open")
        self.now += outage
        self.move("closed")

    def move(self, after: str) -> None:
        self.failback.moved(TargetMoved(str(TARGET), "closed" if after == "open" else "open", after, "because"))

    def asks(self, requests: int) -> list[bool]:
        """For each of so many requests, whether it goes to the target."""
        return [self.failback.may_lead(TARGET) for _ in range(requests)]

    def answers(self, requests: int) -> None:
        for _ in range(requests):
            self.failback.answered(TARGET)

    def pass_step(self) -> None:
        """The time of a step goes by, and what it gave is answered."""
        self.now += LONGEST_STEP
        self.asks(1)
        self.answers(100)


def test_the_first_request_after_the_return_goes_to_it() -> None:
    """A recovered provider answers somebody at once, and then one request in a hundred."""
    asked = World(60.0).asks(301)
    assert [number for number, leads in enumerate(asked) if leads] == [0, 100, 200, 300]


@given(st.integers(0, 3), st.integers(1, 8))
def test_the_share_of_a_step_is_exact(step: int, hundreds: int) -> None:
    """Of every hundred requests a step gives exactly its percentage, however many there are."""
    world = World(600.0)
    for _ in range(step):
        world.pass_step()
    assert sum(world.asks(100 * hundreds)) == SHARES[step] * hundreds


@pytest.mark.parametrize(("outage", "whole"), [(0.1, 4.0), (5.0, 20.0), (60.0, 240.0), (300.0, 720.0), (9000.0, 720.0)])
def test_it_takes_four_times_the_outage(outage: float, whole: float) -> None:
    """A blip of 5 s returns in 20 s, an outage of 5 minutes in 12 minutes, none in less than 4 s or more than 12 minutes."""
    world = World(outage)
    back = world.now
    while world.failback.is_returning(TARGET):
        if world.asks(1) == [True]:
            world.answers(1)
        world.now += 0.125
    assert world.now - back == pytest.approx(whole, abs=1.0)


def test_those_still_being_answered_are_waited_for() -> None:
    """A step whose time is over waits for the answers that it gave, up to 30 of them, and for no later ones."""
    world = World(60.0)
    world.asks(301)
    world.now += 60.0
    assert sum(world.asks(100)) == 1  # still one in a hundred; four were given until now
    world.answers(3)
    assert sum(world.asks(100)) == 1
    world.answers(1)
    assert sum(world.asks(100)) == SHARES[1]


def test_thirty_answers_are_enough() -> None:
    """A busy step is passed with 30 answers, though more were given."""
    world = World(60.0)
    world.asks(5000)
    world.now += 60.0
    world.answers(29)
    assert sum(world.asks(100)) == 1
    world.answers(1)
    assert sum(world.asks(100)) == SHARES[1]


def test_a_failure_goes_one_step_back() -> None:
    """A failure on the way takes one step back, and the next request does not follow at once."""
    world = World(600.0)
    world.pass_step()
    world.pass_step()
    world.failback.failed(TARGET)
    assert world.asks(19) == [False] * 19
    assert world.asks(1) == [True]
    world.failback.failed(TARGET)
    assert world.asks(100) == [False] * 99 + [True]
    world.failback.failed(TARGET)
    assert world.asks(100) == [False] * 99 + [True]


def test_a_request_that_says_nothing_is_not_waited_for() -> None:
    """Callers who leave do not hold up the return."""
    world = World(60.0)
    world.asks(1)
    world.failback.unheard(TARGET)
    world.now += 60.0
    assert sum(world.asks(100)) == SHARES[1]


def test_who_is_not_asked_for_returns_by_time_alone() -> None:
    """A standby that nobody needed meanwhile is wholly back when its four steps are over, and not at the next outage."""
    world = World(60.0)
    world.now += 3 * 60.0
    assert sum(world.asks(100)) == SHARES[3]
    other = World(60.0)
    other.now += 4 * 60.0
    assert not other.failback.is_returning(TARGET)
    another = World(60.0)
    another.now += 4 * 60.0
    another.failback.look_after_all()
    assert not another.failback.is_incident


def test_who_goes_out_on_the_way_begins_again() -> None:
    """A target that goes out while it returns is out; back again, it begins with the first step."""
    world = World(600.0)
    world.pass_step()
    world.move("open")
    assert not world.failback.is_returning(TARGET)
    assert world.failback.is_out(TARGET)
    world.now += 1.0
    world.move("closed")
    assert sum(world.asks(100)) == SHARES[0]


def test_what_never_went_out_leads() -> None:
    """A target that nothing has happened to leads always, and the model on board has nothing to come back to."""
    failback = FailBack(lambda: 0.0)
    assert failback.may_lead(TARGET)
    failback.moved(TargetMoved("onboard", "closed", "open", "because"))
    assert not failback.is_incident


def test_names_from_outside_do_not_pile_up() -> None:
    """However many models are named that do not exist, few are remembered."""
    failback = FailBack(lambda: 0.0)
    names = [Target("openai", str(number)) for number in range(MAX_OUT + 10)]
    for name in names:
        failback.moved(TargetMoved(str(name), "closed", "suspended", "no such model"))
    assert sum(failback.is_out(name) for name in names) == MAX_OUT


events = st.lists(
    st.one_of(st.sampled_from(["lead", "answered", "failed", "unheard", "open", "closed"]), st.floats(0.01, 400)),
    max_size=60,
)


@given(st.floats(0, 1000), events)
def test_whatever_happens_a_target_that_is_well_comes_back(outage: float, happens: list[str | float]) -> None:
    """No sequence of events keeps a target from coming back wholly, once its requests are answered."""
    world = World(outage)
    for event in happens:
        if isinstance(event, float):
            world.now += event
        elif event in ("open", "closed"):
            world.move(event)
        else:
            getattr(world.failback, "may_lead" if event == "lead" else event)(TARGET)
    world.move("closed")
    for _ in range(4 * len(SHARES)):
        world.pass_step()
    assert not world.failback.is_incident
