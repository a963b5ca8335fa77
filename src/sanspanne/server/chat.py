"""A chat request, from its body to the last byte of its answer.

body -> dialect.read_request -> answers.open -> follow -> one JSON body, or a stream
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from sanspanne.answers.route import Caller, Route
from sanspanne.chat import Batches, Begun, ChatRequest, Frame
from sanspanne.dialects.base import Dialect, Identity, StreamWriter
from sanspanne.errors import CallerError, Failure, SanspanneError, Unanswered
from sanspanne.server.body import BodyLimits, read_body
from sanspanne.server.exchange import Exchange
from sanspanne.server.refusals import shutting_down, to_caller
from sanspanne.server.stream import Line, Patience, route_headers
from sanspanne.server.watcher import while_attached
from sanspanne.server.wishes import read_wishes

log = logging.getLogger(__name__)

ReadRequest = Callable[[bytes, Mapping[str, str]], ChatRequest]


class Answer(Protocol):
    """An answer that has been opened. Its `route` is whole once the first batch was given."""

    @property
    def id(self) -> str:
        """What the answer is called."""
        ...

    @property
    def route(self) -> Route:
        """How it came about."""
        ...

    def follow(self) -> Batches:
        """Frames that have arrived together, the first batch from the first meaningful event on.

        Raises `Failure`, `Unanswered` or `CallerError`, before or after batches. Closing it says that the caller has left.
        """
        ...


class Answers(Protocol):
    """Where answers are opened."""

    def open(
        self,
        request: ChatRequest,
        caller: Caller,
        *,
        request_id: str,
        idempotency_key: str | None,
        detach: bool,
        body_hash: bytes,
    ) -> Answer:
        """An answer to `request`. Raises `CallerError`."""
        ...


class ChatHandler:
    """Answers chat requests of one dialect."""

    def __init__(
        self,
        dialect: Dialect,
        answers: Answers,
        limits: BodyLimits,
        patience: Patience,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._dialect = dialect
        self._answers = answers
        self._limits = limits
        self._patience = patience
        self._wall = wall

    async def __call__(self, exchange: Exchange, key: str) -> None:
        """Answer the request on `exchange`, whose caller has shown `key`. Raises `CallerError` while nothing is sent."""
        body = await read_body(exchange, self._limits)
        request = read_request(self._dialect.read_request, body, exchange)
        wishes = read_wishes(exchange.headers)
        answer = self._answers.open(
            request,
            Caller(key, wishes.allow, wishes.resume),
            request_id=exchange.request_id,
            idempotency_key=wishes.idempotency_key,
            detach=wishes.detach,
            body_hash=hashlib.sha256(body).digest() if wishes.idempotency_key else b"",
        )
        relay = self._stream if request.stream else self._whole
        await while_attached(exchange, relay(exchange, request, answer))

    async def _whole(self, exchange: Exchange, request: ChatRequest, answer: Answer) -> None:
        frames: list[Frame] = []
        batches = answer.follow()
        try:
            async for batch in batches:
                frames += batch
            body = self._body(frames, request, answer)
        except Exception as error:
            await exchange.refuse(explained(error, exchange), route_headers(answer.route))
        else:
            await exchange.respond(200, body, headers=route_headers(answer.route))
        finally:
            await batches.aclose()

    def _body(self, frames: Sequence[Frame], request: ChatRequest, answer: Answer) -> bytes:
        if len(frames) == 1 and frames[0].dialect == self._dialect.name and frames[0].raw:
            return frames[0].raw
        events = [event for frame in frames for event in frame.events]
        if not events:
            raise RuntimeError("an answer ended without saying anything")
        return self._dialect.write_answer(events, request, self._identity(frames, request, answer))

    async def _stream(self, exchange: Exchange, request: ChatRequest, answer: Answer) -> None:
        def writer(frames: Sequence[Frame]) -> StreamWriter:
            return self._dialect.writer(request, self._identity(frames, request, answer))

        line = Line(exchange, self._dialect.media_type(), answer.route, writer)
        batches = answer.follow()
        line.hold(self._patience)
        try:
            async for frames in batches:
                await line.write(frames)
            if not exchange.started:
                raise RuntimeError("an answer ended without saying anything")
            await line.end()
        except asyncio.CancelledError:
            if not exchange.left:  # the server stops, and the caller is still there to be told
                await line.fail(shutting_down())
            raise
        except Exception as error:
            await line.fail(explained(error, exchange))
        finally:
            line.close()
            await batches.aclose()

    def _identity(self, frames: Sequence[Frame], request: ChatRequest, answer: Answer) -> Identity:
        begun = (event for frame in frames for event in frame.events if isinstance(event, Begun))
        first = next(begun, None)
        model = first.model if first and first.model else answer.route.target.partition("/")[2]
        return Identity(answer.id, model or request.model, int(self._wall()))


class CountHandler:
    """Answers `/v1/messages/count_tokens`."""

    def __init__(
        self, read: ReadRequest, count: Callable[[ChatRequest, Caller], Awaitable[int]], limits: BodyLimits
    ) -> None:
        self._read = read
        self._count = count
        self._limits = limits

    async def __call__(self, exchange: Exchange, key: str) -> None:
        """Count the tokens of the request on `exchange`."""
        body = await read_body(exchange, self._limits)
        request = read_request(self._read, body, exchange)
        caller = Caller(key, read_wishes(exchange.headers).allow)
        await while_attached(exchange, self._respond(exchange, request, caller))

    async def _respond(self, exchange: Exchange, request: ChatRequest, caller: Caller) -> None:
        try:
            tokens = await self._count(request, caller)
        except Exception as error:
            await exchange.refuse(explained(error, exchange))
        else:
            await exchange.respond(200, msgspec.json.encode({"input_tokens": tokens}))


def read_request(read: ReadRequest, body: bytes, exchange: Exchange) -> ChatRequest:
    """The request in `body`. Raises `CallerError` (400), also for JSON nested so deep that no reader follows."""
    try:
        request = read(body, exchange.headers)
    except RecursionError:
        raise CallerError(400, "invalid_request", "The JSON of the request is nested too deeply.") from None
    request.size = len(body)
    return request


def explained(error: Exception, exchange: Exchange) -> CallerError:
    """What the caller is told of `error`; the operator's log is told what the caller is not."""
    told = to_caller(error, exchange.request_id, begun=exchange.started)
    if not isinstance(error, SanspanneError):
        log.error("%s %r: unexpected error", exchange.request_id, exchange.path, exc_info=error)
    elif told.status == 502 and isinstance(error, Failure | Unanswered):
        log.warning("%s: %s", exchange.request_id, _for_operator(error))
    return told


def _for_operator(error: Failure | Unanswered) -> str:
    failures = (error,) if isinstance(error, Failure) else error.failures
    return "; ".join(f"{failure.target}: {failure.name} {failure.message}" for failure in failures)
