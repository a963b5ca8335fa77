"""What is drawn over time, counted in windows of equal length. All rates are per second."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeVar

from msgspec import Struct

from sanspanne.drill.report.tally import KEPT, LATE, QUICK, SLOW, is_quick, outcome
from sanspanne.drill.result import Asked, ProviderTick, Report, Run

RUNGS = ("primary", "fallback", "onboard", "cached", "deferred")
OTHER, NOBODY = "other", "nobody"
WINDOWS = 30  # of 2.5 s in a drill of 75 s
LONGEST = 1e7  # seconds; no drill is longer, whatever its facts say

Item = TypeVar("Item")


class Windows(Struct, frozen=True):
    """`count` windows of `width` seconds from 0 on."""

    width: float
    count: int

    @property
    def edges(self) -> list[float]:
        """Where they begin, and where the last one ends."""
        return [number * self.width for number in range(self.count + 1)]

    @property
    def middles(self) -> list[float]:
        """The moment in the middle of each."""
        return [(number + 0.5) * self.width for number in range(self.count)]

    def of(self, at: float) -> int | None:
        """The window in which `at` falls, if there is one."""
        return int(at / self.width) if 0 <= at < self.width * self.count else None

    def rates(self, moments: Iterable[float]) -> list[float]:
        """How many of `moments` fall into each window, per second."""
        found = Counter(self.of(at) for at in moments)
        return [found[number] / self.width for number in range(self.count)]


class Load(Struct, frozen=True):
    """A provider over a short while: the most that was active, the capacity at its end, the calls rejected in it."""

    at: float
    active: int
    waiting: int
    capacity: int
    rejected: int


def horizon(report: Report) -> float:
    """The last moment that the charts show: the end of the drill, and of what was still under way then."""
    seen = [first for run in report.runs for asked in run.asked if (first := asked.first) is not None]
    seen += [tick.at for run in report.runs for tick in run.queue if tick.waiting or tick.kept]
    latest = max(seen, default=0.0)
    return min(LONGEST, max(report.seconds, min(latest, report.seconds + report.patience), 1.0))


def windows(seconds: float, until: float) -> Windows:
    """Windows that cover the drill and what was under way at its end: 2.5 s each where it lasts 75 s."""
    width = max(0.5, math.ceil(max(seconds, until / 4) / WINDOWS * 2) / 2)
    return Windows(width, math.ceil(until / width))


def offered(run: Run, cut: Windows) -> list[float]:
    """Questions asked."""
    return cut.rates(asked.at for asked in run.asked)


def goodput(run: Run, report: Report, cut: Windows) -> list[float]:
    """Answers that are whole and were begun within the quick seconds, by the moment of their first word."""
    return cut.rates(asked.first for asked in run.asked if asked.first is not None and is_quick(asked, report))


def quantiles(run: Run, cut: Windows) -> list[tuple[float, float] | None]:
    """The median and the 95th percentile of the seconds to the first word, by the moment of the question; None if none came."""
    waits: list[list[float]] = [[] for _ in range(cut.count)]
    for asked in run.asked:
        place = cut.of(asked.at)
        if place is not None and asked.first is not None:
            waits[place].append(asked.first - asked.at)
    return [(quantile(each, 0.5), quantile(each, 0.95)) if each else None for each in waits]


def quantile(values: Sequence[float], part: float) -> float:
    """The smallest of `values` that `part` of them do not exceed."""
    return sorted(values)[max(0, math.ceil(part * len(values)) - 1)]


def rung(asked: Asked, report: Report) -> str:
    """From which rung its answer came; `nobody` if none came whole."""
    end = outcome(asked, report)
    if end == KEPT:
        return "deferred"
    if end not in (QUICK, SLOW, LATE):
        return NOBODY
    return asked.rung if asked.rung in RUNGS else OTHER


def rungs(run: Run, report: Report, cut: Windows) -> dict[str, list[float]]:
    """The questions of each window, by the rung of their answer; only the rungs that there were."""
    by_rung: dict[str, list[float]] = {}
    for asked in run.asked:
        by_rung.setdefault(rung(asked, report), []).append(asked.at)
    return {name: cut.rates(by_rung[name]) for name in (*RUNGS, OTHER, NOBODY) if name in by_rung}


def loads(ticks: Sequence[ProviderTick], most: int = 100) -> list[Load]:
    """One provider's ticks in at most `most` pieces, none of whose peaks is lost."""
    pieces = _pieces(sorted(ticks, key=lambda tick: tick.at), most)
    before = [0, *(piece[-1].rejected for piece in pieces)]
    return [_load(piece, earlier) for piece, earlier in zip(pieces, before, strict=False)]


def highest(points: Sequence[tuple[float, float]], most: int = 150) -> list[tuple[float, float]]:
    """At most `most` of the (seconds, value) points: the highest of each piece."""
    return [max(piece, key=lambda point: point[1]) for piece in _pieces(sorted(points), most)]


def thinned(items: Sequence[Item], most: int) -> list[Item]:
    """At most `most` of `items`, evenly chosen."""
    step = max(1, math.ceil(len(items) / most))
    return list(items[::step])


def _load(piece: Sequence[ProviderTick], rejected_before: int) -> Load:
    last = piece[-1]
    return Load(
        at=piece[0].at,
        active=max(tick.active for tick in piece),
        waiting=max(tick.waiting for tick in piece),
        capacity=last.capacity,
        rejected=max(0, last.rejected - rejected_before),
    )


def _pieces(items: Sequence[Item], most: int) -> list[Sequence[Item]]:
    size = max(1, math.ceil(len(items) / most))
    return [items[start : start + size] for start in range(0, len(items), size)]
