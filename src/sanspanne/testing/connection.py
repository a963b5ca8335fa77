"""One client's connection to a scripted provider: HTTP/1.1 by hand, so that it can also be done wrong.

A script writes a response through `head`, `send` and `end`, and spoils it with `raw`, `hang_up` and `reset`. No HTTP server
library would let it.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import parse_qsl

import httptools
from msgspec import Struct

CLOUDFLARE = {520: "Web Server Returned an Unknown Error", 522: "Connection Timed Out", 529: "Overloaded"}


class Request(Struct, frozen=True):
    """A request as it came. Header names are lower-case; `body` is undecoded."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    keep_alive: bool = True

    def __repr__(self) -> str:  # the headers hold the caller's key
        return f"Request({self.method} {self.target}, {len(self.body)} bytes)"

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        """What stands behind it in the target, decoded."""
        return dict(parse_qsl(self.target.partition("?")[2]))


class Connection(asyncio.Protocol):
    """A client's connection. `serve` is awaited once per request, one request after the other.

    `left` is set when the client has gone. While `works_on` is False that also cancels the serving of its request;
    otherwise the work goes on and what it sends goes nowhere.
    """

    def __init__(
        self,
        serve: Callable[[Connection, Request], Awaitable[None]],
        accept: Callable[[Connection], None] = lambda connection: None,
        leave: Callable[[Connection], None] = lambda connection: None,
    ) -> None:
        self._serve, self._accept, self._leave = serve, accept, leave
        self._transport: asyncio.Transport
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: deque[Request] = deque()
        self._task: asyncio.Task[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._chunked = False
        self._keep_alive = True
        self._target, self._headers, self._body = "", dict[str, str](), bytearray()
        self.left = asyncio.Event()
        self.works_on = False
        self.sent = 0

    # --- the response

    def head(self, status: int, headers: Mapping[str, str], length: int | None = None) -> None:
        """Write the status line and the headers. Without a `length` in bytes the body is chunked."""
        self._chunked = length is None
        framing = "transfer-encoding: chunked" if length is None else f"content-length: {length}"
        lines = [f"HTTP/1.1 {status} {_phrase(status)}", framing, *(f"{k}: {v}" for k, v in headers.items())]
        self.raw("\r\n".join([*lines, "", ""]).encode("latin-1"))

    async def send(self, data: bytes) -> None:
        """Write a piece of the body and wait until the client takes more. Counted in `sent`."""
        if data:
            self.sent += len(data)
            self.raw(b"%x\r\n%b\r\n" % (len(data), data) if self._chunked else data)
        await self._writable.wait()

    def raw(self, data: bytes) -> None:
        """Write bytes as they are, outside any framing."""
        if not self._transport.is_closing():
            self._transport.write(data)

    def end(self) -> None:
        """End the response properly; the connection may serve another request."""
        if self._chunked:
            self.raw(b"0\r\n\r\n")
        if not self._keep_alive:
            self.hang_up()

    def hang_up(self) -> None:
        """Close the connection (FIN) after what has been written, wherever the response is."""
        self._transport.close()

    def reset(self) -> None:
        """Break the connection off (RST), wherever the response is."""
        raw_socket = self._transport.get_extra_info("socket")
        if raw_socket is not None and not self._transport.is_closing():
            raw_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    @property
    def closed(self) -> bool:
        """Whether either side has closed the connection."""
        return self._transport.is_closing()

    # --- asyncio calls these

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance
        self._accept(self)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.head(400, {"connection": "close"}, 0)
            self.hang_up()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._writable.set()
        self.left.set()
        if self._task is not None and not self.works_on:
            self._task.cancel()
        self._leave(self)

    # --- httptools calls these

    def on_message_begin(self) -> None:
        self._target, self._headers, self._body = "", {}, bytearray()

    def on_url(self, url: bytes) -> None:
        self._target += url.decode("latin-1")

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        if self._headers.get("expect", "").lower() == "100-continue":
            self.raw(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        method = self._parser.get_method().decode("latin-1")
        keep_alive = self._parser.should_keep_alive()
        self._waiting.append(Request(method, self._target, self._headers, bytes(self._body), keep_alive))
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._serve_all())

    # --- one request after the other

    async def _serve_all(self) -> None:
        try:
            while self._waiting and not self.closed:
                request = self._waiting.popleft()
                self._keep_alive, self.sent = request.keep_alive, 0
                await self._serve(self, request)
        finally:
            self._task = None

    def stop(self) -> asyncio.Task[Any] | None:
        """Close the connection and cancel its work; the task to wait for, if there was any."""
        task = self._task
        if task is not None:
            task.cancel()
        self._transport.abort()
        return task


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return CLOUDFLARE.get(status, "Unknown")
