"""What a connection may do before it is a request: uvicorn's parser, with bounds.

    a head of at most 64 KiB and 100 headers, whole within 10 s    else 431, or the connection is closed
    one request at a time                                           what is sent ahead is not read
    bytes that are not HTTP                                         400

Reads fields of uvicorn's protocol that are its own affair (`cycle`, `parser`, `url`, `flow`): tests/server hold them to it.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from typing import Any

import httptools
from msgspec import Struct
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sanspanne.errors import CallerError, invalid_request
from sanspanne.server.exchange import LINGER_SECONDS, Send

OFFER = (b"connection", b"upgrade", b"http2-settings")


class HeadLimits(Struct, frozen=True):
    """`size` in bytes, `count` of headers, `seconds` until the head must be whole."""

    size: int = 64 * 1024
    count: int = 100
    seconds: float = 10.0


class _TooMuch(Exception):
    """The head is larger than it may be."""


class _NoProxy(Exception):
    """CONNECT: we are taken for a proxy."""


class _SentAhead(Exception):
    """Another request came before the answer to this one was whole."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection. `refusal` makes the bytes of a whole response to a path's caller."""

    def __init__(self, limits: HeadLimits, refusal: Callable[[str, CallerError], bytes], **uvicorn: Any) -> None:
        super().__init__(**uvicorn)
        self._limits = limits
        self._refusal = refusal
        self._head_timer: asyncio.TimerHandle | None = None
        self._head_size = 0
        self._expects_head = True
        self._deaf = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection that never becomes a request is closed."""
        super().connection_made(transport)
        self._start_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the clock."""
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes from the caller; a deaf connection throws them away."""
        if self._deaf:
            return
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._stay_with_http(data[upgrade.args[0] :])
        except httptools.HttpParserError as error:
            self._on_broken(error.__context__)
        else:
            self._after(data)

    def _after(self, data: bytes) -> None:
        if self._busy():
            return
        if self._expects_head:
            self._head_size += len(data)
        if self._head_size > self._limits.size:
            self._on_broken(_TooMuch())
        elif self._head_timer is None:  # also for the rest of a body that nobody waits for
            self._start_clock()

    # --- what the parser calls

    def on_message_begin(self) -> None:
        """A request begins."""
        if self._busy():
            raise _SentAhead
        super().on_message_begin()
        self._parsed_size = 0

    def on_url(self, url: bytes) -> None:
        """A piece of the request's target."""
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header; a trailer behind the body is counted, and is none."""
        self._count(len(name) + len(value) + 4)
        if not self._expects_head:
            return
        super().on_header(name, value)
        if len(self.headers) > self._limits.count:
            raise _TooMuch

    def on_headers_complete(self) -> None:
        """The head is whole: uvicorn starts the request."""
        if self.parser.should_upgrade():
            if self.parser.get_method() == b"CONNECT":
                raise _NoProxy
            return
        self._stop_clock()
        self._expects_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is whole: what follows is another one's head."""
        if self.parser.should_upgrade():
            return
        super().on_message_complete()
        self._expects_head = True
        self._head_size = 0

    def _count(self, size: int) -> None:
        self._parsed_size += size
        if self._parsed_size > self._limits.size:
            raise _TooMuch

    def _stay_with_http(self, rest: bytes) -> None:
        """Read the request again without its offer to change the protocol (Java's client makes one with every request).

        The parser takes what follows such an offer for the other protocol, and so would lose the request's body.
        """
        kept = b"".join(name + b": " + value + b"\r\n" for name, value in self.headers if name not in OFFER)
        head = self.parser.get_method() + b" " + self.url + b" HTTP/1.1\r\n" + kept + b"\r\n"
        self.parser = httptools.HttpRequestParser(self)
        self.data_received(head + rest)

    # --- the ends of a connection

    def _busy(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _hear_no_more(self) -> None:
        """Let the running answer end, then close; what comes until then is not read."""
        self._deaf = True
        if self._busy():
            self.cycle.keep_alive = False
        else:
            self.transport.close()

    def _on_broken(self, cause: BaseException | None) -> None:
        if self._busy() and not self.cycle.more_body:
            self._hear_no_more()
            return
        self._deaf = True
        if self._busy():  # the handler still waits for a body that will never be whole
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            if self.cycle.response_started:
                self.transport.close()
                return
        self._refuse(_too_much(self._limits) if isinstance(cause, _TooMuch) else _not_http())

    def _refuse(self, error: CallerError) -> None:
        """Say why, and read on for a moment: closing on unread bytes would reset the connection and lose the answer."""
        self._stop_clock()
        path = getattr(self, "url", b"").decode("latin-1")
        self.transport.write(self._refusal(path, error))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._head_timer = self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _start_clock(self) -> None:
        self._head_timer = self.loop.call_later(self._limits.seconds, self.transport.close)

    def _stop_clock(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


class Shortcut:
    """Sends pieces of a body outside any task, as long as uvicorn would not wait with them."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._flow = getattr(getattr(send, "__self__", None), "flow", None)

    @property
    def is_open(self) -> bool:
        """Whether a piece can be sent without waiting: the caller reads fast enough, and it is uvicorn that sends."""
        return self._flow is not None and not self._flow.write_paused

    def send(self, data: bytes) -> None:
        """Send a piece; only while it is open."""
        sending = self._send({"type": "http.response.body", "body": data, "more_body": True}).__await__()
        try:
            next(sending)
        except StopIteration:
            return
        raise RuntimeError("uvicorn waits with sending although it may write")


def bounded(limits: HeadLimits, refusal: Callable[[str, CallerError], bytes]) -> Callable[..., BoundedProtocol]:
    """What uvicorn calls for each connection."""
    return functools.partial(BoundedProtocol, limits, refusal)


def _too_much(limits: HeadLimits) -> CallerError:
    return CallerError(
        431,
        "invalid_request",
        f"The head of the request is too large: it may have {limits.size // 1024} KiB and {limits.count} headers.",
        should_retry=False,
    )


def _not_http() -> CallerError:
    return invalid_request(
        "This is not a request in HTTP/1.1 that can be read. Send e.g. 'POST /v1/messages HTTP/1.1'."
    )
