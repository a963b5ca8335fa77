"""Who is served where and when: rooms that are free over time, and answers that are put into them.

A provider has a number of places over time. An answer takes one place from its beginning to its end: `first` seconds until its
first word, then `pace` seconds for each unit of its length. A provider that becomes narrower, or takes nobody any more, lets
what runs there end; but where it also cuts what runs, the rest is asked for elsewhere, or there after its return, as a new
call: again `first` seconds, then what is missing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Sequence

from msgspec import Struct


class Demand(Struct, frozen=True):
    """One question: when it is asked, and the length of its answer in any unit (words, tokens).

    Who wants no stream has the first word when he has the last one.
    """

    at: float
    length: float
    stream: bool = True


class Supply(Struct, frozen=True):
    """One provider. `capacity`: from when on how many answers at once, in order of time; before the first: none.

    `first`: seconds until the first word. `pace`: seconds for each unit of an answer's length after it. `cuts`: when everything
    that runs is broken off, in order of time.
    """

    capacity: Sequence[tuple[float, int]]
    first: float
    pace: float
    cuts: Sequence[float] = ()

    def seconds(self, length: float) -> float:
        """How long a place is taken by an answer of this length."""
        return self.first + self.pace * length

    def silent(self, demand: Demand) -> float:
        """How long the caller waits after the beginning until he has a word."""
        return self.first if demand.stream else self.seconds(demand.length)


class Placing(Struct, frozen=True):
    """Where an answer was put: `parts` are (provider's number, from, until); more than one if it was cut and finished."""

    first_word: float
    end: float
    parts: list[tuple[int, float, float]]


class Room:
    """The places of one provider, and from when until when they are taken.

    Who begins must find a free place at that moment; later ones must still find theirs. So each moment at which somebody
    begins is looked at, and no other: a provider that becomes narrower turns nobody out.
    """

    def __init__(self, capacity: Sequence[tuple[float, int]]) -> None:
        self._steps = [at for at, _ in capacity]
        self._slots = [0, *(slots for _, slots in capacity)]
        self._begins: list[float] = []
        self._ends: list[float] = []

    def take(self, since: float, until: float) -> None:
        """Somebody has a place from `since` until just before `until`."""
        insort(self._begins, since)
        insort(self._ends, until)

    def free(self, at: float) -> bool:
        """Whether one more could have a place at this moment."""
        taken = bisect_right(self._begins, at) - bisect_right(self._ends, at)
        return taken < self._slots[bisect_right(self._steps, at)]

    def spoilt(self, since: float, until: float) -> float | None:
        """When the first one begins who would not find a place any more if `since` to `until` were taken."""
        later = self._begins[bisect_right(self._begins, since) : bisect_left(self._begins, until)]
        return next((begin for begin in later if not self.free(begin)), None)

    def moments(self, since: float, latest: float) -> Iterator[float]:
        """`since` and every later moment until `latest` at which a place may come free."""
        if since <= latest:
            yield since
        ends = self._ends[bisect_right(self._ends, since) : bisect_right(self._ends, latest)]
        steps = self._steps[bisect_right(self._steps, since) : bisect_right(self._steps, latest)]
        yield from sorted({*ends, *steps})


class Timetable:
    """The rooms of every provider."""

    def __init__(self, supply: Sequence[Supply]) -> None:
        self._supply = supply
        self._rooms = [Room(each.capacity) for each in supply]

    def place(self, demand: Demand, first_word_by: float, end_by: float) -> Placing | None:
        """Put the answer where it ends first, if its first word and its end can be in time; None changes nothing."""
        best = self._best(demand, first_word_by, end_by)
        if best is not None:
            for number, since, until in best.parts:
                self._rooms[number].take(since, until)
        return best

    def _best(self, demand: Demand, first_word_by: float, end_by: float) -> Placing | None:
        ways = [way for number in range(len(self._supply)) for way in self._ways(number, demand, first_word_by, end_by)]
        return min(ways, key=lambda way: way.end, default=None)

    def _ways(self, number: int, demand: Demand, first_word_by: float, end_by: float) -> Iterator[Placing]:
        """As early as possible; and, if that will be cut, also as early as possible after the cut."""
        earliest = demand.at
        while (since := self._start(number, demand, earliest, first_word_by)) is not None:
            way = self._from(number, since, demand, end_by)
            if way is not None:
                yield way
            cut = self._cut(number, since, demand.length)
            if cut is None:
                return
            earliest = cut

    def _start(self, number: int, demand: Demand, earliest: float, first_word_by: float) -> float | None:
        """The first moment at which there is a place, for the whole answer or until it is cut."""
        room, provider = self._rooms[number], self._supply[number]
        for since in room.moments(earliest, first_word_by - provider.silent(demand)):
            if since < earliest or not room.free(since):
                continue
            until = self._cut(number, since, demand.length) or since + provider.seconds(demand.length)
            spoilt = room.spoilt(since, until)
            if spoilt is None:
                return since
            earliest = spoilt
        return None

    def _from(self, number: int, since: float, demand: Demand, end_by: float) -> Placing | None:
        provider = self._supply[number]
        cut = self._cut(number, since, demand.length)
        first_word, end = since + provider.silent(demand), since + provider.seconds(demand.length)
        if cut is None:
            return Placing(first_word, end, [(number, since, end)]) if end <= end_by else None
        if cut <= first_word:
            return None  # it would have said nothing that could be gone on from
        missing = Demand(cut, demand.length - (cut - first_word) / provider.pace)
        rest = self._best(missing, end_by, end_by)
        return rest and Placing(first_word, rest.end, [(number, since, cut), *rest.parts])

    def _cut(self, number: int, since: float, length: float) -> float | None:
        """When an answer that begins at `since` would be cut, if it would."""
        cuts = self._supply[number].cuts
        place = bisect_right(cuts, since)
        return cuts[place] if place < len(cuts) and cuts[place] < since + self._supply[number].seconds(length) else None
