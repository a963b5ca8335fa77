"""The ceiling: what a scheduler with perfect knowledge would reach."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanspanne.drill.judge.bound import bound
from sanspanne.drill.judge.ceiling import ceiling
from sanspanne.drill.judge.timetable import Demand, Placing, Supply, Timetable

QUICK, PATIENCE = 3.0, 12.0


def provider(
    *capacity: tuple[float, int], first: float = 1.0, pace: float = 1.0, cuts: tuple[float, ...] = ()
) -> Supply:
    """A provider with whole numbers, so that a search over whole seconds misses nothing."""
    return Supply(capacity, first, pace, cuts)


def demands(*pairs: tuple[float, float]) -> list[Demand]:
    """Questions by time and length."""
    return [Demand(at, length) for at, length in pairs]


whole_seconds = st.integers(0, 12)
some_demands = st.lists(st.builds(Demand, whole_seconds, st.integers(0, 6), st.booleans()), max_size=5)
steps = st.lists(st.tuples(whole_seconds, st.integers(0, 2)), min_size=1, max_size=3, unique_by=lambda step: step[0])
one_provider = steps.map(lambda capacity: provider(*sorted(capacity)))
many_demands = st.lists(st.builds(Demand, st.floats(0, 40), st.floats(0, 9), st.booleans()), max_size=30)
many_steps = st.lists(
    st.tuples(st.floats(0, 40), st.integers(0, 4)), min_size=1, max_size=5, unique_by=lambda step: step[0]
)
cuts = st.lists(st.floats(0, 40), max_size=2, unique=True).map(sorted)
any_provider = st.builds(Supply, many_steps.map(sorted), st.floats(0, 2), st.floats(0.5, 2), cuts)


def brute_force(asked: list[Demand], supply: Supply, quick_seconds: float) -> int:
    """Try every beginning of every question, or none, on whole seconds."""
    seconds = range(int(PATIENCE) * 2 + 13)
    choices = [[None, *(s for s in seconds if fits(each, supply, s, quick_seconds))] for each in asked]
    return max(sum(s is not None for s in begins) for begins in product(*choices) if feasible(begins, asked, supply))


def fits(demand: Demand, supply: Supply, since: int, quick_seconds: float) -> bool:
    """Whether an answer that begins then comes in time."""
    first_word, end = since + supply.silent(demand), since + supply.seconds(demand.length)
    return since >= demand.at and first_word - demand.at <= quick_seconds and end - demand.at <= PATIENCE


def feasible(begins: tuple[int | None, ...], asked: list[Demand], supply: Supply) -> bool:
    """Whether everybody found a free place at the moment at which he began."""
    spans = [(s, s + supply.seconds(each.length)) for s, each in zip(begins, asked, strict=True) if s is not None]
    places = {s: next((n for at, n in reversed(supply.capacity) if at <= s), 0) for s, _ in spans}
    return all(sum(s <= moment < e for s, e in spans) <= room for moment, room in places.items())


@given(some_demands, one_provider)
@settings(max_examples=60, deadline=None)
def test_the_ceiling_is_what_trying_everything_finds(asked: list[Demand], supply: Supply) -> None:
    """For few questions and one provider the ceiling is exact, and the limit is never below it."""
    asked = asked[:3]
    found = ceiling(asked, [supply], QUICK, PATIENCE)
    assert found.quick == brute_force(asked, supply, QUICK)
    assert found.whole == brute_force(asked, supply, PATIENCE)
    assert bound(asked, [supply], QUICK, PATIENCE) >= found.quick
    assert bound(asked, [supply], PATIENCE, PATIENCE) >= found.whole


@given(many_demands, st.lists(any_provider, max_size=3))
@settings(max_examples=60, deadline=None)
def test_the_ceiling_stays_between_nothing_and_its_limit(asked: list[Demand], supply: list[Supply]) -> None:
    """A ceiling never exceeds what was asked nor what no scheduler can exceed; who is quick is whole too."""
    found = ceiling(asked, supply, QUICK, PATIENCE)
    assert found.quick_limit is not None
    assert found.whole_limit is not None
    assert 0 <= found.quick <= found.quick_limit <= len(asked) == found.asked
    assert found.quick <= found.whole <= found.whole_limit <= len(asked)
    assert len(found.begun) >= found.quick


@given(many_demands)
@settings(max_examples=30, deadline=None)
def test_with_plenty_of_room_everybody_is_served_quickly(asked: list[Demand]) -> None:
    """Where capacity is plenty the ceiling is everybody; but an unstreamed answer cannot be quicker than its last word."""
    plenty = provider((0, 100))
    found = ceiling(asked, [plenty], QUICK, PATIENCE)
    quick = sum(plenty.silent(each) <= QUICK for each in asked)
    assert (found.quick, found.whole) == (quick, len(asked))


@given(some_demands, one_provider)
@settings(max_examples=60, deadline=None)
def test_more_room_never_lowers_the_ceiling(asked: list[Demand], supply: Supply) -> None:
    """One place more at every moment serves as many or more."""
    wider = provider(*((at, slots + 1) for at, slots in supply.capacity))
    less, more = ceiling(asked, [supply], QUICK, PATIENCE), ceiling(asked, [wider], QUICK, PATIENCE)
    assert (more.quick >= less.quick, more.whole >= less.whole) == (True, True)


@given(many_demands, st.lists(any_provider, min_size=1, max_size=2))
@settings(max_examples=40, deadline=None)
def test_more_room_never_lowers_the_limit(asked: list[Demand], supply: list[Supply]) -> None:
    """The limit of many questions grows with the room."""
    wider = [Supply([(at, n + 1) for at, n in each.capacity], each.first, each.pace, each.cuts) for each in supply]
    assert bound(asked, wider, QUICK, PATIENCE) >= bound(asked, supply, QUICK, PATIENCE)


def test_what_is_cut_is_finished_elsewhere() -> None:
    """An answer that its provider cuts is whole if another one has room for the rest, and is not if there is none."""
    cut = provider((0, 1), (4, 0), cuts=(4.0,))
    asked = demands((0, 6))
    assert ceiling(asked, [cut], QUICK, PATIENCE).whole == 0
    found = ceiling(asked, [cut, provider((4, 1))], QUICK, PATIENCE)
    assert (found.quick, found.whole, found.begun) == (1, 1, [1.0])


def test_a_provider_that_takes_nobody_any_more_ends_what_it_began() -> None:
    """Without a cut, what runs when the room falls to nothing is ended there."""
    assert ceiling(demands((0, 6)), [provider((0, 1), (4, 0))], QUICK, PATIENCE).quick == 1


def test_who_would_be_cut_before_a_word_waits_for_the_return() -> None:
    """A question just before an outage is put behind it if it would not say a word before."""
    found = ceiling(demands((3.5, 2)), [provider((0, 1), (4, 0), (5, 1), cuts=(4.0,))], QUICK, PATIENCE)
    assert (found.quick, found.begun) == (1, [6.0])


def test_an_answer_is_put_where_it_ends_first() -> None:
    """Two rooms are free: the quicker one takes it, whatever its number; the next answer finds the other one better."""
    rooms = Timetable([provider((0, 1), pace=2.0), provider((0, 1))])
    assert rooms.place(Demand(0, 3), QUICK, PATIENCE) == Placing(1, 4, [(1, 0, 4)])
    assert rooms.place(Demand(0, 1), QUICK, PATIENCE) == Placing(1, 3, [(0, 0, 3)])


def test_a_long_answer_gives_way_to_two_short_ones() -> None:
    """With one place for a while the perfect scheduler takes two short answers and not the long one that came first."""
    asked = demands((0, 8), (0, 1), (0, 1), (0, 9), (0, 9), (0, 9))
    assert ceiling(asked, [provider((0, 1), (4, 0))], 4.0, PATIENCE).quick == 2


@pytest.mark.parametrize("supply", [[], [provider((0, 0))]])
def test_without_room_nothing_is_reached(supply: list[Supply]) -> None:
    """No provider, or none with room: the ceiling and its limits are zero."""
    found = ceiling(demands((0, 1), (1, 1)), supply, QUICK, PATIENCE)
    assert (found.quick, found.whole, found.quick_limit, found.whole_limit) == (0, 0, 0, 0)
