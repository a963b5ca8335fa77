"""Connections that may be used again, and the making of new ones.

A kept connection is used again within 30 s, the latest first. Addresses are asked of the resolver every 5 minutes; when it fails
the last ones known are used: the loss of DNS stops nobody who was reachable before. Of several addresses the first that answers
is taken (RFC 8305, by aiohappyeyeballs).
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from typing import Any

import aiohappyeyeballs

from sanspanne.providers.http1.connection import Connection
from sanspanne.providers.http1.origin import Origin
from sanspanne.providers.transport import TransportError

KEPT_SECONDS = 30.0
SWEEP_SECONDS = 10.0
RESOLVED_SECONDS = 300.0
HEAD_START = 0.25  # seconds that one address has before the next is tried beside it

# Errors of our own network: no route, no interface, no address to bind, no more files.
LOCAL = frozenset(
    {errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL, errno.EHOSTUNREACH, errno.EMFILE, errno.ENFILE}
)

Addresses = list[Any]  # what `getaddrinfo` gives


class Pool:
    """All connections to providers."""

    def __init__(self, connect_seconds: float) -> None:
        self._connect_seconds = connect_seconds
        self._kept: dict[Origin, list[tuple[float, Connection]]] = {}
        self._resolved: dict[Origin, tuple[float, Addresses]] = {}
        self._tls: ssl.SSLContext | None = None
        self._sweeper: asyncio.TimerHandle | None = None

    def take(self, origin: Origin) -> Connection | None:
        """A kept connection, if there is one that still stands."""
        kept = self._kept.get(origin)
        now = asyncio.get_running_loop().time()
        while kept:
            since, connection = kept.pop()
            if not connection.closed and now - since < KEPT_SECONDS:
                return connection
            connection.abort()
        return None

    def give(self, origin: Origin, connection: Connection) -> None:
        """Keep a connection whose exchange is over, if it is of any more use."""
        if not connection.renew():
            connection.abort()
            return
        loop = asyncio.get_running_loop()
        self._kept.setdefault(origin, []).append((loop.time(), connection))
        if self._sweeper is None:
            self._sweeper = loop.call_later(SWEEP_SECONDS, self._sweep)

    async def connect(self, origin: Origin) -> Connection:
        """A new connection. Raises `TransportError`."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._connect_seconds):
                addresses = await self._resolve(origin)
                connected = await aiohappyeyeballs.start_connection(addresses, happy_eyeballs_delay=HEAD_START)
                _, connection = await loop.create_connection(
                    lambda: Connection(loop),
                    sock=connected,
                    ssl=self._context() if origin.secure else None,
                    server_hostname=origin.host if origin.secure else None,
                )
        except (OSError, TimeoutError) as error:
            raise _transport_error(error) from error
        return connection

    def close(self) -> None:
        """Close every kept connection."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        for kept in self._kept.values():
            for _, connection in kept:
                connection.abort()
        self._kept.clear()

    def _sweep(self) -> None:
        """Close what has been kept for too long."""
        loop = asyncio.get_running_loop()
        for origin, kept in list(self._kept.items()):
            for since, connection in kept:
                if loop.time() - since >= KEPT_SECONDS:
                    connection.abort()
            self._kept[origin] = [(since, connection) for since, connection in kept if not connection.closed]
        self._kept = {origin: kept for origin, kept in self._kept.items() if kept}
        self._sweeper = loop.call_later(SWEEP_SECONDS, self._sweep) if self._kept else None

    async def _resolve(self, origin: Origin) -> Addresses:
        loop = asyncio.get_running_loop()
        known = self._resolved.get(origin)
        if known is not None and loop.time() - known[0] < RESOLVED_SECONDS:
            return known[1]
        try:
            addresses = await loop.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
        except OSError:
            if known is None:
                raise TransportError("resolve", "the host's name could not be resolved", local=True) from None
            addresses = known[1]
        self._resolved[origin] = (loop.time(), addresses)
        return addresses

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = ssl.create_default_context()
            self._tls.set_alpn_protocols(["http/1.1"])
        return self._tls


def _transport_error(error: OSError | TimeoutError) -> TransportError:
    if isinstance(error, ssl.SSLError):
        return TransportError("tls", "the TLS handshake failed")
    if error.errno in LOCAL:
        return TransportError("connect", "no connection could be made from this machine", local=True)
    if error.errno == errno.ECONNREFUSED:
        return TransportError("refused", "the connection was refused")
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return TransportError("reset", "the connection was closed before an answer came")
    if isinstance(error, TimeoutError):
        return TransportError("connect_timeout", "no connection could be made in time")
    return TransportError("connect", "no connection could be made")
