"""What all figures share: a heading, a sentence, the bar of who was down, panels one below the other, a key, a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sanspanne.drill.report.charts import WIDTH, Plot, axis, band, brief, heights, letters, panel, picture, ticks
from sanspanne.drill.report.facts import Facts
from sanspanne.drill.report.markup import NOTHING, Markup, join, short, tag, text
from sanspanne.drill.report.outages import Outage

LANE = 14.0  # pixels for a provider in the bar that stands above every chart
BAR = 5.0
MOST_CHARS = 16  # of a name in it


def figure(facts: Facts, key: str, said: str, *content: Markup) -> Markup:
    """A section with the heading `key`_title."""
    heading = tag("h2", text(facts.say(f"{key}_title")), id=f"{key}-title")
    return tag("section", heading, tag("p", text(said), class_="said"), *content, aria_labelledby=f"{key}-title")


def over_time(facts: Facts, plot: Plot, panels: Iterable[Markup]) -> Markup:
    """Panels that share one axis of time, below the bar of who was down."""
    return tag("div", strip(facts), *panels, axis(plot, facts.voice.seconds), class_="panels")


def strip(facts: Facts) -> Markup:
    """Who was down, small: it stands above every chart, and is told in words once, by the timeline."""
    plot = Plot(facts.until, 1.0, LANE * len(facts.lanes))
    rows = (_row(name, found, number * LANE, plot) for number, (name, found) in enumerate(facts.lanes))
    return picture(plot.height, "", join(rows)) if facts.lanes else NOTHING


def shade(outages: Iterable[Outage], plot: Plot) -> Markup:
    """The times of trouble behind a chart; the more are in trouble, the darker."""
    return join(band(each.start, each.end, plot, "trouble") for each in outages)


def troubles(facts: Facts, plot: Plot) -> Markup:
    """All troubles of the drill."""
    return shade((each for _, found in facts.lanes for each in found), plot)


def grid(facts: Facts, plot: Plot) -> Markup:
    """Round values from the ground up; whole ones, where there are any above it."""
    values = ticks(plot.high, 3)
    whole = [each for each in values if each == int(each)]
    return heights(whole if len(whole) > 1 else values, plot, facts.voice.measured)


def titled(name: str, more: str, drawn: Markup) -> Markup:
    """A panel with its name and its figures above it."""
    title = tag("p", tag("strong", text(name)), text(f" {more}"), class_="panel-title")
    return join([title, drawn])


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
    return tag("div", tag("table", head, body), class_="scrolled", tabindex="0", role="group", aria_label=label)


def percent_wide(share: float) -> str:
    """A share of the whole width."""
    return f"{brief(100 * min(1.0, max(0.0, share)))}%"


def panel_of(facts: Facts, plot: Plot, alternative: str, shapes: Sequence[Markup], over: Markup = NOTHING) -> Markup:
    """A chart on the drill's own ground: troubles and grid behind it."""
    behind = join([troubles(facts, plot), grid(facts, plot)])
    return panel(plot, alternative, behind=behind, shapes=join(shapes), over=over)


def _cells(row: Sequence[str]) -> Markup:
    name, *values = row
    return tag("tr", tag("th", text(name), scope="row"), *(tag("td", text(each)) for each in values))


def _row(name: str, found: Sequence[Outage], top: float, plot: Plot) -> Markup:
    bars = [band(each.start, each.end, plot, "bar", top + LANE - BAR - 2, BAR) for each in found]
    return join([*bars, _beside(short(name, MOST_CHARS), found, top + LANE - 1, plot)])


def _beside(name: str, found: Sequence[Outage], y: float, plot: Plot) -> Markup:
    """The name behind the last bar, or before the first, or else upon it."""
    if plot.x(found[-1].end) < 0.7 * WIDTH:
        return letters(name, found[-1].end, y, plot, "small", before=False)
    before = plot.x(found[0].start) > 0.2 * WIDTH
    return letters(name, found[0].start, y, plot, "small" if before else "small upon", before)
