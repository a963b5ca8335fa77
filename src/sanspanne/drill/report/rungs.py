"""The chart of who gave the answers: the questions of each moment, by the rung of the ladder that their answer came from."""

from __future__ import annotations

from collections.abc import Sequence

from sanspanne.drill.report.charts import WIDTH, Plot, centred, roof, stacked
from sanspanne.drill.report.facts import Facts
from sanspanne.drill.report.figure import figure, key, over_time, panel_of, table, titled
from sanspanne.drill.report.markup import NOTHING, Markup, join, tag
from sanspanne.drill.report.series import NOBODY, OTHER, RUNGS, rungs
from sanspanne.drill.result import Run

HEIGHT = 150.0
LEAST_LABELLED = 24.0  # pixels; a thinner layer has no room for its name
LEAST_WIDE = 0.15  # of the width

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
    panels = [_panel(facts, run, layer, plot) for run, layer in zip(runs, layers, strict=True)]
    shown = [name for name in (*RUNGS, OTHER, NOBODY) if any(name in layer for layer in layers)]
    names = [(f"rung {name}", facts.say(f"rung_{name}")) for name in shown]
    tables = [_table(facts, run, layer) for run, layer in zip(runs, layers, strict=True)]
    drawn = tag("div", over_time(facts, plot, panels), class_="rungs")
    return figure(facts, "rungs", facts.say("rungs_said"), drawn, key(names), *tables)


def _panel(facts: Facts, run: Run, layers: Layers, plot: Plot) -> Markup:
    total = sum(sum(rates) for rates in layers.values()) or 1.0
    shares = {facts.say(f"rung_{name}"): sum(rates) / total for name, rates in layers.items()}
    parts = [facts.say("part", name=name, share=facts.voice.percent(share)) for name, share in shares.items()]
    name, said = facts.contender(run.contender), facts.voice.listed(parts)
    drawn = stacked([(f"rung {name}", rates) for name, rates in layers.items()], facts.windows.edges, plot)
    alternative = facts.say("pair", name=name, value=said)
    return titled(name, said, panel_of(facts, plot, alternative, [drawn], join(_names(facts, layers, plot))))


def _names(facts: Facts, layers: Layers, plot: Plot) -> list[Markup]:
    """The name of each layer within it, in the middle of its longest stretch, if there is room for it."""
    found, below = [], [0.0] * facts.windows.count
    for name, rates in layers.items():
        thick = [plot.y(0.0) - plot.y(rate) >= LEAST_LABELLED for rate in rates]
        start, end = longest(thick)
        middle = (start + end) // 2
        if plot.x((end - start) * facts.windows.width) >= LEAST_WIDE * WIDTH:
            y = plot.y(below[middle] + rates[middle] / 2) + 4
            at = (start + end) / 2 * facts.windows.width
            found.append(centred(facts.say(f"rung_{name}"), at, y, plot, f"inside {name}"))
        below = [low + rate for low, rate in zip(below, rates, strict=True)]
    return found


def longest(flags: Sequence[bool]) -> tuple[int, int]:
    """The longest stretch of true ones: where it begins, and just behind its end."""
    best, start = (0, 0), 0
    for end, flag in enumerate([*flags, False]):
        if not flag:
            best = max(best, (start, end), key=lambda stretch: stretch[1] - stretch[0])
            start = end + 1
    return best


def _table(facts: Facts, run: Run, layers: Layers) -> Markup:
    heads = [facts.say("time"), *(facts.say(f"rung_{name}") for name in layers)]
    rows = [
        [
            facts.voice.seconds(number * facts.windows.width),
            *(facts.voice.number(rates[number], 1) for rates in layers.values()),
        ]
        for number in range(facts.windows.count)
    ]
    return table(
        facts, heads, rows, facts.say("pair", name=facts.say("rungs_title"), value=facts.contender(run.contender))
    )
