"""Open, next chunk, abort: HTTP/1.1 behind the interface of `providers/transport.py`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from functools import lru_cache

from sanspanne.providers.http1.connection import Connection
from sanspanne.providers.http1.origin import Origin, place_of, request_bytes
from sanspanne.providers.http1.pool import Pool
from sanspanne.providers.transport import Call, TransportError

STALE_SECONDS = 1.0  # a kept connection that was given up shows it at once; later the provider had begun to work
AT_ONCE = 32 * 1024  # bytes; then it is the other answers' turn


class HttpUpstream:
    """One exchange; at its clean end the connection goes back to the pool."""

    def __init__(self, pool: Pool, origin: Origin, connection: Connection) -> None:
        self._pool = pool
        self._origin = origin
        self._connection: Connection | None = connection
        self._more = False
        self.status = connection.status
        self.headers: Mapping[str, str] = connection.headers

    async def next_chunk(self) -> bytes:
        """See `Upstream.next_chunk`."""
        connection = self._connection
        if connection is None:
            return b""
        if self._more:
            await asyncio.sleep(0)
        chunk = await connection.body(AT_ONCE)
        self._more = len(chunk) == AT_ONCE
        if not chunk:
            self._connection = None
            self._pool.give(self._origin, connection)
        return chunk

    def abort(self) -> None:
        """See `Upstream.abort`."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.abort()


class HttpTransport:
    """A pool of keep-alive connections. It bounds the making of a connection only: the attempts' clocks do the rest.

    A server may give up a kept connection in the moment in which it is used again. A call that finds it closed, at once and
    without one byte of an answer, is sent a second time over a new connection: that says nothing about the provider.
    """

    def __init__(self, *, connect_seconds: float = 5.0) -> None:
        self._pool = Pool(connect_seconds)
        self._place_of = lru_cache(maxsize=1024)(place_of)

    async def open(self, call: Call) -> HttpUpstream:
        """See `Transport.open`."""
        place = self._place_of(call.url)
        request = request_bytes(call, place)
        connection = self._pool.take(place.origin)
        if connection is not None:
            started = time.monotonic()
            try:
                return await self._exchange(place.origin, connection, request)
            except TransportError:
                if connection.answering or time.monotonic() - started > STALE_SECONDS:
                    raise
        return await self._exchange(place.origin, await self._pool.connect(place.origin), request)

    async def _exchange(self, origin: Origin, connection: Connection, request: bytes) -> HttpUpstream:
        try:
            connection.ask(request)
            await connection.head()
        except BaseException:
            connection.abort()
            raise
        return HttpUpstream(self._pool, origin, connection)

    async def close(self) -> None:
        """See `Transport.close`."""
        self._pool.close()
