"""What all figures share: a heading, a sentence, the bar of who was down, panels one below the other, a key, a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sanspanne.drill.report.charts import Plot, axis, band, brief, heights, letters, panel, picture, ticks
from sanspanne.drill.report.facts import Facts
from sanspanne.drill.report.markup import NOTHING, Markup, join, short, tag, text
from sanspanne.drill.report.outages import Outage

LANE = 14.0  # pixels for a provider in the bar that stands above every chart
BAR = 5.0


def figure(facts: Facts, key: str, said: str, *content: Markup) -> Markup:
    """A section with the heading `key`_title."""
    heading = tag("h2", text(facts.say(f"{key}_title")), id=f"{key}-title")
    return tag("section", heading, tag("p", text(said), class_="said"), *content, aria_labelledby=f"{key}-title")


def over_time(facts: Facts, plots: Sequence[tuple[Plot, Markup]]) -> Markup:
    """Panels that share one axis of time, below the bar of who was down."""
    panels = [drawn for _, drawn in plots]
    return tag("div", strip(facts), *panels, axis(plots[0][0], facts.voice.seconds), class_="panels")


def strip(facts: Facts) -> Markup:
    """Who was down, small: it stands above every chart, and is told in words once, by the timeline."""
    plot = Plot(facts.until, 1.0, LANE * len(facts.lanes))
    rows = (_row(name, found, number * LANE, plot) for number, (name, found) in enumerate(facts.lanes))
    return picture(plot.height, "", join(rows)) if facts.lanes else NOTHING


def shade(outages: Iterable[Outage], plot: Plot) -> Markup:
    """The times of trouble behind a chart; the more are in trouble, the darker."""
    return join(band(each.start, each.end, plot, "trouble") for each in outages)


def shaded(facts: Facts, plot: Plot) -> Markup:
    """All troubles of the drill, and the grid over them."""
    return join([troubles(facts, plot), grid(facts, plot)])


def troubles(facts: Facts, plot: Plot) -> Markup:
    """All troubles of the drill."""
    return shade((each for _, found in facts.lanes for each in found), plot)


def grid(facts: Facts, plot: Plot) -> Markup:
    """Round values from the ground up."""
    return heights(ticks(plot.high, 3), plot, facts.voice.measured)


def named(name: str, more: str = "") -> Markup:
    """The name of a panel, in its upper left corner."""
    rest = tag("tspan", text(f"\u2002{more}"), class_="more") if more else NOTHING
    return tag("text", text(name), rest, class_="name", x="0", y=12.0, dx=6.0)


def key(entries: Iterable[tuple[str, str]]) -> Markup:
    """What the shapes mean: (class of the swatch, its name)."""
    items = (tag("li", swatch(class_), tag("span", text(name))) for class_, name in entries)
    return tag("ul", *items, class_="key")


def swatch(class_: str) -> Markup:
    """A small sample of a surface, a line or a dot."""
    kind, *_ = class_.split()
    shape = {
        "line": tag("path", class_=class_, d="M1 6h18"),
        "dots": tag("path", class_=class_, d="M4 8h0M10 4h0M16 7h0"),
        "marks": tag("path", class_=class_, d="M6 2v8M10 2v8M14 2v8"),
    }.get(kind, tag("rect", class_=class_, x="1", y="1", width="18", height="10"))
    return tag("svg", shape, class_="swatch", width="20", height="12", aria_hidden="true")


def table(facts: Facts, heads: Sequence[str], rows: Iterable[Sequence[str]], label: str) -> Markup:
    """The figures behind a chart, folded away."""
    return tag("details", tag("summary", text(facts.say("figures"))), scrolled(heads, rows, label))


def scrolled(heads: Sequence[str], rows: Iterable[Sequence[str]], label: str) -> Markup:
    """A table; where it is wider than the page it can be moved, by the keyboard too. The first column names the row."""
    head = tag("thead", tag("tr", *(tag("th", text(each), scope="col") for each in heads)))
    body = tag("tbody", *(_cells(row) for row in rows))
    return tag("div", tag("table", head, body), class_="scrolled", tabindex="0", role="region", aria_label=label)


def percent_wide(share: float) -> str:
    """A share of the whole width."""
    return f"{brief(100 * min(1.0, max(0.0, share)))}%"


def panel_of(facts: Facts, plot: Plot, alternative: str, shapes: Sequence[Markup], over: Sequence[Markup]) -> Markup:
    """A chart on the drill's own ground: troubles and grid behind it."""
    return panel(plot, alternative, behind=shaded(facts, plot), shapes=join(shapes), over=join(over))


def _cells(row: Sequence[str]) -> Markup:
    name, *values = row
    return tag("tr", tag("th", text(name), scope="row"), *(tag("td", text(each)) for each in values))


def _row(name: str, found: Sequence[Outage], top: float, plot: Plot) -> Markup:
    bars = [band(each.start, each.end, plot, "bar", top + LANE - BAR - 1, BAR) for each in found]
    first = found[0]
    beside = first.end if plot.x(first.end) < plot.x.end * 0.7 and len(found) == 1 else first.start
    y = top + LANE - 2 if beside == first.end else top + LANE - BAR - 3
    return join([*bars, letters(short(name), beside, y, plot, "small")])
