"""A world of virtual seconds in which a limiter meets providers that reject, queue, slow down and crash.

Events stand in a heap; nothing sleeps. One seed, one story.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable
from itertools import count
from math import inf, log
from random import Random

from sanspanne.admission.limit.limiter import Limiter, Permit
from sanspanne.errors import Failure, Overloaded, ServerFault

WIRE = 0.003  # seconds, each way
LOOK = 0.05  # the waiting room looks round at least so often


class World:
    """The clock and what will happen."""

    def __init__(self, seed: int = 1) -> None:
        self.now = 0.0
        self.rng = Random(seed)
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()

    def clock(self) -> float:
        return self.now

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        heapq.heappush(self._events, (self.now + seconds, next(self._numbers), call))

    def run(self, until: float) -> None:
        while self._events and self._events[0][0] <= until:
            self.now, _, call = heapq.heappop(self._events)
            call()
        self.now = until

    def lognormal(self, mean: float, sigma: float) -> float:
        return self.rng.lognormvariate(log(mean) - sigma * sigma / 2, sigma)


class Call:
    """One call to a provider; its client hears of it through the three functions."""

    def __init__(self, first: float, rest: float) -> None:
        self.first, self.rest = first, rest  # seconds of work until the first word, and after it
        self.left = False
        self.said = False
        self.word: Callable[[], None] = lambda: None
        self.end: Callable[[Failure | None], None] = lambda failure: None


class Provider:
    """What all have in common: how many are served, and how much of the time that could have been served was."""

    def __init__(self, world: World, capacity: int) -> None:
        self.world = world
        self.capacity = capacity
        self.serving: set[Call] = set()
        self.calls = self.refused = self.crashes = 0
        self._busy = self._possible = self._at = 0.0

    def arrive(self, call: Call) -> None:
        raise NotImplementedError

    def leave(self, call: Call) -> None:
        """The client has hung up."""
        call.left = True

    def account(self) -> None:
        """Utilisation is a mean over time: called before anything changes."""
        elapsed = self.world.now - self._at
        self._busy += elapsed * min(self.capacity, len(self.serving))
        self._possible += elapsed * self.capacity
        self._at = self.world.now

    def utilisation(self) -> float:
        """Since it was last asked."""
        self.account()
        share = self._busy / self._possible if self._possible else 0.0
        self._busy = self._possible = 0.0
        return share

    def refuse(self, call: Call) -> None:
        self.refused += 1
        self.world.after(WIRE, lambda: call.end(Overloaded("there is no room")))


class Rejecting(Provider):
    """Serves so many, refuses the others, and counts a slot as taken until a moment after its end was seen."""

    def __init__(self, world: World, capacity: int, lag: float = 0.008) -> None:
        super().__init__(world, capacity)
        self.lag = lag

    def arrive(self, call: Call) -> None:
        if len(self.serving) >= self.capacity:
            self.refuse(call)
        else:
            self.serve(call)

    def serve(self, call: Call) -> None:
        self.account()
        self.serving.add(call)
        self.world.after(call.first + WIRE, call.word)
        self.world.after(call.first + call.rest, lambda: self.finish(call))

    def finish(self, call: Call) -> None:
        if call in self.serving:
            self.world.after(WIRE, lambda: call.end(None))
            self.world.after(WIRE + self.world.rng.uniform(0, self.lag), lambda: self.free(call))

    def free(self, call: Call) -> None:
        self.account()
        self.serving.discard(call)

    def leave(self, call: Call) -> None:
        super().leave(call)
        self.world.after(self.world.rng.uniform(0, self.lag), lambda: self.free(call))


class Queueing(Rejecting):
    """Refuses nobody: who finds no place waits in a line without end, and is worked for even if he has left."""

    def __init__(self, world: World, capacity: int) -> None:
        super().__init__(world, capacity, lag=0.0)
        self.line: deque[Call] = deque()

    def arrive(self, call: Call) -> None:
        if len(self.serving) >= self.capacity:
            self.line.append(call)
        else:
            self.serve(call)

    def free(self, call: Call) -> None:
        super().free(call)
        while self.line and len(self.serving) < self.capacity:
            self.serve(self.line.popleft())

    def leave(self, call: Call) -> None:
        call.left = True


class Slowing(Provider):
    """Serves everybody at once, and everything takes load / capacity times as long beyond its capacity.

    Work is measured on a clock of its own that goes slower under load; `crash_after`: lies down for half a minute when its
    load was above 1.6 x its capacity for so many seconds.
    """

    def __init__(self, world: World, capacity: int, crash_after: float = inf) -> None:
        super().__init__(world, capacity)
        self.crash_after = crash_after
        self._work = 0.0
        self._work_at = 0.0
        self._due: list[tuple[float, int, Call, bool]] = []
        self._numbers = count()
        self._overrun_since = inf
        self._down_until = -inf
        self._version = 0

    def arrive(self, call: Call) -> None:
        if self.world.now < self._down_until:
            self.world.after(WIRE, lambda: call.end(ServerFault("down")))
            return
        self._go_on()
        self.serving.add(call)
        heapq.heappush(self._due, (self._work + call.first, next(self._numbers), call, False))
        heapq.heappush(self._due, (self._work + call.first + call.rest, next(self._numbers), call, True))
        self._watch()

    def leave(self, call: Call) -> None:
        super().leave(call)
        self._go_on()
        self.serving.discard(call)
        self._watch()

    @property
    def _rate(self) -> float:
        return min(1.0, self.capacity / max(1, len(self.serving)))

    def _go_on(self) -> None:
        self.account()
        self._work += (self.world.now - self._work_at) * self._rate
        self._work_at = self.world.now

    def _watch(self) -> None:
        self._version += 1
        version = self._version
        overrun = len(self.serving) > 1.6 * self.capacity
        self._overrun_since = min(self._overrun_since, self.world.now) if overrun else inf
        if self._overrun_since + self.crash_after < inf:
            wait = self._overrun_since + self.crash_after - self.world.now
            self.world.after(max(0.0, wait), lambda: self._crash(version))
        while self._due and self._due[0][2] not in self.serving:
            heapq.heappop(self._due)
        if self._due:
            wait = (self._due[0][0] - self._work) / self._rate
            self.world.after(max(0.0, wait), lambda: self._step(version))

    def _step(self, version: int) -> None:
        if version != self._version:
            return
        self._go_on()
        _, _, call, last = heapq.heappop(self._due)
        if last:
            self.serving.discard(call)
            self.world.after(WIRE, lambda: call.end(None))
        else:
            self.world.after(WIRE, call.word)
        self._watch()

    def _crash(self, version: int) -> None:
        if self.world.now - self._overrun_since < self.crash_after - 1e-9:
            return
        self._go_on()
        self.crashes += 1
        self._down_until = self.world.now + 30.0
        fallen, self.serving = self.serving, set()
        self._overrun_since = inf
        self._due.clear()
        for call in fallen:
            call.end(ServerFault("crashed"))
        self._version += 1


class Request:
    """Somebody who wants an answer."""

    def __init__(self, world: World, *, spill: bool, first: float, rest: float, leaves: bool) -> None:
        self.spill, self.first, self.rest, self.leaves = spill, first, rest, leaves
        self.arrived = world.now


class Crowd:
    """Requests, the line in which they wait for the limiter, and what became of them."""

    def __init__(self, world: World, limiter: Limiter, provider: Provider, *, patience: float = 40.0) -> None:
        self.world, self.limiter, self.provider, self.patience = world, limiter, provider, patience
        self.lines: dict[bool, deque[Request]] = {False: deque(), True: deque()}  # by whether it spills
        self.first, self.rest, self.leavers = 0.3, 4.0, 0.05
        self.first_sigma, self.rest_sigma = 0.3, 0.5
        self.asked = self.calls = self.served = self.refused = self.broken = 0
        self.highest = 0
        self._looking = False
        limiter.on_room = self._soon
        self._tick()

    def ask(self, *, spill: bool = False) -> None:
        first = self.world.lognormal(self.first, self.first_sigma)
        rest = self.world.lognormal(self.rest, self.rest_sigma)
        leaves = self.world.rng.random() < self.leavers
        self.asked += 1
        self.lines[spill].append(Request(self.world, spill=spill, first=first, rest=rest, leaves=leaves))
        self._soon()

    def flow(self, rate: float, until: float, *, spill: bool = False) -> None:
        """So many a second, at random times."""
        if self.world.now >= until:
            return
        self.world.after(
            self.world.rng.expovariate(rate), lambda: (self.ask(spill=spill), self.flow(rate, until, spill=spill))
        )

    def _tick(self) -> None:
        self._look()
        opens = self.limiter.opens_in()
        self.world.after(max(0.001, min(LOOK, opens if opens is not None else LOOK)), self._tick)

    def _soon(self) -> None:
        if not self._looking:
            self._looking = True
            self.world.after(0.0, self._due)

    def _due(self) -> None:
        self._looking = False
        self._look()

    def _look(self) -> None:
        for spill, line in self.lines.items():
            while line:
                if self.world.now - line[0].arrived > self.patience:
                    line.popleft()
                    continue
                permit = self.limiter.try_acquire(spill=spill)
                if permit is None:
                    break
                self._send(line.popleft(), permit)

    def _send(self, request: Request, permit: Permit) -> None:
        self.calls += 1
        self.highest = max(self.highest, self.limiter.in_flight)
        sent = self.world.now
        call = Call(request.first, request.rest)

        def word() -> None:
            if not call.left:
                self.limiter.spoke(self.world.now - sent)

        def end(failure: Failure | None) -> None:
            if call.left:
                return
            call.left = True
            permit.release(failure, answered=failure is None)
            if failure is None:
                self.served += 1
            elif isinstance(failure, Overloaded):
                self.refused += 1
                self.lines[request.spill].appendleft(request)
            else:
                self.broken += 1

        def leave() -> None:
            if not call.left:
                self.provider.leave(call)
                permit.release()

        call.word, call.end = word, end
        self.world.after(WIRE, lambda: self.provider.arrive(call))
        if request.leaves:
            self.world.after(self.world.rng.uniform(0.5, 3.0), leave)
