"""Why the gate turned somebody away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence

import pytest
from msgspec import Struct

from sanspanne.admission.asker import Asker
from sanspanne.admission.gate import Gate
from sanspanne.admission.limit.limiter import Limiter, Permit
from sanspanne.admission.limit.limiters import Limiters
from sanspanne.admission.queue.fair_queue import FairQueue
from sanspanne.admission.queue.forecast import Forecast
from sanspanne.admission.queue.shedding import Shedding
from sanspanne.admission.ticket import Ticket
from sanspanne.admission.waiting_room import WaitingRoom
from sanspanne.answers.route import Route
from sanspanne.chat import Target
from sanspanne.errors import CallerError, Failure, Obstacle
from sanspanne.providers.limits import LimitState

TARGET = Target("a", "m")


class Step(Struct):
    """One attempt that could be made."""

    target: Target
    permit: Permit | None = None

    def permitted(self, permit: Permit) -> Step:
        return Step(self.target, permit)


class Plan:
    """A chain of one target."""

    targets = (TARGET,)
    own = TARGET

    def steps(self, failures: Sequence[Failure]) -> Iterator[Step]:
        yield Step(TARGET)

    def step(self, target: Target) -> Step:
        return Step(target)


class Healthy:
    """Nothing stands against anybody."""

    def obstacle(self, target: Target) -> Obstacle | None:
        return None

    def want(self, target: Target) -> None:
        pass

    def hope(self, target: Target) -> bool:
        return True


class Strict(Shedding):
    """Lets nobody wait."""

    def admits(self, ticket: Ticket) -> bool:
        return False


class Clock:
    """Monotonic seconds, which pass by two whenever somebody is to be called later."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        self.seconds += 2.0
        asyncio.get_running_loop().call_soon(call)


def full_gate(clock: Clock, *, most: int = 10, shedding: type[Shedding] = Shedding) -> Gate:
    """A gate whose only target has no room."""
    limiters = Limiters(clock.now, lambda target: Limiter(clock.now, streams=1))
    limiters.of(TARGET).try_acquire(spill=False)
    return gate_of(clock, limiters, most=most, shedding=shedding)


def gate_of(clock: Clock, limiters: Limiters, *, most: int = 10, shedding: type[Shedding] = Shedding) -> Gate:
    """A gate before these limits."""
    queue = FairQueue(clock.now, most=most)
    room = WaitingRoom(queue, limiters, Healthy(), shedding(clock.now), later=clock.later)
    return Gate(limiters, queue, room, Forecast(clock.now), Healthy(), clock.now, limited=lambda target: True)


async def refusal(gate: Gate, wait: float = 10.0) -> tuple[CallerError, Route]:
    """How somebody is refused who wants to be begun within so many seconds."""
    route = Route()
    with pytest.raises(CallerError) as refused:
        await anext(gate.turns(Plan(), Asker("ans_1", "app", wait=wait, route=route), []))
    return refused.value, route


async def test_who_is_shed_reads_that_the_wait_is_too_long() -> None:
    """A class that is turned away under overload is told to come again; the books know why."""
    told, _ = await refusal(full_gate(Clock(), shedding=Strict))
    assert (told.status, told.code, told.reason) == (503, "wait_too_long", "shed")


async def test_a_full_queue_says_so() -> None:
    """Where no place is left, code and reason are `queue_full`, and the sentence does not blame a wait."""
    told, _ = await refusal(full_gate(Clock(), most=0))
    assert (told.status, told.code, told.reason) == (503, "queue_full", "queue_full")
    assert "no place is left" in told.message
    assert "too long" not in told.message


@pytest.mark.parametrize(("reset", "told_in"), [(50.0, 48.0), (3600.0, 60.0)])
async def test_nobody_waits_for_a_quota_that_comes_back_too_late(reset: float, told_in: float) -> None:
    """Where the provider has told that its quota is used up for longer than the caller waits, he is refused at once."""
    clock = Clock()
    limiters = Limiters(clock.now, lambda target: Limiter(clock.now))
    gate = gate_of(clock, limiters)
    limiters.of(TARGET).learn(LimitState(requests_left=0, requests_limit=5, requests_reset=reset))
    told, route = await refusal(gate, wait=40.0)
    assert (told.code, told.retry_after, route.waited) == ("wait_too_long", told_in, 2.0)  # after one look round


async def test_a_quota_that_comes_back_in_time_is_waited_for() -> None:
    """Where the reset is within the time that the caller has, he waits for it."""
    clock = Clock()
    limiters = Limiters(clock.now, lambda target: Limiter(clock.now))
    gate = gate_of(clock, limiters)
    limiters.of(TARGET).learn(LimitState(requests_left=0, requests_limit=5, requests_reset=20.0))
    turns = gate.turns(Plan(), Asker("ans_1", "app", wait=40.0, route=Route()), [])
    assert (await anext(turns)).permit is not None
    await turns.aclose()


async def test_a_wait_in_vain_is_counted() -> None:
    """Who waits until his time is over is refused for the wait, and the seconds are noted."""
    clock = Clock()
    told, route = await refusal(full_gate(clock))
    assert (told.code, told.reason) == ("wait_too_long", "wait_too_long")
    assert route.waited == clock.seconds == 12.0
