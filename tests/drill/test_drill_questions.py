"""Who asks what, and when: the same for every contender, and as the scenario says."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sanspanne.drill.questions import answer_to, own_questions, questions
from sanspanne.drill.scenario import Burst, LoadPlan, Phase, ProviderPlan, Scenario, Words


def scenario(**load: object) -> Scenario:
    """A hundred seconds of one provider."""
    providers = {"openai": ProviderPlan("openai", own=2.0)}
    return Scenario("mine", Words("Mine", "Le mien"), 100.0, ("openai",), LoadPlan(**load), providers)  # type: ignore[arg-type]


def test_every_contender_has_the_same_users() -> None:
    """The questions are settled by the scenario; another seed gives others."""
    plan = scenario(phase=(Phase(0, 5.0),))
    assert questions(plan) == questions(plan)
    assert questions(plan) != questions(replace(plan, seed=2))


def test_phases_and_bursts_are_kept_to() -> None:
    """Each phase has its rate until the next one, a burst comes at once, and nobody comes after the end."""
    plan = scenario(phase=(Phase(0, 4.0), Phase(40, 20.0), Phase(60, 0.0)), burst=(Burst(80, 30),))
    times = [question.at for question in questions(plan)]
    assert times == sorted(times)
    assert 110 <= sum(at < 40 for at in times) <= 210
    assert 300 <= sum(40 <= at < 60 for at in times) <= 500
    assert [at for at in times if at >= 60] == [80.0] * 30


def test_tenants_have_their_shares_and_phases_of_their_own() -> None:
    """What no phase gives to one tenant is parted by the shares."""
    plan = scenario(phase=(Phase(0, 8.0), Phase(50, 10.0, "noisy")), tenants={"a": 1.0, "b": 3.0, "noisy": 0.0})
    counts = Counter(question.tenant for question in questions(plan))
    assert 0.18 <= counts["a"] / (counts["a"] + counts["b"]) <= 0.32
    assert 420 <= counts["noisy"] <= 580
    assert all(question.at >= 50 for question in questions(plan) if question.tenant == "noisy")


def test_lengths_and_wishes_are_as_stated() -> None:
    """The mean of the words is that of the scenario, and the shares of streams, detached and kept questions are met."""
    asked = questions(scenario(phase=(Phase(0, 20.0),), streams=0.8, detached=0.5, kept=0.1, words=60.0))
    assert 54 <= sum(question.words for question in asked) / len(asked) <= 66
    for share, wish in ((0.8, "stream"), (0.5, "detached"), (0.1, "kept")):
        assert abs(sum(getattr(question, wish) for question in asked) / len(asked) - share) < 0.05


def test_own_users_come_without_a_gateways_wishes() -> None:
    """A provider's own users ask at their own rate, in numbers of their own, and know nothing of detaching."""
    plan = scenario(phase=(Phase(0, 5.0),), detached=1.0, kept=1.0)
    own = own_questions(plan, "openai")
    assert 150 <= len(own) <= 250
    assert not any(question.detached or question.kept for question in own)
    assert not {question.number for question in own} & {question.number for question in questions(plan)}


@given(st.integers(0, 5_000_000), st.integers(0, 5_000_000), st.integers(1, 400))
def test_an_answer_belongs_to_its_question_alone(one: int, other: int, words: int) -> None:
    """It has as many words as it says, and no other question's answer is the same: what is mixed up is noticed."""
    text = "Question {} of {} words: what?"
    said = answer_to(text.format(one, words))
    assert len(said.split(" ")) == words
    assert (said == answer_to(text.format(other, words))) == (one == other)
