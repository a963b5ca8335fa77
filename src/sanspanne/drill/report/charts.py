"""Charts by hand: a scale, its ticks, and the shapes that are drawn between them, as SVG.

A chart is as wide as the page and its letters keep their size: shapes are drawn in a box of 1,000 units that is stretched
sideways, letters and rectangles stand beside it and are placed in per cent. One unit of height is one pixel.
No value breaks a shape: what lies beyond a scale is drawn on its edge.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

from msgspec import Struct

from sanspanne.drill.report.markup import NOTHING, Markup, join, tag, text

WIDTH = 1000.0
LARGEST = 1e12  # beyond it nobody reads a chart, and sums of floats begin to overflow
GAP = 4.0  # from a shape to its letters, in pixels

Point = tuple[float, float]


class Scale(Struct, frozen=True):
    """From values between `low` and `high` to places between `start` and `end`, in a line or by the logarithm."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """The place of `value`, never beyond the ends."""
        low, high, value = (self._measure(each) for each in (self.low, self.high, value))
        part = (value - low) / (high - low) if high > low else 0.0
        return self.start + (self.end - self.start) * min(1.0, max(0.0, part))

    def _measure(self, value: float) -> float:
        return math.log10(max(bounded(value), 1e-9)) if self.log else bounded(value)


class Plot(Struct, frozen=True):
    """The room for a chart: `seconds` wide, from `low` to `high`, `height` pixels high."""

    seconds: float
    high: float
    height: float
    low: float = 0.0
    log: bool = False

    @property
    def x(self) -> Scale:
        """Where a moment stands, in units of the stretched box."""
        return Scale(0.0, self.seconds, 0.0, WIDTH)

    @property
    def y(self) -> Scale:
        """Where a value stands, in pixels from the top."""
        return Scale(self.low, self.high, self.height, 0.0, self.log)


def bounded(value: float) -> float:
    """`value`, or the nearest number that can be drawn."""
    return 0.0 if math.isnan(value) else min(LARGEST, max(-LARGEST, value))


def ticks(high: float, wanted: int = 4) -> list[float]:
    """About `wanted` round values from 0 to at most `high`: steps of 1, 2, 2.5 or 5 times a power of ten."""
    high = bounded(high)
    if high <= 1e-9:
        return [0.0]
    power = 10.0 ** math.floor(math.log10(high / wanted))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10, 20) if high / (power * factor) <= wanted)
    return [step * number for number in range(math.floor(high / step + 1e-9) + 1)]


def roof(values: Sequence[float]) -> float:
    """A height under which all of `values` fit with a little air, never 0."""
    return max([0.0, *(bounded(value) for value in values)]) * 1.1 or 1.0


def line(points: Sequence[Point], plot: Plot, class_: str) -> Markup:
    """A line through `points` of (seconds, value)."""
    return _path(_through(points, plot), class_)


def steps(points: Sequence[Point], plot: Plot, class_: str) -> Markup:
    """A line that keeps each value until the next one."""
    return _path(_through(_held(points), plot), class_)


def area(points: Sequence[Point], plot: Plot, class_: str) -> Markup:
    """The surface between `points` and the ground."""
    return between(points, [(at, plot.low) for at, _ in points], plot, class_)


def between(upper: Sequence[Point], lower: Sequence[Point], plot: Plot, class_: str) -> Markup:
    """The surface between two lines."""
    outline = _through([*upper, *reversed(lower)], plot)
    return _path(f"{outline}Z" if outline else "", class_)


def blocks(values: Sequence[float], edges: Sequence[float]) -> list[Point]:
    """The outline of what was counted in windows: each value from its edge to the next."""
    return [(edge, value) for value, both in zip(values, pairwise(edges), strict=True) for edge in both]


def stacked(layers: Sequence[tuple[str, Sequence[float]]], edges: Sequence[float], plot: Plot) -> Markup:
    """Surfaces on top of one another, the first at the bottom: (class, a value for each window between `edges`)."""
    shapes, below = [], [0.0] * (len(edges) - 1)
    for class_, values in layers:
        above = [bounded(low + bounded(value)) for low, value in zip(below, values, strict=True)]
        if any(values):
            upper, lower = (blocks(each, edges) for each in (above, below))
            shapes.append(between(upper, lower, plot, class_))
        below = above
    return join(shapes)


def dots(points: Sequence[Point], plot: Plot, class_: str) -> Markup:
    """A dot at each of `points`: lines without length, whose round ends the stretching does not touch."""
    return _path("".join(f"M{brief(plot.x(at))} {brief(plot.y(value))}h0" for at, value in points), class_)


def strokes(moments: Sequence[float], plot: Plot, class_: str, length: float = 7.0) -> Markup:
    """A short stroke that hangs from the top edge at each of `moments`."""
    return _path("".join(f"M{brief(plot.x(at))} 0v{brief(length)}" for at in moments), class_)


def band(start: float, end: float, plot: Plot, class_: str, top: float = 0.0, height: float | None = None) -> Markup:
    """A rectangle from one moment to another; over the plot's whole height, if none is given."""
    left, right = plot.x(start) / 10, plot.x(end) / 10
    width = f"{brief(max(right - left, 0.2))}%"  # what was short is seen too
    height = plot.height if height is None else height
    return tag("rect", class_=class_, x=f"{brief(left)}%", y=top, width=width, height=height)


def level(value: float, plot: Plot, class_: str) -> Markup:
    """A line across the plot at `value`."""
    place = plot.y(value)
    return tag("line", class_=class_, x1="0", x2="100%", y1=place, y2=place)


def letters(content: str, at: float, y: float, plot: Plot, class_: str, before: bool | None = None) -> Markup:
    """Words after a moment, or `before` it, `y` pixels below the top; where that is left open, as there is more room."""
    place = plot.x(at) / 10
    ends = place > 60 if before is None else before
    shift, anchor = (-GAP, "end") if ends else (GAP, None)
    return tag("text", text(content), class_=class_, x=f"{brief(place)}%", y=y, dx=shift, text_anchor=anchor)


def centred(content: str, at: float, y: float, plot: Plot, class_: str) -> Markup:
    """Words around a moment."""
    place = f"{brief(plot.x(at) / 10)}%"
    return tag("text", text(content), class_=class_, x=place, y=y, text_anchor="middle")


def heights(values: Sequence[float], plot: Plot, name: Callable[[float], str]) -> Markup:
    """The grid: a line across the plot for each of `values`, and its name to the left."""
    names = [tag("text", text(name(each)), x=-GAP * 2, y=plot.y(each) + GAP, text_anchor="end") for each in values]
    return join([*(level(each, plot, "grid") for each in values), *names])


def panel(plot: Plot, alternative: str, *, behind: Markup = NOTHING, shapes: Markup, over: Markup = NOTHING) -> Markup:
    """A chart: `behind` and `over` are placed in per cent, `shapes` are stretched. `alternative` says what is to be seen."""
    box = f"0 0 {brief(WIDTH)} {brief(plot.height)}"
    drawn = tag("svg", shapes, viewBox=box, preserveAspectRatio="none", width="100%", height=plot.height)
    return picture(plot.height, alternative, behind, drawn, over)


def picture(height: float, alternative: str, *content: Markup) -> Markup:
    """A drawing as wide as its place; nobody is told of it if `alternative` is empty."""
    said: dict[str, str] = {"role": "img", "aria_label": alternative} if alternative else {"aria_hidden": "true"}
    return tag("svg", *content, class_="chart", width="100%", height=height, **said)


def axis(plot: Plot, name: Callable[[float], str]) -> Markup:
    """The moments below a chart."""
    return picture(20, "", join(_moment(at, plot, name) for at in ticks(plot.seconds, 6)))


def brief(value: float) -> str:
    """A coordinate in few characters."""
    return f"{value:.1f}".removesuffix(".0")


def _moment(at: float, plot: Plot, name: Callable[[float], str]) -> Markup:
    place = plot.x(at) / 10
    anchor = "start" if place < 2 else "end" if place > 97 else "middle"
    return tag("text", text(name(at)), x=f"{brief(place)}%", y=14.0, text_anchor=anchor)


def _held(points: Sequence[Point]) -> list[Point]:
    held = [(later[0], earlier[1]) for earlier, later in pairwise(points)]
    return [point for pair in zip(points, [*held, *points[-1:]], strict=True) for point in pair]


def _through(points: Sequence[Point], plot: Plot) -> str:
    places = [f"{brief(plot.x(at))} {brief(plot.y(value))}" for at, value in points]
    return f"M{'L'.join(places)}" if places else ""


def _path(outline: str, class_: str) -> Markup:
    return tag("path", class_=class_, d=outline) if outline else NOTHING
