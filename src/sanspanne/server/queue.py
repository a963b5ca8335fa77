"""Who waits, and for how long: `GET /v1/queue`, and what a waiting line says of itself.

GET /v1/queue                the caller's own answers that wait, and how many wait in all
in a stream                  : sanspanne queue position=3 of=17 wait=4-9        (seconds; `wait=unknown` where it is)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from sanspanne.server.exchange import Exchange

WAITING = "waiting for an answer"


class Outlook(Protocol):
    """What somebody who waits is told (see admission/ticket.py)."""

    @property
    def position(self) -> int: ...
    @property
    def of(self) -> int: ...
    @property
    def low(self) -> float | None: ...
    @property
    def high(self) -> float | None: ...


class Queue(Protocol):
    """A view of those who wait."""

    def outlook(self, answer_id: str) -> Outlook | None:
        """Of one answer; None if it does not wait."""
        ...

    def outlooks(self, tenant: str) -> Mapping[str, Outlook]:
        """Of all answers of one key that wait, by their ids."""
        ...

    def __len__(self) -> int:
        """How many wait in all."""
        ...


class Nobody:
    """A queue in which nobody ever waits."""

    def outlook(self, answer_id: str) -> None:
        """None."""
        del answer_id

    def outlooks(self, tenant: str) -> Mapping[str, Outlook]:
        """Nothing."""
        del tenant
        return {}

    def __len__(self) -> int:
        return 0


NOBODY = Nobody()


class QueueHandler:
    """Answers `/v1/queue`."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    async def __call__(self, exchange: Exchange, key: str) -> None:
        """The caller's own answers, the next one first."""
        mine = sorted(self._queue.outlooks(key).items(), key=lambda item: item[1].position)
        account = {
            "object": "queue",
            "waiting": len(self._queue),
            "yours": [{"answer": name, **outlook_object(outlook)} for name, outlook in mine],
        }
        await exchange.respond(200, msgspec.json.encode(account))


def outlook_object(outlook: Outlook) -> dict[str, Any]:
    """As JSON; `wait` is the range in seconds, None where it is not known."""
    wait = None if outlook.low is None or outlook.high is None else [round(outlook.low, 1), round(outlook.high, 1)]
    return {"position": outlook.position, "of": outlook.of, "wait": wait}


def waiting_words(outlook: Outlook | None) -> str:
    """The comment that a silent line carries."""
    if outlook is None:
        return WAITING
    known = outlook.low is not None and outlook.high is not None
    wait = f"{outlook.low:.0f}-{outlook.high:.0f}" if known else "unknown"
    return f"sanspanne queue position={outlook.position} of={outlook.of} wait={wait}"
