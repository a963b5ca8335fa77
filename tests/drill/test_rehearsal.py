"""A whole drill, from the contenders' runs to the report."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sanspanne.drill import rehearsal
from sanspanne.drill.reading import find, names
from sanspanne.drill.rehearsal import Watch, ceiling_of, events, rehearse, report
from sanspanne.drill.result import Run
from sanspanne.drill.scenario import Scenario
from sanspanne.drill.stage.contender import Contender, DrillError
from sanspanne.drill.stage.no_gateway import NoGateway
from sanspanne.drill.stage.stage import Moment

BEGAN = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


class Another(NoGateway):
    """A contender by another name."""

    def __init__(self, name: str) -> None:
        self.name = name


@pytest.mark.parametrize("name", names())
def test_every_scenario_of_the_house_can_be_judged(name: str) -> None:
    """A run in which nothing happened gives a report with a verdict for each promise, and is not passed."""
    scenario = find(name)
    made = report(scenario, [Run("sanspanne", [])], BEGAN, "fr", best=ceiling_of(scenario))
    assert [promise.name for promise in made.promises] == [promise.name for promise in scenario.promise]
    assert not made.passed
    assert made.ceiling is not None
    assert made.ceiling.quick <= made.ceiling.whole <= made.ceiling.asked
    assert (made.began, made.compressed) == ("2026-11-22T08:30:00Z", scenario.compressed.fr)


def test_events_say_when_what_happened_to_whom() -> None:
    """Each fault has its shape at its beginning and `up` at its end, unless it lasts to the end."""
    stampede = events(find("stampede"))
    assert stampede == [(0.0, "openai", "down-refuse")]
    june = events(find("june-4-2024"))
    assert june == sorted(june)
    assert {what for _, _, what in june} >= {"down-503", "down-529", "up"}
    assert "killed" in {what for _, provider, what in events(find("restart")) if provider == "sanspanne"}


async def _pretended(scenario: Scenario, contender: Contender, progress: object) -> Run:
    if contender.name == "unable":
        raise DrillError("It did not start.")
    progress(Moment(0.0, 0, 0, 0, 0))  # type: ignore[operator]
    return Run(contender.name, [])


async def test_a_contender_that_cannot_perform_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others perform all the same, each under its name, and the reason is told."""
    monkeypatch.setattr(rehearsal, "perform", _pretended)
    seen: list[str] = []
    skipped: list[tuple[str, str]] = []
    watch: Watch = lambda name, moment: seen.append(name)  # noqa: E731
    contenders: list[Contender] = [Another("sanspanne"), Another("unable"), Another("litellm")]
    made = await rehearse(find("stampede"), contenders, watch, lambda name, error: skipped.append((name, str(error))))
    assert [run.contender for run in made.runs] == seen == ["sanspanne", "litellm"]
    assert skipped == [("unable", "It did not start.")]


async def test_without_the_one_who_is_judged_there_is_no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the first contender cannot perform, the drill fails."""
    monkeypatch.setattr(rehearsal, "perform", _pretended)
    with pytest.raises(DrillError, match="did not start"):
        await rehearse(find("stampede"), [Another("unable")], lambda *_: None, lambda *_: None)
