"""The transport over aiohttp: the only file that knows the HTTP client."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
import time
from collections.abc import Mapping
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

import aiohttp
from yarl import URL

from sanspanne.providers.transport import Call, TransportError

# Errors of our own network: no route, no interface, no address to bind.
_LOCAL_ERRNO = frozenset({errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL, errno.EHOSTUNREACH, errno.EMFILE})
_READ_BUFFER = 64 * 1024
_AT_ONCE = 32 * 1024  # bytes; then it is the other answers' turn
_STALE_SECONDS = 1.0  # a kept connection that was given up shows it at once; later the provider had begun to work


class HttpUpstream:
    """One exchange over aiohttp."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self._content = response.content
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers
        self._more = False

    async def next_chunk(self) -> bytes:
        """See `Upstream.next_chunk`."""
        try:
            if self._more:
                await asyncio.sleep(0)
            chunk = await self._content.read(_AT_ONCE)
        except aiohttp.ClientPayloadError as error:
            raise TransportError("cut", "the body ended before its announced end") from error
        except (aiohttp.ClientError, OSError) as error:
            raise TransportError("reset", "the connection was reset") from error
        self._more = len(chunk) == _AT_ONCE
        return chunk

    def abort(self) -> None:
        """See `Upstream.abort`."""
        if not self._content.is_eof():
            self._response.close()


class HttpTransport:
    """A pool of keep-alive connections. The client bounds the making of a connection only: our own clocks do the rest.

    A server may give up a kept connection in the moment in which it is used again. A call that is cut off so, at once and
    without an answer, is sent a second time over a new connection: it says nothing about the provider.
    """

    def __init__(self, *, connect_seconds: float = 5.0) -> None:
        self._pool = _Pool(limit=0, ttl_dns_cache=300, keepalive_timeout=30)
        self._pooled = _session(self._pool, connect_seconds)
        self._fresh = _session(aiohttp.TCPConnector(limit=0, ttl_dns_cache=300, force_close=True), connect_seconds)
        self._url = lru_cache(maxsize=1024)(URL)

    async def open(self, call: Call) -> HttpUpstream:
        """See `Transport.open`."""
        started = time.monotonic()
        self._pool.made_one.set(False)
        try:
            return await self._send(self._pooled, call)
        except TransportError as error:
            at_once = time.monotonic() - started < _STALE_SECONDS
            if error.reason != "reset" or self._pool.made_one.get() or not at_once:
                raise
        return await self._send(self._fresh, call)

    async def _send(self, session: aiohttp.ClientSession, call: Call) -> HttpUpstream:
        try:
            response = await session.request(
                call.method, self._url(call.url), headers=call.headers, data=call.body or None, allow_redirects=False
            )
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise _transport_error(error) from error
        return HttpUpstream(response)

    async def close(self) -> None:
        """See `Transport.close`."""
        await self._pooled.close()
        await self._fresh.close()


class _Pool(aiohttp.TCPConnector):
    """Knows whether the call of the running task made a connection or got a kept one (the client's own way costs 10 us)."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.made_one = ContextVar("made_one", default=False)

    async def _create_connection(self, *args: Any, **options: Any) -> Any:
        self.made_one.set(True)
        return await super()._create_connection(*args, **options)


def _session(connector: aiohttp.TCPConnector, connect_seconds: float) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=connect_seconds, sock_read=None),
        auto_decompress=False,
        read_bufsize=_READ_BUFFER,
        skip_auto_headers=("accept", "accept-encoding", "user-agent", "content-type"),
    )


def _transport_error(error: Exception) -> TransportError:
    cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
    number = getattr(error, "errno", None) or getattr(cause, "errno", None)
    if isinstance(error, aiohttp.ClientConnectorDNSError | socket.gaierror):
        return TransportError("resolve", "the host's name could not be resolved", local=True)
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return TransportError("tls", "the TLS handshake failed")
    if number in _LOCAL_ERRNO:
        return TransportError("connect", "no connection could be made from this machine", local=True)
    if number == errno.ECONNREFUSED:
        return TransportError("refused", "the connection was refused")
    if isinstance(error, aiohttp.ServerDisconnectedError | ConnectionResetError | BrokenPipeError):
        return TransportError("reset", "the connection was closed before an answer came")
    if isinstance(error, asyncio.TimeoutError):
        return TransportError("connect_timeout", "no connection could be made in time")
    if isinstance(error, aiohttp.ClientResponseError | aiohttp.InvalidURL):
        return TransportError("protocol", "what came back is not HTTP")
    return TransportError("connect", "no connection could be made")
