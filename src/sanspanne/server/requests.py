"""Every question that reached the edge, and how it ended: the books that have to agree.

    offered = the sum of all ended, by reason + open        at every moment

A request is offered when its head has been read, and has ended when its handler has: see `outcomes.py` for the reasons.
What is no HTTP request (its head is broken, or too large) never was offered.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from msgspec import Struct

from sanspanne.answers.route import Route
from sanspanne.outcomes import GIVEN_UP, REASONS, reason_of
from sanspanne.server.exchange import Exchange

COUNTED = frozenset({"/v1/chat/completions", "/v1/messages"})
REMEMBERED = 50
LONGEST_NAME = 200  # what a caller calls a model is his own text


class Ended(Struct, frozen=True):
    """One request that is over. `at` is in seconds since 1970; durations are in seconds, None where there was no first word."""

    at: float
    id: str
    key: str
    model: str
    target: str
    rung: str
    reason: str
    waited: float
    first_token: float | None
    seconds: float


class Requests:
    """Counts them. `now` is monotonic, `wall` in seconds since 1970."""

    def __init__(self, now: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time) -> None:
        self._now = now
        self._wall = wall
        self.offered = 0
        self.open = 0
        self.ended = dict.fromkeys(REASONS, 0)
        self._last: deque[tuple[float, str, str, str, str, float, Route | None]] = deque(maxlen=REMEMBERED)

    def begin(self) -> float:
        """One more is there; the moment of it, for `end`."""
        self.offered += 1
        self.open += 1
        return self._now()

    def end(self, exchange: Exchange, begun: float) -> None:
        """It is over."""
        reason, answer = reason_of_end(exchange), exchange.answer
        self.open -= 1
        self.ended[reason] += 1
        name, route = (exchange.request_id, None) if answer is None else (answer.id, answer.route)
        model = exchange.model[:LONGEST_NAME]
        self._last.append((self._wall(), name, exchange.key, model, reason, self._now() - begun, route))

    @property
    def agree(self) -> bool:
        """Whether all that were offered are accounted for."""
        return self.offered == sum(self.ended.values()) + self.open

    @property
    def recent(self) -> list[Ended]:
        """The last to have ended, the last first. Of a detached answer it is told what has become of it since."""
        return [_ended(*one) for one in reversed(self._last)]


def _ended(
    at: float, name: str, key: str, model: str, reason: str, seconds: float, route: Route | None = None
) -> Ended:
    route = route or Route()
    rung = "" if route.rung is None else route.rung.value
    return Ended(at, name, key, model, route.target, rung, reason, route.waited, route.first_token, seconds)


def reason_of_end(exchange: Exchange) -> str:
    """One of `REASONS`, for a request whose handler has ended."""
    if exchange.settled:
        return exchange.settled
    answer, told = exchange.answer, exchange.told
    begun = answer is not None and bool(answer.route.target)
    if exchange.left or (told is not None and told.reason == GIVEN_UP):
        return "left_reading" if begun else "left_waiting"
    if told is not None:
        return "broken" if begun else reason_of(told)
    if answer is None or answer.route.rung is None:
        return "internal"
    return answer.route.rung.value if exchange.complete else "broken"
