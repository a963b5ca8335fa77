"""What the report counts: the classes of ends, the windows of time, who was down when."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_reports import june

from sanspanne.drill.report.outages import Outage, down_times, outages
from sanspanne.drill.report.rungs import longest
from sanspanne.drill.report.series import (
    NOBODY,
    Windows,
    goodput,
    highest,
    horizon,
    loads,
    offered,
    quantile,
    quantiles,
    rung,
    rungs,
    thinned,
    windows,
)
from sanspanne.drill.report.tally import CLASSES, outcome, tally
from sanspanne.drill.result import Asked, ProviderTick, Report, Run


def report(*asked: Asked, **fields: object) -> Report:
    """A drill of 60 s in which `sanspanne` was asked these."""
    plain = Report("x", {}, 60.0, 5.0, 40.0, [Run("sanspanne", list(asked))], None, [])
    for name, value in fields.items():
        setattr(plain, name, value)
    return plain


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (Asked(0, 10, "a", "whole", first=15, ended=20), "quick"),
        (Asked(0, 10, "a", "whole", first=15.1, ended=50), "slow"),
        (Asked(0, 10, "a", "whole", first=15.1, ended=50.1), "late"),
        (Asked(0, 10, "a", "whole", first=11, ended=12, wrong=True), "broken"),
        (Asked(0, 10, "a", "broken", first=11, ended=12), "broken"),
        (Asked(0, 10, "a", "refused"), "refused"),
        (Asked(0, 10, "a", "kept"), "kept"),
        (Asked(0, 10, "a", "left"), "left"),
        (Asked(0, 10, "a", "never heard of"), "left"),
    ],
)
def test_every_question_has_one_end(asked: Asked, expected: str) -> None:
    """A question counts once, in the best class that it deserves; a wrong text is no answer."""
    assert outcome(asked, report()) == expected
    assert expected in CLASSES


def test_the_shares_sum_to_all() -> None:
    """No question is lost between the classes, and the whole ones are quick or slow."""
    made = june(questions=300)
    for run in made.runs:
        found = tally(run, made)
        assert sum(found.counts.values()) == found.asked == 300
        assert sum(found.share(name) for name in CLASSES) == pytest.approx(1)
        assert found.in_time == found.counts["quick"] + found.counts["slow"]


def test_an_empty_run_has_no_shares() -> None:
    """Nobody asked: every share is 0, and nothing divides by it."""
    found = tally(Run("sanspanne", []), report())
    assert (found.share("quick"), found.share_in_time) == (0, 0)


@given(st.floats(0.5, 1e6), st.floats(0.5, 1e6))
def test_windows_cover_all_that_is_shown(seconds: float, until: float) -> None:
    """The last moment falls into a window, and there are never so many that the table grows without end."""
    cut = windows(min(seconds, until), until)
    assert cut.edges[-1] >= until
    assert cut.of(until * 0.999) is not None
    assert 1 <= cut.count <= 130


def test_a_drill_of_75_seconds_has_windows_of_two_and_a_half() -> None:
    """The usual drill is counted as its documents say."""
    assert windows(75.0, 83.0).width == 2.5


def test_rates_are_per_second() -> None:
    """Five in a window of 2.5 s are two per second; what lies outside is not counted."""
    assert Windows(2.5, 2).rates([0, 0.1, 0.2, 1, 2.4, 2.5, 5.0, -1]) == [2.0, 0.4]


def test_goodput_counts_good_answers_when_they_begin() -> None:
    """An answer counts at its first word, and only if it is whole and quick."""
    good = Asked(0, 1, "a", "whole", first=3, ended=9)
    slow = Asked(1, 1, "a", "whole", first=7, ended=9)
    made = report(good, slow, Asked(2, 1, "a", "broken", first=1, ended=2))
    cut = Windows(2.0, 5)
    assert goodput(made.runs[0], made, cut) == [0, 0.5, 0, 0, 0]
    assert offered(made.runs[0], cut) == [1.5, 0, 0, 0, 0]


def test_quantiles_are_those_of_the_moment() -> None:
    """The median and the 95th percentile of each window are of the questions asked in it; none is none."""
    asked = [Asked(n, 0.5, "a", "whole", first=0.5 + n, ended=60) for n in range(1, 21)]
    assert quantiles(report(*asked).runs[0], Windows(1.0, 2)) == [(10, 19), None]
    assert quantile([3.0], 0.95) == 3.0


def test_rungs_tell_where_answers_came_from() -> None:
    """Whole answers count for their rung, kept questions as deferred, all others as nobody's; absent rungs are not there."""
    asked = [
        Asked(0, 0, "a", "whole", 1, 2, rung="onboard"),
        Asked(1, 0, "a", "kept", rung="deferred"),
        Asked(2, 0, "a", "broken", 1, rung="primary"),
        Asked(3, 0, "a", "whole", 1, 2, rung="</svg>"),
    ]
    made = report(*asked)
    assert [rung(each, made) for each in asked] == ["onboard", "deferred", NOBODY, "other"]
    assert rungs(made.runs[0], made, Windows(1.0, 1)) == {"onboard": [1], "deferred": [1], "other": [1], "nobody": [1]}


def test_faults_are_shown_from_their_beginning_to_their_end() -> None:
    """Each fault is ended by one `up`; one that is not over ends with the drill; where two meet there is no gap."""
    events = [
        (5.0, "a", "down-503"),
        (10.0, "a", "up"),
        (10.0, "a", "slow"),
        (20.0, "a", "up"),
        (30.0, "b", "cut"),
    ]
    assert outages(report(events=events), 60.0) == [
        Outage("a", "down-503", 5.0, 10.0),
        Outage("a", "slow", 10.0, 20.0),
        Outage("b", "cut", 30.0, 60.0),
    ]


def test_overlapping_faults_end_with_the_last_of_them() -> None:
    """While any fault is left the provider is in trouble, and the later one is named."""
    events = [(5.0, "a", "slow"), (10.0, "a", "down-503"), (15.0, "a", "up"), (20.0, "a", "up")]
    found = outages(report(events=events), 60.0)
    assert [(each.what, each.start, each.end) for each in found] == [
        ("slow", 5.0, 10.0),
        ("down-503", 10.0, 15.0),
        ("down-503", 15.0, 20.0),
    ]


def test_troubles_end_where_the_charts_do() -> None:
    """What a scenario plans for long after the drill, or before it, is shown as far as the drill goes."""
    events = [(-float("inf"), "a", "slow"), (float("inf"), "a", "up")]
    assert outages(report(events=events), 60.0) == [Outage("a", "slow", 0.0, 60.0)]


def test_without_events_it_is_seen_who_was_down() -> None:
    """A report that does not say what the drill did still shows when nobody was there."""
    ticks = [ProviderTick(at, "a", up, 0, 0, 0, 0, 0) for at, up in enumerate([True, False, False, True, False])]
    assert [(each.start, each.end) for each in down_times(ticks, 9.0)] == [(1, 3), (4, 9.0)]
    made = report()
    made.runs[0].providers = ticks
    assert [each.start for each in outages(made, 9.0)] == [1, 4]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 5)), min_size=1, max_size=400), st.integers(1, 100))
def test_a_load_in_few_pieces_loses_neither_peaks_nor_rejections(moments: list[tuple[int, int]], most: int) -> None:
    """However many ticks are put into one piece, the highest load and the sum of rejected calls stay what they are."""
    rejected, ticks = 0, []
    for number, (active, more) in enumerate(moments):
        rejected += more
        ticks.append(ProviderTick(float(number), "a", True, 20, active, 0, number, rejected))
    pieces = loads(ticks, most)
    assert len(pieces) <= most
    assert max(piece.active for piece in pieces) == max(active for active, _ in moments)
    assert sum(piece.rejected for piece in pieces) == rejected


@given(st.lists(st.integers(), max_size=300), st.integers(1, 50))
def test_thinning_keeps_the_order_and_the_bound(items: list[int], most: int) -> None:
    """At most so many are left, each of them one that was there."""
    left = thinned(items, most)
    assert len(left) <= most
    assert not Counter(left) - Counter(items)
    peaks = highest([(float(at), float(value)) for at, value in enumerate(items)], most)
    assert max((value for _, value in peaks), default=0) == max(map(float, items), default=0)


def test_the_charts_end_where_the_answers_do() -> None:
    """First words after the last question are shown, within the users' patience; an idle gateway's ticks are not."""
    assert horizon(report(Asked(0, 59, "a", "whole", first=80, ended=81))) == 80
    assert horizon(report(Asked(0, 59, "a", "whole", first=1e9, ended=1e9))) == 100
    assert horizon(report()) == 60


@given(st.lists(st.booleans(), max_size=30))
def test_the_longest_stretch_is_found(flags: list[bool]) -> None:
    """The stretch is all true, and none that is longer exists."""
    start, end = longest(flags)
    assert all(flags[start:end])
    best = max((len(run) for run in "".join("x" if flag else " " for flag in flags).split()), default=0)
    assert end - start == best
