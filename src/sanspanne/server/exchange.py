"""One HTTP request and its response, as the handlers see them."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Protocol, TypeAlias

from sanspanne.answers.route import Route
from sanspanne.errors import CallerError, SanspanneError
from sanspanne.names import new_name

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
RawHeaders: TypeAlias = list[tuple[bytes, bytes]]

LONGEST_RETRY_AFTER = 60
LINGER_SECONDS = 1.0


class ErrorWriter(Protocol):
    """The part of a dialect that tells a caller what went wrong."""

    def write_error(self, error: CallerError, request_id: str) -> bytes:
        """The JSON body of `error`."""
        ...


class Answer(Protocol):
    """The answer that a caller waits for, as far as the books want to know it."""

    attached: bool

    @property
    def id(self) -> str: ...
    @property
    def route(self) -> Route: ...


class CallerLeft(SanspanneError):
    """The caller has closed his connection: nobody is left to be told anything."""


class Exchange:
    """A request with its head read, and the way back to its caller.

    `of_answers` gives what the head of an answer carries besides. `started` is set once the head of the response is sent,
    `complete` with its last byte, `left` when the caller has gone.

    For the books: `key` is the name of the caller's key, `model` what he asked for; `answer` is what he waits for, and `told`
    the error that he was told of. `settled` is `joined` or `kept`, where what becomes of the answer is counted elsewhere.
    """

    __slots__ = (
        "answer",
        "body_read",
        "complete",
        "errors",
        "headers",
        "key",
        "left",
        "method",
        "model",
        "of_answers",
        "path",
        "raw_send",
        "receive",
        "request_id",
        "scope",
        "settled",
        "started",
        "told",
    )

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.receive = receive
        self.raw_send = send
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.headers = _joined(scope["headers"])
        self.request_id = new_request_id()
        self.errors: ErrorWriter | None = None
        self.of_answers: Callable[[], RawHeaders] | None = None
        self.body_read = False
        self.started = False
        self.complete = False
        self.left = False
        self.key = ""
        self.model = ""
        self.answer: Answer | None = None
        self.told: CallerError | None = None
        self.settled = ""

    def attach(self, answer: Answer) -> None:
        """The caller waits for `answer`, which he has asked for."""
        self.answer = answer
        answer.attached = True

    def leave(self) -> None:
        """The caller has gone."""
        self.left = True
        if self.answer is not None:
            self.answer.attached = False

    async def start(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Send the head: `headers` and the request's id, which every response carries."""
        besides = self.of_answers() if status == 200 and self.of_answers is not None else ()
        sent = [*headers, *besides, *id_headers(self.request_id)]
        await self.raw_send({"type": "http.response.start", "status": status, "headers": sent})
        self.started = True

    async def write(self, data: bytes) -> None:
        """Send a piece of the body. Waits while the caller reads too slowly."""
        await self.raw_send({"type": "http.response.body", "body": data, "more_body": True})

    async def finish(self, data: bytes = b"") -> None:
        """Send the last piece of the body."""
        self.complete = True
        await self.raw_send({"type": "http.response.body", "body": data, "more_body": False})

    async def break_off(self, data: bytes, error: CallerError) -> None:
        """Send the last piece of a body that had begun, which tells of `error`."""
        self.told = error
        await self.finish(data)

    async def respond(
        self, status: int, body: bytes, *, media_type: bytes = b"application/json", headers: RawHeaders | None = None
    ) -> None:
        """Send a whole response, never to be cached."""
        await self.start(status, [*_entity(body, media_type), *(headers or [])])
        await self.finish(body)

    async def refuse(self, error: CallerError, headers: RawHeaders | None = None) -> None:
        """Send `error` in the words of the caller's dialect."""
        assert self.errors is not None
        self.told = error
        body = self.errors.write_error(error, self.request_id)
        head = [*_entity(body, b"application/json"), *error_headers(error), *(headers or [])]
        if not self._body_pending():
            await self.start(error.status, head)
            await self.finish(body)
            return
        await self.start(error.status, [*head, (b"connection", b"close")])
        await self.write(body)
        await self._linger()
        await self.finish()

    def _body_pending(self) -> bool:
        if self.body_read:
            return False
        return self.headers.get("content-length", "0") != "0" or "transfer-encoding" in self.headers

    async def _linger(self) -> None:
        """Throw away what still comes, for a moment: closing on unread bytes would reset the connection and lose the answer."""
        try:
            async with asyncio.timeout(LINGER_SECONDS):
                while (await self.receive()).get("more_body"):
                    pass
        except TimeoutError:
            return


def new_request_id() -> str:
    """A name for a request, which nobody can guess or repeat."""
    return new_name("req_")


def id_headers(request_id: str) -> RawHeaders:
    """The request's id, under the names that OpenAI's and Anthropic's clients look for."""
    value = request_id.encode()
    return [(b"x-request-id", value), (b"request-id", value)]


def error_headers(error: CallerError) -> RawHeaders:
    """Whether and when it is worth asking again: whole seconds, at least 1 and at most 60."""
    headers: RawHeaders = []
    if error.should_retry is not None:
        headers.append((b"x-should-retry", b"true" if error.should_retry else b"false"))
    if error.retry_after is not None:
        seconds = max(1, min(LONGEST_RETRY_AFTER, math.ceil(error.retry_after)))
        headers.append((b"retry-after", str(seconds).encode()))
    return headers


def _entity(body: bytes, media_type: bytes) -> RawHeaders:
    return [
        (b"content-type", media_type),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]


def _joined(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by lower-case name; a repeated one is joined by commas, as RFC 9110 has it."""
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers
