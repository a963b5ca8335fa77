"""One connection to a provider, and the exchange that is on it.

    idle -> asked -> head -> body -> complete -> idle again, or closed
              +--------+-------+------------------> failed

What arrives is parsed by httptools and kept until it is asked for; when nobody asks, reading is paused, so a provider that is
faster than the caller is slowed down by TCP itself.
"""

from __future__ import annotations

import asyncio
import zlib

import httptools

from sanspanne.providers.transport import TransportError

MOST_KEPT = 64 * 1024  # bytes of a body that nobody has asked for yet; then reading pauses
MOST_HEAD = 64 * 1024
MOST_UNPACKED = 16 * 1024 * 1024  # bytes out of one piece: more is no answer but an attack
INFORMATIONAL = range(100, 200)
ENCODINGS = ("gzip", "x-gzip", "deflate")


class Connection(asyncio.Protocol):
    """Carries one exchange at a time."""

    __slots__ = (
        "_head_size",
        "_keeps",
        "_kept",
        "_loop",
        "_parser",
        "_paused",
        "_pieces",
        "_transport",
        "_unpack",
        "_waiter",
        "answering",
        "closed",
        "complete",
        "error",
        "has_head",
        "headers",
        "status",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._paused = False
        self.closed = False
        self._reset()

    def _reset(self) -> None:
        self._pieces: list[bytes] = []
        self._kept = 0
        self._keeps = False
        self._head_size = 0
        self._unpack: zlib._Decompress | None = None
        self.status = 0
        self.headers: dict[str, str] = {}
        self.answering = False  # something of an answer has come
        self.has_head = False
        self.complete = False
        self.error: TransportError | None = None

    # --- what the transport does

    def ask(self, request: bytes) -> None:
        """Begin an exchange."""
        assert self._transport is not None
        self._transport.write(request)

    async def head(self) -> None:
        """Wait until status and headers are there. Raises `TransportError`."""
        while not self.has_head:
            if self.error is not None:
                raise self.error
            await self._news()

    async def body(self, most: int) -> bytes:
        """What has come of the body, one to `most` bytes; b"" at its end. Raises `TransportError`."""
        while not self._pieces:
            if self.error is not None:
                raise self.error
            if self.complete:
                return b""
            await self._news()
        data = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        data, rest = data[:most], data[most:]
        self._pieces = [rest] if rest else []
        self._kept = len(rest)
        if self._paused and self._kept <= MOST_KEPT and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        return data

    def renew(self) -> bool:
        """Make ready for another exchange; False if the connection is of no more use."""
        usable = self.complete and not self.closed and not self._pieces and self._keeps
        if usable:
            self._reset()
        return usable

    def abort(self) -> None:
        """Drop the connection at once."""
        self.closed = True
        if self._transport is not None:
            self._transport.abort()

    async def _news(self) -> None:
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _fail(self, reason: str, message: str) -> None:
        if self.error is None and not self.complete:
            self.error = TransportError(reason, message)
        self.abort()
        self._wake()

    # --- what the loop tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        self._transport = transport  # type: ignore[assignment]  # a stream's transport is a Transport; uvloop's has no common base

    def data_received(self, data: bytes) -> None:
        """Bytes have come. Bytes without a question, or after an answer's end, make the connection useless."""
        if self.complete:
            self.abort()
            return
        self.answering = True
        if not self.has_head:
            self._head_size += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade, zlib.error):
            self._fail("protocol", "what came back is not HTTP")
            return
        if self._head_size > MOST_HEAD and not self.has_head:
            self._fail("protocol", f"the head of the answer has more than {MOST_HEAD} bytes")
            return
        if self._kept > MOST_KEPT and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has gone. A body without an announced end ends so; any other is cut."""
        self.closed = True
        if self.has_head and not self.complete and exc is None and self._ends_with_the_connection():
            self.complete = True
        elif not self.complete and self.error is None:
            if self.has_head and exc is None:
                self.error = TransportError("cut", "the body ended before its announced end")
            else:
                self.error = TransportError("reset", "the connection was closed before the answer was whole")
        self._wake()

    def _ends_with_the_connection(self) -> bool:
        return (
            "content-length" not in self.headers and "chunked" not in self.headers.get("transfer-encoding", "").lower()
        )

    # --- what the parser tells

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; a trailer says nothing that we need. Of a repeated one the values are joined."""
        if self.has_head:
            return
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        self.headers[key] = f"{self.headers[key]}, {text}" if key in self.headers else text

    def on_headers_complete(self) -> None:
        """The head is whole, unless it only says that an answer will come."""
        if self._parser.get_status_code() in INFORMATIONAL:
            self.headers = {}
            return
        self.status = self._parser.get_status_code()
        self.has_head = True
        if self.headers.get("content-encoding", "").lower() in ENCODINGS:
            self._unpack = zlib.decompressobj(wbits=47)  # gzip or zlib, as it comes; nobody asked for either

    def on_body(self, body: bytes) -> None:
        """More of the body."""
        if self._unpack is not None:
            body = self._unpack.decompress(body, MOST_UNPACKED)
            if self._unpack.unconsumed_tail:
                raise zlib.error("too much in too little")
        if body:
            self._pieces.append(body)
            self._kept += len(body)

    def on_message_complete(self) -> None:
        """The answer is whole."""
        if self.has_head:
            self.complete = True
            self._keeps = self._parser.should_keep_alive()  # right only here: the parser forgets
