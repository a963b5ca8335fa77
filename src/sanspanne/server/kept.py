"""A question that nobody can answer in time: its caller is told that it is kept, and where to come again.

Prefer: respond-async, wait=10  -->  200 and the answer, if it begins within 10 seconds (5 without `wait`)
                                     202 and its address, if it does not
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Protocol

import msgspec

from sanspanne.answers.kept_answer import KeptAnswer
from sanspanne.server.exchange import Exchange, RawHeaders
from sanspanne.server.stream import answer_headers

IN_TIME = 5.0  # seconds
SOONEST = 0.1  # seconds; a fault of the request itself, or a budget that is used up, is known by then and told at once
COME_AGAIN = 10  # seconds
PREFIX = "/v1/answers/"


class Defers(Protocol):
    """What keeps questions."""

    async def defer(self, answer: KeptAnswer) -> None:
        """Keep the question, and answer it later. Raises `CallerError` (503)."""
        ...


async def in_time(
    exchange: Exchange, answer: KeptAnswer, answers: Defers, relay: Coroutine[Any, Any, None], wait: float | None
) -> None:
    """Run `relay` if the answer begins within `wait` seconds; else its question is kept. Raises `CallerError` (503)."""
    try:
        with answer.followed(lambda: None):  # who leaves before he knows where to come again gives it up
            if await answer.begins(IN_TIME if wait is None else max(wait, SOONEST)):
                await relay
                return
            await answers.defer(answer)
        exchange.settled = exchange.settled or "kept"
        await _tell(exchange, answer)
    finally:
        relay.close()


async def _tell(exchange: Exchange, answer: KeptAnswer) -> None:
    address = PREFIX + answer.id
    told = {
        "id": answer.id,
        "object": "answer",
        "status": answer.status,
        "model": answer.request.model,
        "created": answer.created,
        "url": address,
        "events_url": f"{address}/events" if answer.request.stream else None,
        "expires": answer.expires,
        "message": "This question could not be answered in time. It is kept, and will be answered as soon as somebody can:"
        f" GET {address} says how it stands.",
    }
    headers: RawHeaders = [
        (b"location", address.encode()),
        (b"retry-after", str(COME_AGAIN).encode()),
        (b"preference-applied", b"respond-async"),
    ]
    await exchange.respond(202, msgspec.json.encode(told), headers=[*headers, *answer_headers(answer)])
