"""What no scheduler can exceed, however much it knows: a relaxation of the ceiling.

Answers become a liquid: an answer may be made at all providers at the same time, in any portions, at the pace of the fastest,
within the time that it has. How much of them can then be made is a flow from answers into seconds; because each answer's time
is one stretch, it is possible if and only if for every stretch of time the answers that must be made within it need no more
than the places offer there (Hall's condition for intervals). Sets that can be made form a polymatroid, so taking the shortest
answers first, each as far as possible, gives the most (Edmonds 1970).

Stretches are widened to whole seconds, which can only raise the result. An answer that is begun in time ends when it has been
written, unless it is cut; as many as can have been cut are added.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from math import ceil, floor

from sanspanne.drill.judge.timetable import Demand, Supply

ROUNDING = 1e-6
LEAST = 1e-9  # seconds: even an answer that takes no time needs a place


def bound(demands: Sequence[Demand], supply: Sequence[Supply], first_word_within: float, patience: float) -> int:
    """The number of answers that cannot be exceeded, if each must begin and end so many seconds after its question."""
    uncut = _uncut(demands, supply, first_word_within, patience)
    if first_word_within >= patience:
        return uncut
    return min(uncut + sum(map(_running_at_cuts, supply)), _uncut(demands, supply, patience, patience))


def _uncut(demands: Sequence[Demand], supply: Sequence[Supply], first_word_within: float, patience: float) -> int:
    stretches = [stretch for each in demands if (stretch := _stretch(each, supply, first_word_within, patience))]
    if not stretches:
        return 0
    since, until = min(since for _, since, _ in stretches), max(until for *_, until in stretches)
    longest = max(each.seconds(demand.length) for each in supply for demand in demands)
    places = [_places(each, since, until, longest) for each in supply]
    flow = Flow([sum(second) for second in zip(*places, strict=True)], since)
    made = sum(flow.add(work, since, until) / work for work, since, until in sorted(stretches))
    return floor(made + ROUNDING * len(stretches))


def _stretch(
    demand: Demand, supply: Sequence[Supply], first_word_within: float, patience: float
) -> tuple[float, int, int] | None:
    """The least work that it makes, and the seconds between which that must be done; None if it takes too long anywhere."""
    work = min((each.seconds(demand.length) for each in supply), default=patience + 1)
    if work > patience:
        return None
    writing = max(each.pace for each in supply) * demand.length if demand.stream else 0.0
    return max(work, LEAST), floor(demand.at), ceil(demand.at + min(patience, first_word_within + writing))


def _running_at_cuts(supply: Supply) -> int:
    """How many answers at most are cut: they may end much later than they would have."""
    return sum(max((slots for at, slots in supply.capacity if at < cut), default=0) for cut in supply.cuts)


class Flow:
    """What is left of the places, for each stretch of whole seconds."""

    def __init__(self, places: Sequence[int], since: int) -> None:
        self._since = since
        self._left: list[list[float]] = []  # by the stretch's first second, then by its length less one
        for first in range(len(places)):
            self._left.append(list(accumulate(places[first:])))

    def add(self, work: float, since: int, until: int) -> float:
        """Make as much of `work` as is possible between these seconds; returns how much that is."""
        rows = self._left[: since - self._since + 1]
        last = until - self._since - 1
        done = min(work, *(min(row[last - first :]) for first, row in enumerate(rows)))
        for first, row in enumerate(rows):
            row[last - first :] = [left - done for left in row[last - first :]]
        return done


def _places(supply: Supply, since: int, until: int, runs_on: float) -> list[int]:
    """The most places in use within each second: those of a time before are left `runs_on` seconds later, or at once if cut."""
    spans = []
    for (at, slots), (after, _) in pairwise([*supply.capacity, (until, 0)]):
        cut = next((cut for cut in supply.cuts if cut >= after), after + runs_on)
        spans.append((slots, at, min(cut, after + runs_on)))
    return [
        max((slots for slots, begin, end in spans if begin < second + 1 and end > second), default=0)
        for second in range(since, until)
    ]
