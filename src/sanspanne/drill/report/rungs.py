"""The chart of who gave the answers: the questions of each moment, by the rung of the ladder that their answer came from."""

from __future__ import annotations

from sanspanne.drill.report.charts import Plot, letters, roof, stacked
from sanspanne.drill.report.facts import Facts
from sanspanne.drill.report.figure import figure, key, named, over_time, panel_of, table
from sanspanne.drill.report.markup import NOTHING, Markup
from sanspanne.drill.report.series import NOBODY, OTHER, RUNGS, rungs
from sanspanne.drill.result import Run

HEIGHT = 150.0
LEAST_LABELLED = 16.0  # pixels; a thinner layer has no room for its name

Layers = dict[str, list[float]]


def rungs_figure(facts: Facts) -> Markup:
    """A panel for each contender that says where its answers come from; nothing if none does."""
    runs = [run for run in facts.report.runs if any(asked.rung for asked in run.asked)]
    if not runs:
        return NOTHING
    layers = [rungs(run, facts.report, facts.windows) for run in runs]
    plot = Plot(
        facts.until, roof([sum(each) for layer in layers for each in zip(*layer.values(), strict=True)]), HEIGHT
    )
    panels = [(plot, _panel(facts, run, layer, plot)) for run, layer in zip(runs, layers, strict=True)]
    shown = [name for name in (*RUNGS, OTHER, NOBODY) if any(name in layer for layer in layers)]
    names = [(f"rung {name}", facts.say(f"rung_{name}")) for name in shown]
    tables = [_table(facts, run, layer) for run, layer in zip(runs, layers, strict=True)]
    return figure(facts, "rungs", facts.say("rungs_said"), over_time(facts, panels), key(names), *tables)


def _panel(facts: Facts, run: Run, layers: Layers, plot: Plot) -> Markup:
    total = sum(sum(rates) for rates in layers.values()) or 1.0
    shares = {facts.say(f"rung_{name}"): sum(rates) / total for name, rates in layers.items()}
    parts = [facts.say("part", name=name, share=facts.voice.percent(share)) for name, share in shares.items()]
    contender = facts.contender(run.contender)
    alternative = facts.say("rungs_alt", contender=contender, parts=facts.voice.listed(parts))
    drawn = stacked([(f"rung {name}", rates) for name, rates in layers.items()], facts.windows.middles, plot)
    over = [named(contender), *_names(facts, layers, plot)]
    return panel_of(facts, plot, alternative, [drawn], over)


def _names(facts: Facts, layers: Layers, plot: Plot) -> list[Markup]:
    """The name of each layer in it, where it is thickest, if it is thick enough."""
    found, below = [], [0.0] * facts.windows.count
    for name, rates in layers.items():
        place = max(range(len(rates)), key=lambda place: rates[place])
        thick = plot.y(0.0) - plot.y(rates[place])
        middle = plot.y(below[place] + rates[place] / 2)
        if thick >= LEAST_LABELLED:
            at = facts.windows.middles[place]
            found.append(letters(facts.say(f"rung_{name}"), at, middle + 4, plot, f"inside {name}"))
        below = [low + rate for low, rate in zip(below, rates, strict=True)]
    return found


def _table(facts: Facts, run: Run, layers: Layers) -> Markup:
    heads = [facts.say("time"), *(facts.say(f"rung_{name}") for name in layers)]
    rows = [
        [
            facts.voice.seconds(number * facts.windows.width),
            *(facts.voice.number(rates[number], 1) for rates in layers.values()),
        ]
        for number in range(facts.windows.count)
    ]
    return table(facts, heads, rows, f"{facts.say('rungs_title')}, {facts.contender(run.contender)}")
