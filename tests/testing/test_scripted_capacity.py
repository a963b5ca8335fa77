"""What a scripted provider carries: limits that change, queues, and those who slow down before they fall over."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress

import pytest
from raw_client import ask
from test_scripted_life import Clock, Gate, started

from sanspanne.testing import Capacity, Fail, ScriptedProvider
from sanspanne.testing.capacity import Crashed, Full


class AtTheDoor(Fail):
    """A failure that needs no room."""

    takes_room = False


async def enter(capacity: Capacity, stack: AsyncExitStack, clock: Clock, count: int = 1) -> None:
    """So many questions more have a place."""
    for _ in range(count):
        await stack.enter_async_context(capacity.slot(clock))


async def holding(capacity: Capacity, clock: Clock, leave: asyncio.Event) -> None:
    """Have a place until told to leave it."""
    async with capacity.slot(clock):
        await leave.wait()


async def settle() -> None:
    """Whatever can happen now has happened."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_limit_that_shrinks_turns_nobody_out() -> None:
    """Who has a place keeps it; new questions find the new limit, and the old one when it is back."""
    clock, capacity = Clock(), Capacity(2)
    async with AsyncExitStack() as stack:
        await enter(capacity, stack, clock, 2)
        capacity.limit = 1
        assert capacity.active == 2
        with pytest.raises(Full):
            await enter(capacity, stack, clock)
        capacity.limit = 3
        await enter(capacity, stack, clock)
    assert capacity.active == 0


async def test_a_limit_that_grows_lets_those_in_who_wait() -> None:
    """As many of the queue as have room now, the first ones first."""
    clock, leave = Clock(), asyncio.Event()
    capacity = Capacity(1, "queue")
    tasks = [asyncio.ensure_future(holding(capacity, clock, leave)) for _ in range(4)]
    await settle()
    assert (capacity.active, capacity.waiting) == (1, 3)
    capacity.limit = 3
    assert (capacity.active, capacity.waiting) == (3, 1)
    leave.set()
    await asyncio.gather(*tasks)
    assert (capacity.active, capacity.waiting) == (0, 0)


@pytest.mark.parametrize("let_in", [False, True])
async def test_who_leaves_the_queue_takes_no_place_along(let_in: bool) -> None:
    """A question that is called off while it waits, even in the moment in which its turn comes, leaves its place to others."""
    clock, leave = Clock(), asyncio.Event()
    capacity = Capacity(1, "queue")
    tasks = [asyncio.ensure_future(holding(capacity, clock, leave)) for _ in range(3)]
    await settle()
    if let_in:
        capacity.limit = 2
    tasks[1].cancel()
    capacity.limit = 1
    await settle()
    leave.set()
    await asyncio.gather(tasks[0], tasks[2])
    assert (capacity.active, capacity.waiting) == (0, 0)


async def test_an_overrun_that_lasts_ends_in_a_crash() -> None:
    """Above `crash_at` times its limit for `crash_after` seconds it falls over, and recovers after `recovery`."""
    clock = Clock()
    capacity = Capacity(2, "slow", crash_at=1.5, crash_after=3.0, recovery=10.0)
    async with AsyncExitStack() as stack:
        await enter(capacity, stack, clock, 3)
        clock.now += 2.9
        await enter(capacity, stack, clock)
        clock.now += 0.1
        with pytest.raises(Crashed):
            await enter(capacity, stack, clock)
    assert capacity.crashes == 1
    assert capacity.down(clock.now + 9.9)
    clock.now += 10
    async with capacity.slot(clock):
        assert capacity.active == 1


async def test_a_short_overrun_is_survived() -> None:
    """The seconds count from the beginning of one overrun; what comes after a calm is a new one."""
    clock = Clock()
    capacity = Capacity(2, "slow", crash_at=1.5, crash_after=3.0)
    for _ in range(3):
        async with AsyncExitStack() as stack:
            await enter(capacity, stack, clock, 3)
            clock.now += 2.9
    assert capacity.crashes == 0


async def test_a_crash_drops_the_work_for_those_who_have_left_too() -> None:
    """A provider that works on for clients who have left starts again with nothing to do."""
    gate, clock = Gate(), Clock()
    capacity = Capacity(1, "crash", service_time=1.0, works_on=True, recovery=5.0)
    async with ScriptedProvider(capacity=capacity, sleep=gate, clock=clock) as provider:
        (first,) = await started(provider, 1)
        assert (await ask(provider)).ending == "reset"
        with suppress(ConnectionError):
            await first
        await settle()
        assert capacity.active == 0


async def test_a_script_for_the_door_needs_no_room() -> None:
    """What a provider says at its door it says to everybody, however full it is."""
    gate = Gate()
    async with ScriptedProvider(capacity=Capacity(1, service_time=1.0), sleep=gate) as provider:
        tasks = await started(provider, 1)
        provider.script = AtTheDoor(500)
        assert (await ask(provider)).status == 500
        assert provider.capacity is not None
        assert provider.capacity.rejected == 0
        gate.event.set()
        await asyncio.gather(*tasks)
