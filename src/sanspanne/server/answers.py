"""`/v1/answers/{id}`: an answer that was detached or deferred, looked at, followed again, forgotten.

    GET     /v1/answers/{id}                    how it stands; a kept question is fetched here
    GET     /v1/answers/{id}/events?after=N     the events after number N, then those to come (`Last-Event-ID: N` says the same)
    DELETE  /v1/answers/{id}                    given up if it runs, and forgotten

For the caller's key that asked, and for nobody else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qs

import msgspec
from msgspec.structs import replace

from sanspanne.answers.account import account
from sanspanne.dialects.base import Dialect
from sanspanne.errors import invalid_request
from sanspanne.server.chat import Answers
from sanspanne.server.exchange import Exchange
from sanspanne.server.kept import PREFIX
from sanspanne.server.queue import NOBODY, Queue, outlook_object
from sanspanne.server.relay import Relay
from sanspanne.server.stream import Patience, answer_headers
from sanspanne.server.watcher import while_attached
from sanspanne.server.wishes import event_number

EVENTS = "/events"


class AnswersHandler:
    """Answers requests for answers. `dialects` are those in which questions come, by name."""

    def __init__(
        self, answers: Answers, dialects: Mapping[str, Dialect], patience: Patience, queue: Queue = NOBODY
    ) -> None:
        self._answers = answers
        self._queue = queue
        self._dialects = dialects
        self._patience = replace(patience, hold=0.0)  # who asks for events knows that there is an answer

    def methods(self, path: str) -> dict[str, Callable[[Exchange, str], Awaitable[None]]] | None:
        """Who answers which method at `path`; None if it is not an answer's."""
        name = path.removeprefix(PREFIX)
        if name == path or not name.removesuffix(EVENTS):
            return None
        return {"GET": self.events} if name.endswith(EVENTS) else {"GET": self.describe, "DELETE": self.forget}

    async def describe(self, exchange: Exchange, key: str) -> None:
        """How an answer stands. Raises `CallerError` (404, 410)."""
        answer = await self._answers.fetch(key, _name(exchange))
        told = account(answer, self._answers.place(answer))
        if told["status"] == "kept" and (outlook := self._queue.outlook(answer.id)) is not None:
            told |= outlook_object(outlook)
        await exchange.respond(200, msgspec.json.encode(told), headers=answer_headers(answer))
        if exchange.method == "GET":
            await self._answers.fetched(answer)

    async def events(self, exchange: Exchange, key: str) -> None:
        """The events that are missing, and those to come. Raises `CallerError` (400, 404, 410)."""
        answer = await self._answers.fetch(key, _name(exchange))
        exchange.errors = self._dialects[answer.request.dialect]  # from here on it is in the words of the question
        if not answer.request.stream:
            raise invalid_request(
                f"This answer is one JSON body and has no events; it is at {PREFIX}{answer.id} when it is whole."
            )
        after = _after(exchange)
        answer.require(after)
        relay = Relay(exchange, answer, self._dialects[answer.request.dialect], self._patience, after)
        if exchange.method == "HEAD":
            await relay.head()
        else:
            await while_attached(exchange, relay.run())
            await self._answers.fetched(answer)

    async def forget(self, exchange: Exchange, key: str) -> None:
        """Give an answer up, and forget it. Raises `CallerError` (404, 410)."""
        await self._answers.forget(key, _name(exchange))
        await exchange.start(204, [])
        await exchange.finish()


def _name(exchange: Exchange) -> str:
    return exchange.path.removeprefix(PREFIX).removesuffix(EVENTS)


def _after(exchange: Exchange) -> int:
    """The number of the last event that the caller has seen; the address goes before the header."""
    query = parse_qs(exchange.scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    if "after" in query:
        return event_number(query["after"][-1], "The parameter after", "after")
    return event_number(exchange.headers.get("last-event-id", "0"), "The header last-event-id", "last-event-id")
