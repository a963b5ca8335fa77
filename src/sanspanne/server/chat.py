"""A chat request, from its body to the last byte of its answer.

body -> dialect.read_request -> answers.open -> follow -> one JSON body, or a stream
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from sanspanne.answers.kept_answer import KeptAnswer
from sanspanne.answers.question import Question, hashed
from sanspanne.answers.recorded import RecordedAnswer
from sanspanne.answers.rendering import identity, json_body
from sanspanne.answers.route import Caller
from sanspanne.chat import Batches, ChatRequest, Frame
from sanspanne.dialects.base import Dialect, Identity, StreamWriter
from sanspanne.errors import CallerError
from sanspanne.server.body import BodyLimits, read_body
from sanspanne.server.exchange import Exchange, RawHeaders
from sanspanne.server.kept import in_time
from sanspanne.server.refusals import explained, shutting_down
from sanspanne.server.relay import Relay, relay_whole
from sanspanne.server.stream import Answer, Line, Patience, answer_headers
from sanspanne.server.watcher import while_attached
from sanspanne.server.wishes import Wishes, read_wishes

ReadRequest = Callable[[bytes, Mapping[str, str]], ChatRequest]
QuotaHeaders = Callable[[str, str], RawHeaders]  # what a key's limits are, in the names of a dialect


class DirectAnswer(Answer, Protocol):
    """An answer that has been opened for one attached caller."""

    attached: bool

    def follow(self) -> Batches:
        """Frames that have arrived together, the first batch from the first meaningful event on.

        Raises `Failure`, `Unanswered` or `CallerError`, before or after batches. Closing it says that the caller has left.
        """
        ...


class Answers(Protocol):
    """Where answers are opened."""

    def open(self, request: ChatRequest, caller: Caller, *, request_id: str) -> DirectAnswer:
        """An answer to `request` for one attached caller. Raises `CallerError`."""
        ...

    async def record(self, question: Question, after: int) -> RecordedAnswer:
        """An answer that can be followed again, or the one that this question has already. Raises `CallerError`."""
        ...

    async def defer(self, answer: KeptAnswer) -> None:
        """Keep the question, and answer it later. Raises `CallerError` (503)."""
        ...

    def place(self, answer: RecordedAnswer) -> int | None:
        """1 for the kept question that has waited longest, and so on; None for an answer that does not wait so."""
        ...

    async def fetch(self, key: str, name: str) -> RecordedAnswer:
        """The answer of that id. Raises `CallerError` (404, 410, 503)."""
        ...

    async def fetched(self, answer: RecordedAnswer) -> None:
        """Its caller has been told how it ended."""
        ...

    async def forget(self, key: str, name: str) -> None:
        """Give up an answer and forget it. Raises `CallerError` (404, 410)."""
        ...


class ChatHandler:
    """Answers chat requests of one dialect."""

    def __init__(
        self,
        dialect: Dialect,
        answers: Answers,
        limits: BodyLimits,
        patience: Patience,
        quota_headers: QuotaHeaders = lambda key, dialect: [],
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._dialect = dialect
        self._answers = answers
        self._limits = limits
        self._patience = patience
        self._quota_headers = quota_headers
        self._wall = wall

    async def __call__(self, exchange: Exchange, key: str) -> None:
        """Answer the request on `exchange`, whose caller has shown `key`. Raises `CallerError` while nothing is sent."""
        exchange.key = key
        body = await read_body(exchange, self._limits)
        request = read_request(self._dialect.read_request, body, exchange)
        exchange.model = request.model
        exchange.of_answers = lambda: self._quota_headers(key, self._dialect.name)
        wishes = read_wishes(exchange.headers)
        caller = wishes.caller(key)
        if wishes.are_recorded:
            await self._recorded(exchange, request, caller, body, wishes)
            return
        answer = self._answers.open(request, caller, request_id=exchange.request_id)
        exchange.attach(answer)
        relay = self._stream if request.stream else self._whole
        await while_attached(exchange, relay(exchange, request, answer))

    async def _recorded(
        self, exchange: Exchange, request: ChatRequest, caller: Caller, body: bytes, wishes: Wishes
    ) -> None:
        """The answer may be joined, or goes on without its caller: then it is followed, not drawn."""
        body_hash = hashed(request.dialect, body)
        question = Question(
            request, caller, body, body_hash, exchange.request_id, wishes.idempotency_key, wishes.detach
        )
        answer = await self._answers.record(question, wishes.after)
        if answer.request_id == exchange.request_id:
            exchange.attach(answer)
        else:
            exchange.answer, exchange.settled = answer, "joined"
        if request.stream:
            relay = Relay(exchange, answer, self._dialect, self._patience, wishes.after).run()
        else:
            relay = relay_whole(exchange, answer)
        if isinstance(answer, KeptAnswer):
            relay = in_time(exchange, answer, self._answers, relay, wishes.wait)
        await while_attached(exchange, relay)

    async def _whole(self, exchange: Exchange, request: ChatRequest, answer: DirectAnswer) -> None:
        frames: list[Frame] = []
        batches = answer.follow()
        try:
            async for batch in batches:
                frames += batch
            body = json_body(self._dialect, frames, request, self._identity(frames, request, answer))
        except Exception as error:
            await exchange.refuse(_explained(error, exchange), answer_headers(answer))
        else:
            await exchange.respond(200, body, headers=answer_headers(answer))
        finally:
            await batches.aclose()

    async def _stream(self, exchange: Exchange, request: ChatRequest, answer: DirectAnswer) -> None:
        def writer(frames: Sequence[Frame]) -> StreamWriter:
            return self._dialect.writer(request, self._identity(frames, request, answer))

        line = Line(exchange, self._dialect.media_type(), answer, writer)
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
            begun = exchange.started and bool(answer.route.target)  # the head alone, sent while he waited, says nothing
            await line.fail(explained(error, exchange.request_id, begun))
        finally:
            line.close()
            await batches.aclose()

    def _identity(self, frames: Sequence[Frame], request: ChatRequest, answer: Answer) -> Identity:
        return identity(answer.id, frames, request, answer.route, int(self._wall()))


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
            await exchange.refuse(_explained(error, exchange))
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


def _explained(error: Exception, exchange: Exchange) -> CallerError:
    return explained(error, exchange.request_id, begun=False)
