"""An answer of an earlier life, while nobody is there to go on with it: it is asked for again.

    asked --nobody could be reached, nothing new was said--> rests 0.5, 1, 2, 4, 5, 5 ... s --> asked again
      |                                                        60 s in all
      +-- anything else

A machine may be up before its network, and providers may be restarted together with us. Whoever still follows is patient: he has
been waiting through our death already.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing
from typing import Protocol

from msgspec import Struct

from sanspanne.chat import Batches
from sanspanne.errors import (
    CallerError,
    Failure,
    LocalNetworkFault,
    Overloaded,
    RampLimited,
    RateLimited,
    ServerFault,
    Stalled,
    Unanswered,
)

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0  # seconds
AT_MOST = 60.0  # seconds in all

NOT_THERE = ("resolve", "refused", "connect", "tls", "reset")  # reasons of a provider that could not be reached
RESTARTING = (502, 503, 504)  # what stands before a provider says so while he restarts


class Asking(Protocol):
    """How an answer is asked for when nobody gives it at once."""

    def drawn(self, ask: Callable[[], Batches], rest: Callable[[Awaitable[None]], Awaitable[None]]) -> Batches:
        """What `ask` gives, asked again if need be; `rest` lets others go first while it awaits the pause."""
        ...


class Patience(Struct, frozen=True):
    """Asks again. `now` is monotonic."""

    now: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]

    def drawn(self, ask: Callable[[], Batches], rest: Callable[[Awaitable[None]], Awaitable[None]]) -> Batches:
        """See `Asking`."""
        end, pauses = self.now() + AT_MOST, growing(FIRST_PAUSE, LONGEST_PAUSE)

        def pause(error: Unanswered | CallerError) -> Awaitable[None] | None:
            seconds = next(pauses)
            is_worth_it = isinstance(error, Unanswered) and may_pass(error) and self.now() + seconds <= end
            return self.sleep(seconds) if is_worth_it else None

        return asked_again(ask, rest, pause)


async def asked_again(
    ask: Callable[[], Batches],
    rest: Callable[[Awaitable[None]], Awaitable[None]],
    pause: Callable[[Unanswered | CallerError], Awaitable[None] | None],
) -> Batches:
    """What `ask` gives; while nothing new was said, it is asked again after the `pause` that its error is worth, if it is."""
    while True:
        has_begun = False
        try:
            async with aclosing(ask()) as batches:
                async for batch in batches:
                    has_begun = True
                    yield batch
            return
        except (Unanswered, CallerError) as error:
            awaited = None if has_begun else pause(error)
            if awaited is None:
                raise
        await rest(awaited)


def growing(first: float, longest: float) -> Iterator[float]:
    """Pauses in seconds, each twice the one before, up to the longest."""
    while True:
        yield first
        first = min(2 * first, longest)


def may_pass(error: Unanswered) -> bool:
    """Whether nobody was there just now, or had room: no failure says more than that, and not all is our own fault."""
    is_ours = bool(error.skipped) and all(obstacle.ours for _, obstacle in error.skipped)
    return all(map(_may_pass, error.failures)) and (bool(error.failures) or not is_ours)


def _may_pass(failure: Failure) -> bool:
    if isinstance(failure, ServerFault):  # he may as well have answered badly, and would again
        return failure.reason in NOT_THERE or failure.status in RESTARTING
    return isinstance(failure, LocalNetworkFault | Overloaded | RateLimited | RampLimited | Stalled)
