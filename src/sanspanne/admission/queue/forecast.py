"""How long somebody will wait, from what was measured.

starts per second = attempts under way / mean seconds of an answer         (Little's law: while one waits every slot is taken)
wait for the n-th start = n / starts per second, +- 1/sqrt(n) of it        (streams end independently: a Poisson process)

at least    at the best rate of the last five minutes: what is out may be back at any moment
at most     at the present rate

begun while fresh    by its place now
else                 it will be late: behind all that its tenant has waiting, or as an urgent one, just before its deadline
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection
from math import inf, sqrt

from sanspanne.admission.queue.line import URGENT_SECONDS
from sanspanne.admission.ticket import Ticket
from sanspanne.chat import Target
from sanspanne.hooks import AttemptBegun, AttemptEnded, Fact

MEMORY = 200  # answers
BEST_OF = 300.0  # seconds
MOST_TARGETS = 1000
STEP = 10.0  # seconds that share one maximum

Range = tuple[float, float]


class Running:
    """How many attempts one target has under way, and the most that it had in the last minutes."""

    def __init__(self) -> None:
        self.now = 0
        self._most: deque[tuple[float, int]] = deque()  # when a step of time began, the most in it

    def add(self, time: float) -> None:
        """One more."""
        self.now += 1
        if not self._most or time - self._most[-1][0] > STEP:
            self._most.append((time, self.now))
        elif self.now > self._most[-1][1]:
            self._most[-1] = (self._most[-1][0], self.now)

    def most(self, time: float) -> int:
        """The most at once in the last five minutes."""
        while self._most and time - self._most[0][0] > BEST_OF + STEP:
            self._most.popleft()
        return max([self.now, *(number for _, number in self._most)])


class Forecast:
    """An observer: it learns from the attempts. `now` gives monotonic seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._targets: dict[str, Running] = {}
        self._numbers: set[int] = set()
        self._seconds: deque[float] = deque(maxlen=MEMORY)

    def observe(self, fact: Fact) -> None:
        """Learn how many run, and how long they take."""
        if type(fact) is AttemptBegun and not fact.probe:
            self._numbers.add(fact.number)
            running = self._targets.get(fact.target) or self._first(fact.target)
            running.add(self._now())
        elif type(fact) is AttemptEnded and fact.number in self._numbers:
            self._numbers.remove(fact.number)
            self._targets[fact.target].now -= 1
            if fact.outcome == "answered":
                self._seconds.append(fact.seconds)

    def duration(self) -> float | None:
        """Mean seconds of an answer; None: nobody has been answered."""
        return sum(self._seconds) / len(self._seconds) if self._seconds else None

    def wait(self, ahead: int, targets: Collection[Target] | None = None) -> Range | None:
        """Seconds until somebody with so many before him begins: at least, at most; None: nobody is being served.

        With `targets` it is by them alone that he, and those before him, can be served.
        """
        running = self._of(targets)
        now, most = sum(one.now for one in running), sum(one.most(self._now()) for one in running)
        seconds = self.duration()
        if not now or seconds is None:
            return None
        spread = 1 / sqrt(ahead + 1)
        work = (ahead + 1) * seconds
        return work / most * (1 - spread), work / now * (1 + spread)

    def expected(self, ticket: Ticket, place: int, late_place: int, share: float = 1.0) -> Range | None:
        """The same for a ticket with these places in the queue and this share of the service (see fair_queue.py), from now on.

        A least wait beyond its deadline says that it would wait in vain.
        """
        pace = (
            share / 2 if share < 1.0 else 1.0
        )  # of what a flood is given, half is for its fresh ones, half for urgent ones
        best = self.wait(place - 1, ticket.targets)
        soon = self.wait(int((place - 1) / pace), ticket.targets)
        late = self.wait(int((late_place - 1) / pace), ticket.targets)
        if best is None or soon is None or late is None:
            return None
        fresh, left = ticket.fresh_until - self._now(), ticket.deadline - self._now()
        if soon[1] <= fresh:
            return best[0], soon[1]
        if late[0] > left:
            return late
        least = min(best[0], fresh if fresh > 0 else left - URGENT_SECONDS)  # a flood may end at any moment
        return max(0.0, least), left if left < inf else late[1]

    def told(self, ticket: Ticket, place: int, late_place: int, share: float = 1.0) -> Range | None:
        """What somebody is told who waits already: he is served by his deadline or not at all."""
        expected, left = self.expected(ticket, place, late_place, share), ticket.deadline - self._now()
        if expected is None or expected[0] <= left:
            return expected
        best = self.wait(place - 1, ticket.targets)
        return None if best is None else (max(0.0, min(best[0], left - URGENT_SECONDS)), left)

    def _first(self, target: str) -> Running:
        """The first attempt at a target, or after a long time."""
        if len(self._targets) >= MOST_TARGETS:
            now = self._now()
            self._targets = {name: one for name, one in self._targets.items() if one.most(now)}
        running = self._targets[target] = Running()
        return running

    def _of(self, targets: Collection[Target] | None) -> list[Running]:
        if targets is None:
            return list(self._targets.values())
        return [one for target in targets if (one := self._targets.get(str(target))) is not None]
