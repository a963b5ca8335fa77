"""A kept question, while nobody can answer it: it is asked again, for as long as it is kept.

    asked --nobody can answer now--> rests 5, 10, 20, 40, 60, 60 ... s, each between 0.8 and 1.2 times that --> asked again
      |
      +-- answered, or told something that time does not mend: the request itself is at fault

Where there is something to wait for, the pipeline waits by itself: the pauses are for what it cannot foresee.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from msgspec import Struct

from sanspanne.answers.patience import asked_again, growing
from sanspanne.chat import Batches
from sanspanne.errors import CallerError, ClientFault, ContentRefused, Unanswered

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 60.0  # seconds


class Later(Struct, frozen=True):
    """Asks again without end; who keeps the question says when it is enough. `chance` gives numbers from 0 to 1.

    `is_promised`: whether the caller was told that his question is kept.
    """

    sleep: Callable[[float], Awaitable[None]]
    chance: Callable[[], float]
    is_promised: Callable[[], bool] = lambda: True

    def drawn(self, ask: Callable[[], Batches], rest: Callable[[Awaitable[None]], Awaitable[None]]) -> Batches:
        """See `Asking`."""
        pauses = growing(FIRST_PAUSE, LONGEST_PAUSE)

        def pause(error: Unanswered | CallerError) -> Awaitable[None] | None:
            if not may_be_answered_later(error, self.is_promised()):
                return None
            return self.sleep(next(pauses) * (0.8 + 0.4 * self.chance()))

        return asked_again(ask, rest, pause)


def may_be_answered_later(error: Unanswered | CallerError, is_promised: bool) -> bool:
    """Whether time may mend it. A budget that is used up when the question is put is told; a kept question waits for that too."""
    if isinstance(error, CallerError):
        return error.status == 503 or (is_promised and error.status == 429)
    return not any(isinstance(failure, ClientFault | ContentRefused) for failure in error.failures)
