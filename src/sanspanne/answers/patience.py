"""An answer of an earlier life, while nobody is there to go on with it: it is asked for again.

    asked --nobody could be reached, nothing new was said--> rests 0.5, 1, 2, 4, 5, 5 ... s --> asked again
      |                                                        60 s in all
      +-- anything else

A machine may be up before its network, and providers may be restarted together with us. Whoever still follows is patient: he has
been waiting through our death already.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Protocol

from msgspec import Struct

from sanspanne.chat import Batches
from sanspanne.errors import (
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

    async def drawn(self, ask: Callable[[], Batches], rest: Callable[[Awaitable[None]], Awaitable[None]]) -> Batches:
        """What `ask` gives, asked again if need be; `rest` lets others go first while it awaits the pause."""
        end, pause, has_begun = self.now() + AT_MOST, FIRST_PAUSE, False
        while True:
            try:
                async with aclosing(ask()) as batches:
                    async for batch in batches:
                        has_begun = True
                        yield batch
                return
            except Unanswered as error:
                if has_begun or not may_pass(error) or self.now() + pause > end:
                    raise
            await rest(self.sleep(pause))
            pause = min(2 * pause, LONGEST_PAUSE)


def may_pass(error: Unanswered) -> bool:
    """Whether nobody was there just now, or had room: no failure says more than that, and not all is our own fault."""
    is_ours = bool(error.skipped) and all(obstacle.ours for _, obstacle in error.skipped)
    return all(map(_may_pass, error.failures)) and (bool(error.failures) or not is_ours)


def _may_pass(failure: Failure) -> bool:
    if isinstance(failure, ServerFault):  # he may as well have answered badly, and would again
        return failure.reason in NOT_THERE or failure.status in RESTARTING
    return isinstance(failure, LocalNetworkFault | Overloaded | RateLimited | RampLimited | Stalled)
