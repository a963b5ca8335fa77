"""A whole drill: each contender performs the scenario in turn, then the ceiling and the verdict. Its result is a `Report`."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

import sanspanne
from sanspanne.drill.judge.ceiling import ceiling
from sanspanne.drill.judge.foreknowledge import demands, supply
from sanspanne.drill.judge.verdict import verdict
from sanspanne.drill.real.real import Guarded
from sanspanne.drill.result import Ceiling, Report, Run
from sanspanne.drill.scenario import Scenario
from sanspanne.drill.stage.contender import Contender, DrillError
from sanspanne.drill.stage.sanspanne import Sanspanne
from sanspanne.drill.stage.stage import Moment, perform

Watch = Callable[[str, Moment], None]
Skipped = Callable[[str, DrillError], None]

SEEN = 1.0  # seconds for which a killed gateway is shown; it is started again at once


async def rehearse(
    scenario: Scenario, contenders: Sequence[Contender], watch: Watch, skipped: Skipped, language: str = "en"
) -> Report:
    """Perform the scenario with each contender, the first of which is judged. Raises `DrillError` if that one fails.

    `watch` is told of every half second of each, by its name; `skipped` of each that could not perform.
    """
    began = datetime.now(UTC)
    first, *others = contenders
    runs = [await perform(scenario, first, partial(watch, first.name))]
    for contender in others:
        try:
            runs.append(await perform(scenario, contender, partial(watch, contender.name)))
        except DrillError as error:
            skipped(contender.name, error)
    return report(scenario, runs, began, language, best=ceiling_of(scenario))


async def rehearse_real(scenario: Scenario, guarded: Guarded, watch: Watch, language: str = "en") -> Report:
    """The same before real providers, with sanspanne alone. Raises `DrillError`."""
    began = datetime.now(UTC)
    contender = Sanspanne()
    run = await perform(scenario, contender, partial(watch, contender.name), guarded.start)
    return report(scenario, [guarded.seen(run)], began, language, best=None)


def report(
    scenario: Scenario, runs: Sequence[Run], began: datetime, language: str = "en", *, best: Ceiling | None
) -> Report:
    """What came of it. The first run is the one that is judged; `best` is None where capacities are not known."""
    compressed = scenario.compressed
    return Report(
        scenario=scenario.name,
        title={"en": scenario.title.en, "fr": scenario.title.fr},
        seconds=scenario.seconds,
        quick_seconds=scenario.quick_seconds,
        patience=scenario.patience,
        runs=list(runs),
        ceiling=best,
        promises=verdict(runs[0], scenario, best or Ceiling(0, 0, 0)),
        events=events(scenario),
        compressed=(compressed.fr if language == "fr" else "") or compressed.en,
        seed=scenario.seed,
        began=began.strftime("%Y-%m-%dT%H:%M:%SZ"),
        version=sanspanne.__version__,
        machine=machine(),
    )


def ceiling_of(scenario: Scenario) -> Ceiling:
    """What a scheduler with perfect knowledge would reach with its providers and its users."""
    return ceiling(demands(scenario), supply(scenario), scenario.quick_seconds, scenario.patience)


def events(scenario: Scenario) -> list[tuple[float, str, str]]:
    """When what happens to whom: the shape of each fault, and `up` when it is over."""
    faults = [(name, fault) for name, plan in scenario.providers.items() for fault in plan.fault]
    begins = [(fault.at, name, str(fault.shape)) for name, fault in faults]
    ends = [(fault.until, name, "up") for name, fault in faults if fault.until < scenario.seconds]
    kills = [(kill.at, "sanspanne", "killed") for kill in scenario.kill]
    back = [(kill.at + SEEN, "sanspanne", "up") for kill in scenario.kill]
    return sorted([*begins, *ends, *kills, *back])


def machine() -> str:
    """What the drill ran on; names nobody."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPU, Python {platform.python_version()}"
