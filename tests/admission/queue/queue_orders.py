"""The orders of service that are held against one another: ours, and those of schedulers that know what is to come."""

import heapq
from collections import deque

from replayed import QUICK, WHOLE, Clock, Request

from sanspanne.admission.priority import Priority
from sanspanne.admission.queue.fair_queue import FairQueue
from sanspanne.admission.queue.forecast import Forecast
from sanspanne.admission.ticket import Ticket
from sanspanne.chat import Target
from sanspanne.hooks import AttemptBegun, AttemptEnded

TARGETS = (Target("a", "m"),)


class Ours:
    """The fair queue and the forecast, together as the gate has them: who would wait in vain is not let in."""

    def __init__(self, clock: Clock, mean: float) -> None:
        self._clock = clock
        self._mean = mean
        self.queue = FairQueue(clock)
        self.forecast = Forecast(clock)
        self.told: list[tuple[Request, tuple[float, float]]] = []  # what those who waited were told when they came
        self._requests: dict[Ticket, Request] = {}
        self._charged: dict[Request, float] = {}

    def came(self, request: Request) -> None:
        ticket = Ticket(
            str(request.number),
            request.tenant,
            Priority.INTERACTIVE,
            TARGETS,
            request.arrived,
            request.arrived + QUICK,
            request.arrived + WHOLE - self._mean,
            request.prompt,
        )
        place, late_place = self.queue.place(ticket)[0], self.queue.late_place(ticket)
        expected = self.forecast.expected(ticket, place, late_place, self.queue.share(ticket))
        if expected is not None and self._clock() + expected[0] > ticket.deadline:
            return
        self._requests[ticket] = request
        self.queue.join(ticket)
        if expected is not None:
            self.told.append((request, expected))

    def next(self) -> Request | None:
        self.queue.expired()
        picked = self.queue.pick(lambda ticket: True)
        return None if picked is None else self._requests.pop(picked[0])

    def began(self, request: Request) -> None:
        self.forecast.observe(AttemptBegun(str(request.number), request.number, "a/m", request.prompt))
        self._charged[request] = 0.0

    def ended(self, request: Request) -> None:
        ended = AttemptEnded(str(request.number), "a/m", "answered", seconds=request.seconds, number=request.number)
        self.forecast.observe(ended)
        self.queue.charge(request.tenant, request.tokens - self._charged.pop(request))

    def settle(self) -> None:
        """Tokens are charged as they stream."""
        for request, charged in self._charged.items():
            said = request.tokens * (self._clock() - request.began) / request.seconds
            self.queue.charge(request.tenant, said - charged)
            self._charged[request] = said


class Knowing:
    """First who can still be quick, then who can still be whole; but within `margin` of being too late, one start in `every`.

    Tried with many margins and shares, after the fact, the best of them is what perfect knowledge of the capacity gives:
    it has chosen what fits this shortage. How long an answer will take nobody knows before.
    """

    def __init__(self, clock: Clock, mean: float, margin: float, every: int) -> None:
        self._clock = clock
        self._patience = WHOLE - mean
        self._margin = margin
        self._every = every
        self._fresh: deque[Request] = deque()
        self._late: list[tuple[float, int, Request]] = []
        self._starts = 0

    def came(self, request: Request) -> None:
        self._fresh.append(request)

    def next(self) -> Request | None:
        now = self._clock()
        while self._fresh and self._fresh[0].arrived + QUICK < now:
            late = self._fresh.popleft()
            heapq.heappush(self._late, (late.arrived + self._patience, late.number, late))
        while self._late and self._late[0][0] < now:
            heapq.heappop(self._late)
        if not self._fresh and not self._late:
            return None
        self._starts += 1
        near = bool(self._late) and self._late[0][0] - now < self._margin
        if not self._fresh or (near and self._starts % self._every == 0):
            return heapq.heappop(self._late)[2]
        return self._fresh.popleft()
