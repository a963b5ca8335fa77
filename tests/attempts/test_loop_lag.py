"""Our own lateness is not the provider's silence."""

import asyncio
import time

from sanspanne.attempts.loop_lag import LoopLag
from sanspanne.attempts.watchdog import Watchdog


async def until(condition):
    """Let the loop run until a condition holds."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


async def test_a_blocked_loop_is_noticed_and_forgotten():
    """A loop that was held up for a moment is known to be late, and some time afterwards not any more."""
    lag = LoopLag()
    lag.start()
    try:
        await until(lambda: lag._timer is not None)
        time.sleep(0.1)  # noqa: ASYNC251  # to hold the loop up is what this is about
        await until(lambda: lag.seconds() > 0.05)
        await until(lambda: lag.seconds() < 0.02)
    finally:
        lag.stop()


async def test_a_machine_that_slept_is_awake_soon(monkeypatch):
    """A lag counts for no more than its ceiling, however long everything stood still."""
    monkeypatch.setattr("sanspanne.attempts.loop_lag.MOST", 0.05)
    lag = LoopLag()
    lag.start()
    try:
        time.sleep(0.2)  # noqa: ASYNC251  # to hold the loop up is what this is about
        await until(lambda: lag.seconds() > 0)
        assert lag.seconds() <= 0.05
    finally:
        lag.stop()


async def test_a_timer_that_is_due_at_once_does_not_end_the_measuring(monkeypatch):
    """On a busy machine a timer may be due before it is set, and some loops then give a handle without a time."""
    loop, ticks = asyncio.get_running_loop(), []

    def at(when, call):
        ticks.append(when)
        return loop.call_soon(call) if len(ticks) < 5 else type(loop).call_at(loop, when, call)

    monkeypatch.setattr(loop, "call_at", at)
    lag = LoopLag()
    lag.start()
    try:
        for _ in range(10):
            await asyncio.sleep(0)
        assert len(ticks) == 5
    finally:
        lag.stop()


async def test_while_the_loop_is_late_nobody_is_bitten():
    """A clock that runs out while the loop lags waits until the loop has caught up, and then bites."""
    late = [0.021]
    bites, looks = [], []

    def lag():
        looks.append(1)
        return late[0]

    dog = Watchdog(asyncio.get_running_loop(), lambda: bites.append(1), lag)
    dog.feed(0.01, "first_token")
    await until(lambda: len(looks) >= 6 or bites)
    assert not bites
    late[0] = 0.0
    await until(lambda: bites)


async def test_a_loop_that_is_always_late_blames_in_the_end(monkeypatch):
    """However late the loop is, a silence does not last for ever."""
    monkeypatch.setattr("sanspanne.attempts.watchdog.PATIENCE", 0.1)
    bites = []
    dog = Watchdog(asyncio.get_running_loop(), lambda: bites.append(1), lambda: 0.03)
    dog.feed(0.01, "first_token")
    await until(lambda: bites)
