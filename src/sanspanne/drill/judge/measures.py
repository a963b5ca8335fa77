"""One short function for each promise: what a contender's run makes of it. None: there was nothing to measure it by.

The names are those of the table in `promises.py`; `MEASURES` joins the two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from math import ceil
from typing import TypeAlias

from msgspec import Struct

from sanspanne.drill.judge.foreknowledge import answers_carried
from sanspanne.drill.questions import questions
from sanspanne.drill.result import Asked, Ceiling, Run
from sanspanne.drill.scenario import Expected, Scenario

WINDOW = 5.0  # seconds over which goodput is looked at


class Evidence(Struct, frozen=True):
    """What a promise is judged by: the run, what was played, the ceiling, and the promise's own settings."""

    run: Run
    scenario: Scenario
    ceiling: Ceiling
    expected: Expected

    @property
    def during(self) -> list[Asked]:
        """The questions that were asked from `at` to `until`."""
        return [each for each in self.run.asked if self.expected.at <= each.at < self.expected.until]

    @property
    def waiting(self) -> list[Asked]:
        """Those whom the ceiling counts: all but those who said that they can be answered later."""
        later = {question.number for question in questions(self.scenario) if question.kept}
        return [each for each in self.run.asked if each.number not in later]

    @property
    def providers(self) -> list[str]:
        """The provider that is meant, or all of the chain."""
        return [self.expected.of] if self.expected.of else list(self.scenario.chain)


def is_whole(asked: Asked) -> bool:
    """Whether the user has a whole answer, and the one that was to come."""
    return asked.state == "whole" and not asked.wrong


def is_quick(asked: Asked, scenario: Scenario) -> bool:
    """Whether it is whole, and was begun within the quick seconds."""
    return is_whole(asked) and asked.first is not None and asked.first - asked.at <= scenario.quick_seconds


def quick_of_ceiling(seen: Evidence) -> float | None:
    """Quick answers, over those of the ceiling."""
    return _share(sum(is_quick(each, seen.scenario) for each in seen.waiting), seen.ceiling.quick)


def whole_of_ceiling(seen: Evidence) -> float | None:
    """Answers whole within the patience, over those of the ceiling."""
    in_time = (is_whole(each) and _waited(each, each.ended) <= seen.scenario.patience for each in seen.waiting)
    return _share(sum(in_time), seen.ceiling.whole)


def calls_per_request(seen: Evidence) -> float | None:
    """Calls to all providers over requests, continuations apart."""
    return _share(sum(seen.run.calls.values()) - seen.run.continuations, len(seen.run.asked))


def first_after_return(seen: Evidence) -> float | None:
    """The slowest: a provider that is not used at all after its return makes it None."""
    delays = [
        _first_from(seen.run.asked, name, back) for name in seen.providers for back in _returns(seen.scenario, name)
    ]
    known = [delay for delay in delays if delay is not None]
    return max(known, default=None) if len(known) == len(delays) else None


def served(seen: Evidence) -> float | None:
    """Whole answers over requests."""
    return _share(_count(seen.run.asked), len(seen.run.asked))


def calls_to(seen: Evidence) -> float | None:
    """Calls to one provider."""
    return float(seen.run.calls.get(seen.expected.of, 0))


def own_success_drop(seen: Evidence) -> float | None:
    """The success of a provider's own users before `at`, less that from `at` to `until`."""
    own = [each for each in seen.run.own if each.tenant == seen.expected.of]
    before = [each for each in own if each.at < seen.expected.at]
    during = [each for each in own if seen.expected.at <= each.at < seen.expected.until]
    return _count(before) / len(before) - _count(during) / len(during) if before and during else None


def crashes(seen: Evidence) -> float | None:
    """How often providers fell over."""
    last = {tick.provider: tick.crashes for tick in seen.run.providers}  # counts only grow
    return float(sum(last.get(name, 0) for name in seen.providers)) if last else None


def goodput_during(seen: Evidence) -> float | None:
    """Answers that were made in that time and ended whole, over those that the providers could make in it.

    One that was begun before, or ended after it, counts by the part that was made in it.
    """
    since, until = seen.expected.at, seen.expected.until
    made = sum(_part_within(each, since, until) for each in seen.run.asked if is_whole(each))
    return _share(made, answers_carried(seen.scenario, since, until))


def _part_within(each: Asked, since: float, until: float) -> float:
    """The part of its making, from the first word to the end, that lies in that time; all of one that came at once, or none."""
    assert each.first is not None
    assert each.ended is not None
    making = each.ended - each.first
    if making <= 0.0:
        return float(since <= each.ended < until)
    return max(0.0, min(each.ended, until) - max(each.first, since)) / making


def recovered_after(seen: Evidence) -> float | None:
    """Of those who asked within each window, the share that got a whole answer is compared with the share before the trouble.

    Not answers per second: how many ask within 5 seconds is chance.
    """
    before = [each for each in seen.run.asked if each.at < _trouble(seen.scenario)]
    normal = _count(before) / len(before) if before else 1.0
    windows = _windows([each for each in seen.run.asked if each.at >= seen.expected.at], seen.expected.at)
    bad = [i for i, asked in windows.items() if _count(asked) < seen.expected.factor * normal * len(asked)]
    if not windows or max(bad, default=-1) == max(windows):
        return None
    return WINDOW * (max(bad, default=-1) + 1)


def kept_answered(seen: Evidence) -> float | None:
    """All of none is all."""
    kept = [each for each in seen.run.asked if each.state == "kept"]
    return sum(each.kept_until is not None for each in kept) / len(kept) if kept else 1.0


def broken(seen: Evidence) -> float | None:
    """Broken answers over requests."""
    return _share(sum(each.state == "broken" for each in seen.run.asked), len(seen.run.asked))


def wrong(seen: Evidence) -> float | None:
    """Answers with another text."""
    return float(sum(each.wrong for each in seen.run.asked))


def truncated_called_whole(seen: Evidence) -> float | None:
    """Cut answers that were called whole."""
    return float(sum(each.truncated for each in seen.run.asked))


def fair_share(seen: Evidence) -> float | None:
    """Fair is what water-filling gives: who asks for less than an equal part gets all of it, the rest is parted equally."""
    asked = Counter(each.tenant for each in seen.during)
    got = Counter(each.tenant for each in seen.during if is_whole(each))
    until = min(seen.expected.until, seen.scenario.seconds)
    level = _water_level(list(asked.values()), answers_carried(seen.scenario, seen.expected.at, until))
    shares = [
        got[tenant] / min(count, level) for tenant, count in asked.items() if tenant != seen.expected.of and level
    ]
    return min(shares, default=None)


def p95_wait_ratio(seen: Evidence) -> float | None:
    """The others' 95th percentile from `at` to `until`, over that before; who had no word waited as long as he could."""
    others = [each for each in seen.run.asked if each.tenant != seen.expected.of]
    at, until, patience = seen.expected.at, seen.expected.until, seen.scenario.patience
    before = _p95([each for each in others if each.at < at], patience)
    during = _p95([each for each in others if at <= each.at < until], patience)
    return during / before if before and during is not None else None


def forecast_within(seen: Evidence) -> float | None:
    """Told waits that came true within the factor."""
    told = [each for each in seen.run.asked if each.told is not None]
    return _share(sum(_came_true(each, seen.expected.factor) for each in told), len(told))


Measure: TypeAlias = Callable[[Evidence], float | None]
MEASURES: dict[str, Measure] = {
    measure.__name__: measure
    for measure in (
        quick_of_ceiling, whole_of_ceiling, calls_per_request, first_after_return, served, calls_to, own_success_drop,
        crashes, goodput_during, recovered_after, kept_answered, broken, wrong, truncated_called_whole, fair_share,
        p95_wait_ratio, forecast_within,
    )
}  # fmt: skip


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _count(asked: Iterable[Asked]) -> int:
    return sum(map(is_whole, asked))


def _waited(asked: Asked, until: float | None) -> float:
    return float("inf") if until is None else until - asked.at


def _came_true(asked: Asked, factor: float) -> bool:
    if asked.told is None or asked.told_at is None or asked.first is None:
        return False
    low, high = asked.told
    return low / factor <= asked.first - asked.told_at <= high * factor


def _returns(scenario: Scenario, provider: str) -> list[float]:
    return [until for _, until in scenario.providers[provider].outages() if until < scenario.seconds]


def _first_from(asked: Sequence[Asked], provider: str, since: float) -> float | None:
    firsts = [
        each.first - since
        for each in asked
        if each.first is not None and each.first >= since and not each.seams and _provider(each) == provider
    ]
    return min(firsts, default=None)


def _provider(asked: Asked) -> str:
    return asked.target.partition("/")[0]


def _trouble(scenario: Scenario) -> float:
    """When the first thing happens that is out of the ordinary."""
    faults = [fault.at for plan in scenario.providers.values() for fault in plan.fault]
    phases = sorted(phase.at for phase in scenario.load.phase)[1:]
    bursts = [burst.at for burst in scenario.load.burst]
    return min([*faults, *phases, *bursts, *(kill.at for kill in scenario.kill)], default=scenario.seconds)


def _windows(asked: Iterable[Asked], since: float) -> dict[int, list[Asked]]:
    windows: dict[int, list[Asked]] = {}
    for each in asked:
        windows.setdefault(int((each.at - since) // WINDOW), []).append(each)
    return windows


def _water_level(wanted: Sequence[int], carried: float) -> float:
    """The part that nobody exceeds when `carried` is parted."""
    left = carried
    for place, amount in enumerate(sorted(wanted)):
        part = left / (len(wanted) - place)
        if amount > part:
            return part
        left -= amount
    return float(max(wanted, default=0))


def _p95(asked: Iterable[Asked], patience: float) -> float | None:
    waits = sorted(min(_waited(each, each.first), patience) for each in asked)
    return waits[ceil(0.95 * len(waits)) - 1] if waits else None
