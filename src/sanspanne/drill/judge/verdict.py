"""The verdict: each promise of a scenario, held against what one contender made of it.

A promise that nothing was seen of is not kept.
"""

from __future__ import annotations

from sanspanne.drill.judge.measures import MEASURES, Evidence
from sanspanne.drill.judge.sentences import SENTENCES
from sanspanne.drill.promises import PROMISES
from sanspanne.drill.result import Ceiling, Promise, Run
from sanspanne.drill.scenario import Expected, Scenario

ROUNDING = 1e-9  # 44 of 40 is 1.1, and is not more than 1.1


def verdict(run: Run, scenario: Scenario, ceiling: Ceiling) -> list[Promise]:
    """One entry for each `[[promise]]`, in their order."""
    return [_judged(Evidence(run, scenario, ceiling, expected)) for expected in scenario.promise]


def _judged(seen: Evidence) -> Promise:
    expected = seen.expected
    known = PROMISES[expected.name]
    value = MEASURES[expected.name](seen)
    at_least = known.sense == "at_least"
    return Promise(
        name=expected.name,
        sentence=_sentence(expected, seen.scenario),
        value=value,
        limit=expected.limit,
        at_least=at_least,
        unit=known.unit,
        kept=value is not None and _kept(value, expected.limit, at_least),
    )


def _kept(value: float, limit: float, at_least: bool) -> bool:
    return value >= limit - ROUNDING if at_least else value <= limit + ROUNDING


def _sentence(expected: Expected, scenario: Scenario) -> dict[str, str]:
    settings = {
        "quick": scenario.quick_seconds,
        "patience": scenario.patience,
        "at": expected.at,
        "until": min(expected.until, scenario.seconds),
        "factor": expected.factor,
    }
    written = {name: f"{value:g}" for name, value in settings.items()}
    english, french = SENTENCES[expected.name]
    return {
        "en": english.format(of=expected.of or "all providers", **written),
        "fr": french.format(
            of=expected.of or "tous les fournisseurs", **{k: v.replace(".", ",") for k, v in written.items()}
        ),
    }
