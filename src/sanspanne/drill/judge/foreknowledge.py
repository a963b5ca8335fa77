"""What a perfect scheduler knows of a scenario: every question, and how much each provider carries at every moment."""

from __future__ import annotations

from math import ceil

from sanspanne.drill.judge.timetable import Demand, Supply
from sanspanne.drill.questions import questions
from sanspanne.drill.scenario import ProviderPlan, Scenario


def demands(scenario: Scenario) -> list[Demand]:
    """The questions of those who come through the gateway and wait for the answer; kept ones can wait for a quiet hour."""
    return [Demand(each.at, each.work, each.stream) for each in questions(scenario) if not each.kept]


def supply(scenario: Scenario) -> list[Supply]:
    """The providers of the chain. A place that a provider's own users take, on average, is not to be had."""
    return [_supply(scenario.providers[name], scenario.load.words * scenario.load.pace) for name in scenario.chain]


def answers_carried(scenario: Scenario, since: float, until: float) -> float:
    """How many answers of average length the providers can make between two moments."""
    work = scenario.load.words * scenario.load.pace
    return sum(_place_seconds(each, since, until) / each.seconds(work) for each in supply(scenario))


def _supply(plan: ProviderPlan, work: float) -> Supply:
    moments = sorted({0.0, *(moment for fault in plan.fault for moment in (fault.at, fault.until))})
    own = ceil(plan.own * plan.takes(work))  # Little's law
    capacity = [(at, max(0, _places(plan, at, work) - own)) for at in moments]
    cuts = sorted({fault.at for fault in plan.fault if fault.shape.startswith("down")})
    return Supply(capacity, plan.first_word, plan.pace, cuts)


def _places(plan: ProviderPlan, at: float, work: float) -> int:
    """As many as it carries; under a limit of its rate no more than can be begun and ended at that rate (Little's law)."""
    rates = [fault.rate for fault in plan.fault if fault.shape == "rate-limit" and fault.at <= at < fault.until]
    return min([plan.capacity_at(at), *(ceil(rate * plan.takes(work)) for rate in rates)])


def _place_seconds(supply: Supply, since: float, until: float) -> float:
    ends = [at for at, _ in supply.capacity[1:]] + [until]
    spans = zip(supply.capacity, ends, strict=True)
    return sum(slots * max(0.0, min(end, until) - max(at, since)) for (at, slots), end in spans)
