"""The charts' parts: what they draw stays in its box, whatever the numbers are."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_reports import parsed

from sanspanne.drill.report.charts import (
    WIDTH,
    Plot,
    Scale,
    area,
    axis,
    band,
    blocks,
    dots,
    heights,
    letters,
    line,
    panel,
    roof,
    stacked,
    steps,
    strokes,
    ticks,
)
from sanspanne.drill.report.markup import join, tag, text

ANYTHING = st.floats(allow_nan=False)  # infinities too
POINTS = st.lists(st.tuples(ANYTHING, ANYTHING), max_size=8)


def numbers(markup: str) -> list[float]:
    """The coordinates of all outlines."""
    outlines = re.findall(r' d="([^"]*)"', markup)
    return [float(number) for outline in outlines for number in re.findall(r"-?[\d.]+(?:e\+?\d+)?|nan|inf", outline)]


def test_a_scale_puts_its_ends_at_its_ends() -> None:
    """The lowest value stands at the start, the highest at the end, the middle between them."""
    assert [Scale(0, 10, 100, 0)(value) for value in (0, 5, 10)] == [100, 50, 0]
    assert [Scale(0.1, 10, 0, 2, log=True)(value) for value in (0.1, 1, 10)] == pytest.approx([0, 1, 2])


@given(ANYTHING, ANYTHING, ANYTHING, st.booleans())
def test_nothing_leaves_a_scale(low: float, high: float, value: float, log: bool) -> None:
    """No value, however large, and no scale, however odd, leads to a place outside the picture."""
    assert 0 <= Scale(low, high, 0, 100, log)(value) <= 100


@given(ANYTHING, st.integers(1, 10))
def test_ticks_are_few_round_and_within(high: float, wanted: int) -> None:
    """There are at most as many steps as wanted, evenly apart, from 0 to the top."""
    found = ticks(high, wanted)
    assert found[0] == 0
    assert len(found) <= wanted + 1
    assert all(tick <= max(0.0, high) * (1 + 1e-9) for tick in found)


def test_ticks_are_what_people_count_in() -> None:
    """A drill of 75 s is marked every 20 s, an hour every 10 minutes' worth of seconds."""
    assert ticks(75, 6) == [0, 20, 40, 60]
    assert ticks(3600, 6) == [0, 1000, 2000, 3000]
    assert ticks(0.5, 4) == pytest.approx([0, 0.2, 0.4])


def test_what_is_counted_in_windows_is_drawn_as_blocks() -> None:
    """A count holds for its whole window: nothing is invented between two of them."""
    assert blocks([3, 1], [0, 2, 4]) == [(0, 3), (2, 3), (2, 1), (4, 1)]


def test_layers_stand_on_one_another() -> None:
    """The second layer begins where the first ends; a layer of nothing is not drawn."""
    plot = Plot(2, 4, 40)
    drawn = stacked([("a", [1, 1]), ("b", [0, 0]), ("c", [3, 1])], [0, 1, 2], plot)
    assert drawn.count("<path") == 2
    assert 'd="M0 30L500 30L500 30L1000 30L1000 40' in drawn
    assert 'd="M0 0L500 0L500 20L1000 20L1000 30' in drawn


@given(POINTS, ANYTHING, ANYTHING, st.floats(0, 1000), st.booleans())
def test_every_shape_stays_in_its_box(
    points: list[tuple[float, float]], seconds: float, high: float, height: float, log: bool
) -> None:
    """Whatever is to be drawn on whatever scale, the picture is XML and its outlines are numbers within the box."""
    plot = Plot(seconds, high, height, log=log)
    lines = [draw(points, plot, "x") for draw in (line, steps, area, dots)]
    drawn = join([*lines, strokes([at for at, _ in points], plot, "x", 0.0)])
    assert all(math.isfinite(number) and 0 <= number <= max(WIDTH, height) for number in numbers(drawn))
    marks = [band(at, value, plot, "x") for at, value in points]
    names = [letters("<&>", at, value, plot, "x") for at, value in points if math.isfinite(value)]
    picture = panel(plot, "a & b", behind=join(marks), shapes=drawn, over=join(names))
    parsed(picture)
    parsed(axis(plot, str))


@given(st.lists(ANYTHING, max_size=8))
def test_there_is_always_a_roof(values: list[float]) -> None:
    """A chart of nothing, or of nothing above zero, still has a height, and its grid can be drawn."""
    assert roof(values) > 0
    assert heights(ticks(roof(values), 3), Plot(1, roof(values), 10), str)


@given(st.text(alphabet=st.characters()))
def test_no_text_breaks_out(hostile: str) -> None:
    """What providers and scenarios say is text, in an element and in an attribute, whatever it contains."""
    made = tag("p", text(hostile), title=hostile)
    (root, *more) = parsed(f"<x>{made}</x>")
    assert more == []
    assert set(root.attrib) == {"title"}
    assert len(root) == 0
    made.encode()
