"""What a perfect scheduler knows of a scenario."""

from __future__ import annotations

from typing import Any

from sanspanne.drill.judge.foreknowledge import answers_carried, demands, supply
from sanspanne.drill.questions import questions
from sanspanne.drill.scenario import Fault, LoadPlan, Phase, ProviderPlan, Scenario, Words

WORK = 2.0  # seconds of an average answer: 20 words of 0.1 s


def played(plan: ProviderPlan, **load: Any) -> Scenario:
    """A scenario with one provider."""
    users = LoadPlan(phase=(Phase(at=0, rate=2.0),), words=20, pace=0.1, **load)
    return Scenario("one", Words("One"), seconds=30.0, chain=("a",), load=users, providers={"a": plan})


def test_a_provider_has_no_place_while_it_is_out() -> None:
    """Its room goes to nothing at the beginning of a fault and is back at its end; a provider that is down cuts what runs."""
    down = Fault(at=10, until=20, shape="down-503")
    known = supply(played(ProviderPlan("openai", limit=7, first_word=0.5, pace=1.5, fault=(down,))))[0]
    assert list(known.capacity) == [(0.0, 7), (10.0, 0), (20.0, 7)]
    assert (known.first, known.pace, list(known.cuts)) == (0.5, 1.5, [10.0])


def test_slow_and_silent_providers_cut_nothing() -> None:
    """Who is silent or slow has no room for new questions, but breaks nothing off."""
    silent = Fault(at=5, until=9, shape="silent")
    known = supply(played(ProviderPlan("openai", limit=7, fault=(silent,))))[0]
    assert (list(known.capacity), list(known.cuts)) == ([(0.0, 7), (5.0, 0), (9.0, 7)], [])


def test_the_places_of_a_providers_own_users_are_not_ours() -> None:
    """One own question a second that takes 2.4 s takes three places on average, rounded up."""
    known = supply(played(ProviderPlan("openai", limit=7, first_word=0.4, own=1.0)))[0]
    assert list(known.capacity) == [(0.0, 4)]


def test_a_limit_of_the_rate_is_a_limit_of_places() -> None:
    """Two questions a second of 3 s each cannot take more than six places."""
    limited = Fault(at=10, until=20, shape="rate-limit", rate=2.0)
    known = supply(played(ProviderPlan("openai", limit=50, first_word=1.0, fault=(limited,))))[0]
    assert list(known.capacity) == [(0.0, 50), (10.0, 6), (20.0, 50)]


def test_a_narrower_provider_has_fewer_places() -> None:
    """A fault of the capacity says how many are left."""
    narrow = Fault(at=10, until=20, shape="capacity", capacity=2)
    assert list(supply(played(ProviderPlan("openai", limit=7, fault=(narrow,))))[0].capacity)[1] == (10.0, 2)


def test_the_answers_that_can_be_made_are_those_of_the_places() -> None:
    """Six places for answers of 3 s make two a second, and none during an outage."""
    down = Fault(at=10, until=20, shape="down-refuse")
    scenario = played(ProviderPlan("openai", limit=6, first_word=1.0, fault=(down,)))
    assert answers_carried(scenario, 0, 10) == 20
    assert answers_carried(scenario, 5, 25) == 20
    assert answers_carried(scenario, 10, 20) == 0


def test_questions_that_may_be_kept_are_not_demanded_at_once() -> None:
    """Those who asked to be answered later are left out; all others are there, with what they want."""
    scenario = played(ProviderPlan("openai"), kept=0.5, streams=0.5)
    waiting = [each for each in questions(scenario) if not each.kept]
    assert [(each.at, each.length, each.stream) for each in demands(scenario)] == [
        (each.at, each.work, each.stream) for each in waiting
    ]
    assert 0 < len(waiting) < len(questions(scenario))
