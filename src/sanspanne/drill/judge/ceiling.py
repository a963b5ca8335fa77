"""What a scheduler with perfect knowledge would reach: the figure that a drill's own figures are held against.

It knows every question before it is asked, how long its answer takes at each provider, and how many answers each provider
carries at every moment (none while it is down). It notices a return at once, wastes no call, may begin any waiting question
anywhere at any time, and has what was cut finished elsewhere, by a new call for the rest.

    quick   answers that are whole, and whose first word came within `quick_seconds` of the question
    whole   answers that are whole within `patience` seconds of the question

Both figures are the best that was found, by schedules that could be carried out: questions are put into the gaps one after
the other (`timetable.py`), each where it ends first, and of several orders the best is taken: as asked, shortest answers
first, then each again with those that were left out moved to the front ("squeaky wheel", Joslin and Clements 1999). Of at
most `FEW` questions every order is tried; for one provider that cuts nothing this is exact, because some order of placing them
as early as possible gives a best schedule for any figure that is never worse for being earlier. To find the best for many
is NP-hard. So `bound` computes in addition what no scheduler can exceed; where the two meet, the figure is proven.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import permutations

from msgspec import Struct

from sanspanne.drill.judge.bound import bound
from sanspanne.drill.judge.timetable import Demand, Placing, Supply, Timetable
from sanspanne.drill.result import Ceiling

FEW = 5
AGAIN = 6  # rounds in which those that were left out go first


class Plan(Struct):
    """One schedule: what was placed quickly and what late, by the number of the question in the sequence of demands."""

    quick: dict[int, Placing]
    late: dict[int, Placing]

    @property
    def whole(self) -> int:
        """How many answers are whole in time."""
        return len(self.quick) + len(self.late)

    @property
    def begun(self) -> list[float]:
        """When the first words come."""
        return sorted(placing.first_word for placing in (*self.quick.values(), *self.late.values()))


def ceiling(demands: Sequence[Demand], supply: Sequence[Supply], quick_seconds: float, patience: float) -> Ceiling:
    """The best that was found for each of the two figures; they may need two different schedules. Times are in seconds."""
    plans = list(_plans(demands, supply, quick_seconds, patience))
    best = max(plans, key=lambda plan: (len(plan.quick), plan.whole))
    whole = max(plan.whole for plan in plans)
    if whole < len(demands):  # to be whole in time is easier when nobody need be quick
        whole = max(whole, *(plan.whole for plan in _plans(demands, supply, 0.0, patience)))
    in_turn = _plan(_as_asked(demands), demands, supply, quick_seconds, patience)
    return Ceiling(
        quick=len(best.quick),
        whole=whole,
        asked=len(demands),
        begun=best.begun,
        quick_limit=bound(demands, supply, quick_seconds, patience),
        whole_limit=bound(demands, supply, patience, patience),
        quick_in_turn=len(in_turn.quick),
        whole_in_turn=in_turn.whole,
    )


def _plans(
    demands: Sequence[Demand], supply: Sequence[Supply], quick_seconds: float, patience: float
) -> Iterator[Plan]:
    """One plan for each order, and what becomes of it as long as it gets better when those left out go first."""
    rounds = 1 if len(demands) <= FEW else AGAIN
    for first in _orders(demands):
        order, reached = first, -1
        for _ in range(rounds):
            plan = _plan(order, demands, supply, quick_seconds, patience)
            yield plan
            placed = plan.quick if quick_seconds else plan.late
            if len(placed) <= reached or len(placed) == len(demands):
                break
            order, reached = _left_out_first(order, placed), len(placed)


def _orders(demands: Sequence[Demand]) -> Iterable[tuple[int, ...]]:
    everyone = range(len(demands))
    if len(demands) <= FEW:
        return permutations(everyone)
    return _as_asked(demands), tuple(sorted(everyone, key=lambda i: demands[i].length))


def _as_asked(demands: Sequence[Demand]) -> tuple[int, ...]:
    return tuple(sorted(range(len(demands)), key=lambda i: demands[i].at))


def _left_out_first(order: tuple[int, ...], placed: Container[int]) -> tuple[int, ...]:
    return tuple(sorted(order, key=lambda i: i in placed))  # stable: the order among them stays


def _plan(
    order: tuple[int, ...], demands: Sequence[Demand], supply: Sequence[Supply], quick_seconds: float, patience: float
) -> Plan:
    """First whom it can serve quickly; then, in what room is left, the others."""
    table = Timetable(supply)
    plan = Plan({}, {})
    for placed, within in ((plan.quick, quick_seconds), (plan.late, patience)):
        for number in order:
            demand = demands[number]
            if number not in plan.quick and within > 0:
                placing = table.place(demand, demand.at + within, demand.at + patience)
                if placing is not None:
                    placed[number] = placing
    return plan
