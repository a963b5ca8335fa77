"""The chart of how long the first word took: a dot for each question, the median through them."""

from __future__ import annotations

import math

from sanspanne.drill.report.charts import Plot, bounded, dots, heights, level, line, panel, strokes
from sanspanne.drill.report.facts import Facts
from sanspanne.drill.report.figure import figure, key, over_time, table, titled, troubles
from sanspanne.drill.report.markup import Markup, join
from sanspanne.drill.report.series import NOBODY, quantile, quantiles, rung, thinned
from sanspanne.drill.result import Run

MOST_DOTS = 1200
QUICKEST = 0.05  # seconds; where the axis of the first word begins
ROUND_WAITS = (0.1, 1.0, 5.0, 10.0, 30.0, 100.0)


def first_word_figure(facts: Facts) -> Markup:
    """A dot for each question: when it was asked, and how long its first word took."""
    plot = Plot(facts.until, max(10.0, bounded(facts.report.patience)), 120.0, QUICKEST, log=True)
    panels = [_first_words(facts, run, plot) for run in facts.report.runs]
    names = [
        ("dots", facts.say("dot_key")),
        ("line median", facts.say("median_key")),
        ("marks bad", facts.say("missing_key")),
    ]
    step = max(math.ceil(len(run.asked) / MOST_DOTS) for run in facts.report.runs)
    said = [facts.say("first_said")] + ([facts.say("first_sampled", step=facts.voice.number(step))] if step > 1 else [])
    content = over_time(facts, plot, panels), key(names), _first_words_table(facts)
    return figure(facts, "first", " ".join(said), *content)


def _first_words(facts: Facts, run: Run, plot: Plot) -> Markup:
    shown = thinned(run.asked, MOST_DOTS)
    waits = [(asked.at, asked.first - asked.at) for asked in shown if asked.first is not None]
    missing = [asked.at for asked in shown if rung(asked, facts.report) == NOBODY]
    middles = zip(facts.windows.middles, quantiles(run, facts.windows), strict=True)
    medians = [(at, both[0]) for at, both in middles if both is not None]
    shapes = [dots(waits, plot, "dots"), line(medians, plot, "line median"), strokes(missing, plot, "marks bad")]
    lines = heights([each for each in ROUND_WAITS if each <= plot.high], plot, facts.voice.seconds)
    behind = join([troubles(facts, plot), lines, level(facts.report.quick_seconds, plot, "line limit dashed")])
    name, said = facts.contender(run.contender), _first_words_said(facts, run)
    alternative = facts.say("pair", name=name, value=said)
    return titled(name, said, panel(plot, alternative, behind=behind, shapes=join(shapes)))


def _first_words_said(facts: Facts, run: Run) -> str:
    waits = [asked.first - asked.at for asked in run.asked if asked.first is not None]
    if not waits:
        return facts.say("first_none")
    half, most = (facts.voice.seconds(quantile(waits, part)) for part in (0.5, 0.95))
    missing = sum(rung(asked, facts.report) == NOBODY for asked in run.asked)
    return facts.say("first_alt", half=half, most=most, missing=facts.voice.number(missing))


def _first_words_table(facts: Facts) -> Markup:
    runs = [quantiles(run, facts.windows) for run in facts.report.runs]
    heads = [facts.say("time")]
    for run in facts.report.runs:
        name = facts.contender(run.contender)
        heads += [facts.say("pair", name=name, value=facts.say(word)) for word in ("median", "most")]
    rows = [
        [
            facts.voice.seconds(number * facts.windows.width),
            *(_written(facts, each[number], part) for each in runs for part in (0, 1)),
        ]
        for number in range(facts.windows.count)
    ]
    return table(facts, heads, rows, facts.say("first_title"))


def _written(facts: Facts, both: tuple[float, float] | None, part: int) -> str:
    return facts.voice.seconds(both[part]) if both else "–"
