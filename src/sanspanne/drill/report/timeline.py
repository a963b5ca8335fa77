"""The figure at the top: each provider's troubles, in words and as bars."""

from __future__ import annotations

from collections.abc import Sequence

from sanspanne.drill.report.charts import Plot, axis, band, picture
from sanspanne.drill.report.facts import Facts
from sanspanne.drill.report.figure import figure, titled
from sanspanne.drill.report.markup import Markup, join, short, tag
from sanspanne.drill.report.outages import Outage

BAR = 12.0
MOST_TOLD = 6  # troubles of one provider; the bars show the others
DOWN = frozenset({"down", "down-refuse", "down-503", "down-529", "silent", "killed"})


def timeline(facts: Facts) -> Markup:
    """Who was down when."""
    if not facts.lanes:
        return figure(facts, "troubles", facts.say("no_outages"))
    plot = Plot(facts.until, 1.0, BAR)
    rows = [_row(facts, name, found, plot) for name, found in facts.lanes]
    panels = tag("div", *rows, axis(plot, facts.voice.seconds), class_="panels flush")
    down = all(each.what in DOWN for _, found in facts.lanes for each in found)
    return figure(facts, "outages" if down else "troubles", facts.say("outages_said"), panels)


def _row(facts: Facts, name: str, found: Sequence[Outage], plot: Plot) -> Markup:
    told = [_told(facts, each) for each in found[:MOST_TOLD]] + ["…"] * (len(found) > MOST_TOLD)
    bars = [band(each.start, each.end, plot, "bar") for each in found]
    drawn = picture(BAR, "", join([band(0.0, plot.seconds, plot, "well"), *bars]))
    return titled(short(name), ", ".join(told), drawn)


def _told(facts: Facts, outage: Outage) -> str:
    """In what trouble, and when."""
    start, end = facts.voice.number(outage.start), facts.voice.unit(facts.voice.number(outage.end), "s")
    return f"{facts.what(outage.what)} {start}–{end}"
