"""The chart of good answers per second, for each contender, before the load offered and the ceiling."""

from __future__ import annotations

from sanspanne.drill.report.charts import Plot, area, blocks, line, roof
from sanspanne.drill.report.facts import Facts
from sanspanne.drill.report.figure import figure, key, over_time, panel_of, table, titled
from sanspanne.drill.report.markup import Markup
from sanspanne.drill.report.series import goodput, offered
from sanspanne.drill.result import Run


def goodput_figure(facts: Facts) -> Markup:
    """Good answers per second, for each contender, before the load and the ceiling."""
    report, cut = facts.report, facts.windows
    good = [goodput(run, report, cut) for run in report.runs]
    ceiling = cut.rates(report.ceiling.begun) if report.ceiling else []
    high = roof([rate for rates in (*good, *(offered(run, cut) for run in report.runs), ceiling) for rate in rates])
    plot = Plot(facts.until, high, 96.0)
    panels = [_goodput(facts, run, rates, ceiling, plot) for run, rates in zip(report.runs, good, strict=True)]
    names = [("surface good", facts.say("goodput_key")), ("surface offered", facts.say("offered_key"))]
    names += [("line limit", facts.say("ceiling"))] if ceiling else []
    said = facts.say("goodput_said", width=facts.voice.seconds(cut.width))
    columns = [*good, ceiling] if ceiling else good
    return figure(facts, "goodput", said, over_time(facts, plot, panels), key(names), _goodput_table(facts, columns))


def _goodput(facts: Facts, run: Run, good: list[float], ceiling: list[float], plot: Plot) -> Markup:
    edges, asked = facts.windows.edges, offered(run, facts.windows)
    layers = [(asked, area, "surface offered"), (good, area, "surface good"), (good, line, "line edge")]
    layers += [(ceiling, line, "line limit")] if ceiling else []
    shapes = [draw(blocks(rates, edges), plot, class_) for rates, draw, class_ in layers]
    name, said = facts.contender(run.contender), _said(facts, good, asked)
    return titled(name, said, panel_of(facts, plot, facts.say("pair", name=name, value=said), shapes))


def _said(facts: Facts, good: list[float], asked: list[float]) -> str:
    whole = max(1, int(min(facts.report.seconds, facts.until) / facts.windows.width))
    least = min(range(whole), key=lambda place: good[place])
    number = facts.voice.number
    return facts.say(
        "goodput_alt",
        mean=number(sum(good[:whole]) / whole, 1),
        offered=number(sum(asked[:whole]) / whole, 1),
        least=number(good[least], 1),
        at=facts.voice.seconds(facts.windows.edges[least]),
    )


def _goodput_table(facts: Facts, columns: list[list[float]]) -> Markup:
    names = [facts.contender(run.contender) for run in facts.report.runs]
    heads = [facts.say("time"), *names, *[facts.say("ceiling")] * (len(columns) - len(names))]
    rows = [
        [
            facts.voice.seconds(number * facts.windows.width),
            *(facts.voice.number(rates[number], 1) for rates in columns),
        ]
        for number in range(facts.windows.count)
    ]
    return table(facts, heads, rows, facts.say("goodput_title"))
