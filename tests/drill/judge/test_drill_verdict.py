"""The judge: each promise, on runs made by hand."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from sanspanne.drill.judge.measures import MEASURES
from sanspanne.drill.judge.sentences import SENTENCES
from sanspanne.drill.judge.verdict import verdict
from sanspanne.drill.promises import PROMISES
from sanspanne.drill.questions import questions
from sanspanne.drill.result import Asked, Ceiling, Promise, ProviderTick, Run
from sanspanne.drill.scenario import Burst, Expected, Fault, LoadPlan, Phase, ProviderPlan, Scenario, Words

CEILING = Ceiling(quick=10, whole=20, asked=20)


def scenario(**settings: Any) -> Scenario:
    """Two providers: `a` is down from 10 to 20 s and makes two answers a second otherwise, `b` is up and makes one."""
    down = Fault(at=10, until=20, shape="down-503")
    return Scenario(
        **{
            "name": "by-hand",
            "title": Words("By hand", "À la main"),
            "seconds": 60.0,
            "chain": ("a", "b"),
            "load": LoadPlan(phase=(Phase(at=0, rate=1.0),), words=10, pace=0.1),
            "providers": {
                "a": ProviderPlan("openai", limit=4, first_word=1.0, fault=(down,)),
                "b": ProviderPlan("openai", limit=2, first_word=1.0),
            },
            **settings,
        }
    )


def whole(at: float, wait: float = 1.0, took: float = 2.0, **more: Any) -> Asked:
    """An answer that is whole."""
    settings: dict[str, Any] = {"tenant": "app", "state": "whole", "target": "a/m", **more}
    return Asked(0, at, first=at + wait, ended=at + took, **settings)


def failed(at: float, state: str = "refused", **more: Any) -> Asked:
    """A request that got no whole answer."""
    return Asked(0, at, **{"tenant": "app", "state": state, **more})


def judged(name: str, run: Run, played: Scenario | None = None, *, limit: float = 1.0, **settings: Any) -> Promise:
    """What the judge says of one promise."""
    expected = Expected(name, **{PROMISES[name].sense: limit}, **settings)
    return verdict(run, replace(played or scenario(), promise=(expected,)), CEILING)[0]


def run(*asked: Asked, **more: Any) -> Run:
    """What sanspanne made of it."""
    return Run("sanspanne", list(asked), **more)


def test_every_promise_has_a_measure_and_a_sentence_in_both_languages() -> None:
    """Whatever a scenario may promise can be judged and said."""
    assert MEASURES.keys() == PROMISES.keys() == SENTENCES.keys()
    for english, french in SENTENCES.values():
        fields = {name: name for name in ("of", "quick", "patience", "at", "until", "factor")}
        assert "{" not in english.format(**fields) + french.format(**fields)


def test_quick_answers_are_whole_right_and_begun_in_time() -> None:
    """Late, broken, wrong and kept answers are not quick."""
    asked = [whole(0), whole(1, wait=5.0, took=9.0), whole(2, wait=5.1, took=9.0), whole(3, wrong=True)]
    assert judged("quick_of_ceiling", run(*asked, failed(4, "broken", first=5.0), failed(5, "kept"))).value == 0.2


def test_whole_answers_are_counted_up_to_the_patience() -> None:
    """An answer that ends after the patience is not counted."""
    assert judged("whole_of_ceiling", run(whole(0), whole(1, took=40), whole(2, took=40.1))).value == 2 / 20


def test_who_can_be_answered_later_is_no_part_of_the_comparison() -> None:
    """The ceiling does not count those who asked to be kept; that one of them is answered at once does not help."""
    load = LoadPlan(phase=(Phase(at=0, rate=1.0),), kept=0.5)
    played = scenario(load=load)
    later = {each.number for each in questions(played) if each.kept}
    asked = [replace(whole(each.at), number=each.number) for each in questions(played)]
    assert 0 < len(later) < len(asked)
    assert judged("quick_of_ceiling", run(*asked), played).value == (len(asked) - len(later)) / 10
    assert judged("whole_of_ceiling", run(*asked), played).value == (len(asked) - len(later)) / 20


def test_calls_per_request_leave_continuations_out() -> None:
    """Calls that finished broken answers are not held against anybody."""
    seen = run(whole(0), whole(1), calls={"a": 3, "b": 2}, continuations=1)
    assert judged("calls_per_request", seen).value == 2.0


def test_first_after_return_is_that_of_the_worst_provider() -> None:
    """Of two returns the slower one counts; answers taken over from others, and earlier ones, do not."""
    both = scenario(
        providers={
            name: ProviderPlan("openai", fault=(Fault(at=10, until=until, shape="down-refuse"),))
            for name, until in (("a", 20), ("b", 30))
        }
    )
    asked = [whole(19, wait=2, target="a/m", seams=1), whole(19, wait=4), whole(29.5, wait=1, target="b/m")]
    assert judged("first_after_return", run(*asked), both).value == pytest.approx(3.0)
    assert judged("first_after_return", run(*asked), both, of="b").value == pytest.approx(0.5)


def test_a_provider_that_is_never_used_again_breaks_the_promise() -> None:
    """No answer after the return: there is no figure, and the promise is not kept."""
    promise = judged("first_after_return", run(whole(25, target="b/m")), limit=5.0)
    assert (promise.value, promise.kept) == (None, False)


def test_served_counts_whole_answers_over_requests() -> None:
    """Who left, was refused or got something else was not served."""
    assert judged("served", run(whole(0), failed(1), failed(2, "left"), whole(3, wrong=True))).value == 0.25


def test_calls_to_counts_one_provider() -> None:
    """Calls to others do not matter; a provider that was never called has none."""
    assert judged("calls_to", run(calls={"a": 7, "b": 2}), of="b").value == 2
    assert judged("calls_to", run(calls={"a": 7}), of="b").value == 0


def test_own_success_drop_compares_the_providers_own_users_with_before() -> None:
    """From all to three of four is a drop by a quarter; users of others and later ones do not count."""
    own = [whole(1, tenant="b"), *(whole(12 + i, tenant="b") for i in range(3)), failed(15, tenant="b")]
    others = [failed(12, tenant="a"), failed(25, tenant="b")]
    settings = {"of": "b", "at": 10, "until": 20}
    assert judged("own_success_drop", run(own=own + others), **settings).value == 0.25
    assert judged("own_success_drop", run(own=own[1:]), **settings).value is None


def test_crashes_are_read_from_the_last_look_at_each_provider() -> None:
    """Counts are since the beginning, so only the last one counts; `of` names one provider."""
    ticks = [
        ProviderTick(at, name, True, 1, 0, 0, 0, 0, crashes)
        for at, name, crashes in ((0, "a", 0), (0, "b", 0), (1, "a", 1), (2, "a", 2), (2, "b", 1))
    ]
    assert judged("crashes", run(providers=ticks)).value == 3
    assert judged("crashes", run(providers=ticks), of="b").value == 1
    assert judged("crashes", run()).value is None


def test_goodput_is_compared_with_what_the_providers_carry_just_then() -> None:
    """From 10 to 20 s only `b` is up, which makes 2 answers of 2 s at a time: 10 in all. Answers count by what was made then."""
    within = [whole(10 + i) for i in range(4)]
    across = whole(9.0), whole(19.0)  # as much of them before and after as within
    assert judged("goodput_during", run(*within, *across, failed(12)), at=10, until=20).value == pytest.approx(
        0.5, abs=0.05
    )


def test_an_answer_counts_by_the_part_that_was_made_just_then() -> None:
    """Half of an answer that was under way when the time began; one that came at once wholly, if it came within."""
    window = {"at": 10, "until": 20}
    assert judged("goodput_during", run(whole(8.5)), **window).value == pytest.approx(0.05)
    assert judged("goodput_during", run(whole(18.25)), **window).value == pytest.approx(0.075)
    at_once = [whole(at, wait=1.0, took=1.0) for at in (8.5, 9.0, 15.0, 19.0)]
    assert judged("goodput_during", run(*at_once), **window).value == pytest.approx(0.2)


def test_recovery_is_reckoned_in_windows_up_to_the_last_bad_one() -> None:
    """The second window after the crowd is still bad, so it took ten seconds; later windows are good."""
    before = [whole(i) for i in range(10)]
    asked = [*(whole(20 + i) for i in range(5)), failed(26), *(whole(31 + i) for i in range(20))]
    assert judged("recovered_after", run(*before, *asked), at=20, factor=0.95).value == 10
    assert judged("recovered_after", run(*before, *asked, failed(55)), at=20, factor=0.95).value is None
    assert judged("recovered_after", run(*before), at=20, factor=0.95).value is None


def test_what_is_normal_is_what_was_before_the_first_trouble() -> None:
    """Where half were served before the burst, half is normal afterwards."""
    crowd = LoadPlan(phase=(Phase(at=0, rate=1.0),), burst=(Burst(at=5, count=9),))
    calm = {"a": ProviderPlan("openai")}
    asked = [whole(1), failed(2), failed(6), whole(21), failed(22)]
    played = scenario(load=crowd, providers=calm, chain=("a",))
    assert judged("recovered_after", run(*asked), played, at=20, factor=0.95).value == 0


def test_kept_questions_must_have_been_answered() -> None:
    """One of two that were kept was answered; where none was kept, none was lost."""
    assert judged("kept_answered", run(failed(0, "kept", kept_until=9.0), failed(1, "kept"), whole(2))).value == 0.5
    assert judged("kept_answered", run(whole(2))).value == 1.0


def test_broken_wrong_and_truncated_are_counted_apart() -> None:
    """A broken answer is no wrong one, and a cut one that was called whole is worse than both."""
    seen = run(whole(0), failed(1, "broken"), whole(2, wrong=True), failed(3, "broken", truncated=True))
    assert judged("broken", seen).value == 0.5
    assert judged("wrong", seen, limit=0).value == 1
    assert judged("truncated_called_whole", seen, limit=0).value == 1


def test_a_fair_share_is_what_water_filling_gives() -> None:
    """Three answers a second for 10 s: who asked for 2 should have both, the other two tenants 14 each."""
    calm = scenario(providers={name: ProviderPlan("openai", limit=3, first_word=1.0) for name in ("a", "b")})
    flood = [whole(1, tenant="flood"), *(failed(1, tenant="flood") for _ in range(99))]
    small = [whole(1, tenant="small"), whole(2, tenant="small")]
    large = [*(whole(1, tenant="large") for _ in range(7)), *(failed(1, tenant="large") for _ in range(50))]
    settings = {"of": "flood", "at": 0, "until": 10}
    assert judged("fair_share", run(*flood, *small, *large), calm, **settings).value == 0.5
    assert judged("fair_share", run(*flood, *small), calm, **settings).value == 1.0
    assert judged("fair_share", run(*flood), calm, **settings).value is None


def test_the_wait_of_the_others_is_compared_with_before() -> None:
    """The 95th percentile of twenty is the nineteenth; who never had a word waited as long as he could."""
    before = [whole(i / 2, wait=1.0, tenant="app") for i in range(20)]
    during = [whole(10 + i / 4, wait=3.0 if i > 17 else 1.0, tenant="app") for i in range(20)]
    flood = [whole(12, wait=30.0, tenant="flood"), whole(1, wait=30.0, tenant="flood")]
    settings = {"of": "flood", "at": 10, "until": 20}
    assert judged("p95_wait_ratio", run(*before, *during, *flood), **settings).value == pytest.approx(3.0)
    silent = [failed(10 + i / 4) for i in range(20)]
    assert judged("p95_wait_ratio", run(*before, *silent, whole(30)), **settings).value == pytest.approx(40.0)
    assert judged("p95_wait_ratio", run(*during), **settings).value is None


def test_a_forecast_comes_true_within_the_factor() -> None:
    """Told 4 to 8 s, within a factor of 1.5: true from 2.67 to 12 s, reckoned from when it was told."""
    told: dict[str, Any] = {"told": (4.0, 8.0), "told_at": 1.0}
    asked = [whole(0, wait=wait, took=20, **told) for wait in (3.5, 3.7, 13.0, 13.1)]
    assert judged("forecast_within", run(*asked, whole(0))).value == 0.5
    assert judged("forecast_within", run(failed(0, "left", **told))).value == 0.0
    assert judged("forecast_within", run(whole(0))).value is None


@pytest.mark.parametrize(("name", "limit", "kept"), [("served", 0.75, True), ("served", 0.76, False)])
def test_a_promise_at_least_is_kept_from_its_limit_on(name: str, limit: float, kept: bool) -> None:
    """Three of four keep a promise of three quarters, and no more."""
    assert judged(name, run(*(whole(i) for i in range(3)), failed(4)), limit=limit).kept is kept


@pytest.mark.parametrize(("limit", "kept"), [(1.1, True), (1.0, False)])
def test_a_promise_at_most_is_kept_up_to_its_limit(limit: float, kept: bool) -> None:
    """44 calls for 40 requests are 1.1 per request: not more than 1.1."""
    assert judged("calls_per_request", run(*(whole(i) for i in range(40)), calls={"a": 44}), limit=limit).kept is kept


def test_the_promise_says_what_it_is_in_both_languages() -> None:
    """Settings are in the sentences; a French one has a comma in its numbers."""
    promise = judged("forecast_within", run(whole(0)), limit=0.8, factor=1.5)
    assert "factor 1.5" in promise.sentence["en"]
    assert "facteur 1,5" in promise.sentence["fr"]
    assert (promise.name, promise.unit, promise.at_least, promise.limit) == ("forecast_within", "share", True, 0.8)
