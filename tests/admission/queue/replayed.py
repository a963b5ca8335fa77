"""A shortage in virtual time: who begins when, under any order of service.

Requests come as a Poisson process, answers take log-normal times, and the slots change in steps. A slot that is taken away lets
its answer end first. Nothing here knows how an order is made: it is told of arrivals and asked for the next.
"""

import heapq
import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Protocol

QUICK = 5.0  # seconds: begun within them
WHOLE = 40.0  # seconds: whole within them


@dataclass(eq=False)
class Request:
    """One request of the replay, and when it began."""

    number: int
    tenant: str
    arrived: float
    seconds: float
    prompt: int = 100
    tokens: int = 0
    began: float = math.inf

    @property
    def latest(self) -> float:
        """When it must begin to be whole in time."""
        return self.arrived + WHOLE - self.seconds

    @property
    def wait(self) -> float:
        return self.began - self.arrived


class Order(Protocol):
    """Who is next."""

    def came(self, request: Request) -> None: ...
    def next(self) -> Request | None: ...


@dataclass
class Clock:
    """The virtual time."""

    time: float = 0.0

    def __call__(self) -> float:
        return self.time


@dataclass
class Told:
    """What else happens on the way."""

    began: Callable[[Request], None] = lambda request: None
    ended: Callable[[Request], None] = lambda request: None
    tick: Callable[[], None] = lambda: None


def arrivals(
    seed: int, until: float, per_second: float, mean: float, sigma: float = 0.8, tenants: int = 1
) -> list[Request]:
    """Requests of equal tenants; `mean` seconds for an answer, 40 tokens a second."""
    rng = random.Random(seed)
    mu = math.log(mean) - sigma * sigma / 2
    requests: list[Request] = []
    time = 0.0
    while (time := time + rng.expovariate(per_second)) < until:
        seconds = rng.lognormvariate(mu, sigma)
        tenant = f"tenant{rng.randrange(tenants)}"
        requests.append(Request(len(requests), tenant, time, seconds, rng.randrange(20, 400), int(40 * seconds)))
    return requests


def replay(
    requests: list[Request],
    slots: list[tuple[float, int]],
    order: Order,
    clock: Clock,
    told: Told | None = None,
    tick: float = 0.05,
) -> None:
    """Run until nothing happens any more; `began` of the requests is filled in. `slots`: from each time on so many."""
    told = told or Told()
    numbers = count()
    events: list[tuple[float, int, Callable[[], None]]] = []

    def at(time: float, call: Callable[[], None]) -> None:
        heapq.heappush(events, (time, next(numbers), call))

    state = {"slots": 0, "busy": 0}

    def ended(request: Request) -> None:
        state["busy"] -= 1
        told.ended(request)

    def ticking(time: float) -> None:
        told.tick()
        if time < requests[-1].arrived + 2 * WHOLE:
            at(time + tick, lambda: ticking(time + tick))

    for request in requests:
        request.began = math.inf
        at(request.arrived, lambda request=request: order.came(request))
    for time, number in slots:
        at(time, lambda number=number: state.update(slots=number))
    at(0.0, lambda: ticking(0.0))
    while events:
        clock.time, _, call = heapq.heappop(events)
        call()
        while state["busy"] < state["slots"] and (request := order.next()) is not None:
            request.began = clock.time
            state["busy"] += 1
            told.began(request)
            at(clock.time + request.seconds, lambda request=request: ended(request))


def quick(requests: list[Request]) -> float:
    """The share that began within 5 s."""
    return sum(request.wait <= QUICK for request in requests) / len(requests)


def whole(requests: list[Request]) -> float:
    """The share that was whole within 40 s."""
    return sum(request.wait + request.seconds <= WHOLE for request in requests) / len(requests)
