"""The race of two targets before the first token."""

import asyncio

import pytest

from sanspanne.attempts.hedge import race


class Runner:
    """An async generator that speaks when it is let, or fails; knows whether it was closed."""

    def __init__(self, word, *, speaks=True, error=None):
        self.word, self.error = word, error
        self.let = asyncio.Event()
        if speaks:
            self.let.set()
        self.closed = False

    async def run(self):
        try:
            await self.let.wait()
            if self.error:
                raise self.error
            yield self.word
        finally:
            self.closed = True


async def test_a_quick_first_runs_alone():
    """If the first target speaks in time, the second is never started."""
    first = Runner("a")
    winner, word = await race(first.run(), lambda: pytest.fail("the second was started"), delay=5)
    assert word == "a"
    await winner.aclose()


async def test_the_second_wins_over_a_silent_first():
    """If the first is silent, the second is started, wins, and the first is closed at once."""
    first, second = Runner("a", speaks=False), Runner("b")
    winner, word = await race(first.run(), second.run, delay=0)
    assert (word, first.closed, second.closed) == ("b", True, False)
    await winner.aclose()


async def test_without_budget_the_first_is_awaited():
    """When no second may be started, the race waits for the first."""
    first = Runner("a", speaks=False)
    asyncio.get_running_loop().call_soon(first.let.set)
    _, word = await race(first.run(), lambda: None, delay=0)
    assert word == "a"


async def test_one_failure_leaves_the_other_running():
    """If one of the two fails, the other one's answer counts."""
    first, second = Runner("a", speaks=False, error=RuntimeError("no")), Runner("b", speaks=False)

    def start():
        loop = asyncio.get_running_loop()
        loop.call_soon(first.let.set)
        loop.call_later(0.01, second.let.set)
        return second.run()

    _, word = await race(first.run(), start, delay=0)
    assert word == "b"


async def test_if_both_fail_the_first_failure_is_raised():
    """When neither speaks, the failure of the first target is raised, whichever of the two failed sooner."""
    first, second = Runner("a", error=RuntimeError("first")), Runner("b", error=RuntimeError("second"))
    with pytest.raises(RuntimeError, match="first"):
        await race(first.run(), second.run, delay=0)
    first, second = (
        Runner("a", speaks=False, error=RuntimeError("first")),
        Runner("b", speaks=False, error=RuntimeError("second")),
    )

    def start():
        loop = asyncio.get_running_loop()
        loop.call_soon(second.let.set)
        loop.call_later(0.01, first.let.set)
        return second.run()

    with pytest.raises(RuntimeError, match="first"):
        await race(first.run(), start, delay=0)


async def test_leaving_closes_both():
    """A caller who leaves during the race ends both calls."""
    first, second = Runner("a", speaks=False), Runner("b", speaks=False)
    started = asyncio.Event()

    def start():
        started.set()
        return second.run()

    task = asyncio.ensure_future(race(first.run(), start, delay=0))
    await started.wait()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert first.closed
    assert second.closed
