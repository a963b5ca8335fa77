"""The figure at the top: each provider's troubles, as bars with their names and times."""

from __future__ import annotations

from collections.abc import Sequence

from sanspanne.drill.report.charts import Plot, axis, band, letters, picture
from sanspanne.drill.report.facts import Facts
from sanspanne.drill.report.figure import figure
from sanspanne.drill.report.markup import Markup, join, short, tag, text
from sanspanne.drill.report.outages import Outage

ROW = 38.0
BAR = 12.0
DOWN = frozenset({"down", "down-refuse", "down-503", "down-529", "silent"})


def timeline(facts: Facts) -> Markup:
    """Who was down when."""
    if not facts.lanes:
        return figure(facts, "troubles", facts.say("no_outages"))
    plot = Plot(facts.until, 1.0, ROW * len(facts.lanes))
    rows = join(_row(facts, name, found, number * ROW, plot) for number, (name, found) in enumerate(facts.lanes))
    said = [facts.outage(each) for _, found in facts.lanes for each in found]
    drawn = picture(plot.height, facts.say("downs", outages=facts.voice.listed(said)), rows)
    told = tag("ul", *(tag("li", text(each)) for each in said), class_="unseen")
    panels = tag("div", drawn, axis(plot, facts.voice.seconds), class_="panels flush")
    down = all(each.what in DOWN for _, found in facts.lanes for each in found)
    return figure(facts, "outages" if down else "troubles", facts.say("outages_said"), panels, told)


def _row(facts: Facts, name: str, found: Sequence[Outage], top: float, plot: Plot) -> Markup:
    ground = band(0.0, plot.seconds, plot, "well", top + ROW - BAR - 4, BAR)
    bars = [band(each.start, each.end, plot, "bar", top + ROW - BAR - 4, BAR) for each in found]
    troubles = dict.fromkeys(facts.what(each.what) for each in found)
    times = ", ".join(f"{facts.voice.number(each.start)}–{facts.voice.seconds(each.end)}" for each in found[:3])
    dots = " …" if len(found) > 3 else ""
    said = facts.say("pair", name=short(name), value=f"{', '.join(troubles)}, {times}{dots}")
    label = letters(said, found[0].start, top + 15, plot, "name")
    return join([ground, *bars, label])
