"""Hedging before the first token: two targets race, the first to speak is kept.

    wait `delay` for the first; if it has said nothing, start the second beside it; whoever yields first wins, the other is
    closed at once; if one fails the other runs on alone; if both fail, the failure of the first target is raised.

Hedges are paid from the retry budget, by whoever starts the race: see `pipeline.py`. Source: J. Dean and L. Barroso, "The Tail
at Scale", CACM 56(2), 2013.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import TypeVar

T = TypeVar("T")
Runner = AsyncGenerator[T, None]


async def race(first: Runner[T], second: Callable[[], Runner[T] | None], delay: float) -> tuple[Runner[T], T]:
    """The winner and its first batch; the loser is closed. Raises what `first` raised when neither speaks."""
    runners: dict[asyncio.Future[T], Runner[T]] = {asyncio.ensure_future(anext(first)): first}
    try:
        done, _ = await asyncio.wait(runners, timeout=delay)
        if not done and (other := second()) is not None:
            runners[asyncio.ensure_future(anext(other))] = other
        return await _winner(runners)
    finally:
        await _close_the_rest(runners)


async def _winner(runners: dict[asyncio.Future[T], Runner[T]]) -> tuple[Runner[T], T]:
    first = next(iter(runners))
    failed: BaseException | None = None
    while runners:
        done, _ = await asyncio.wait(runners, return_when=asyncio.FIRST_COMPLETED)
        for future in [future for future in runners if future in done]:  # in the order in which they were started
            runner = runners.pop(future)
            error = future.exception()
            if error is None:
                return runner, future.result()
            if failed is None or future is first:
                failed = error
    assert failed is not None
    raise failed


async def _close_the_rest(runners: dict[asyncio.Future[T], Runner[T]]) -> None:
    for future, runner in runners.items():
        future.cancel()
        await asyncio.gather(future, return_exceptions=True)
        await runner.aclose()
