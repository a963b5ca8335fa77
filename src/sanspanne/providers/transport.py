"""How bytes travel to a provider: three methods, so that the HTTP client behind them can be exchanged.

open          send the request, give back status and headers
next_chunk    the bytes that have arrived since, b"" at the clean end
abort         drop the connection at once, from any state
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct


class Call(Struct, frozen=True):
    """One HTTP request to a provider. The headers hold the key: never log them."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes = b""


class TransportError(Exception):
    """The exchange broke below HTTP.

    `reason`: `resolve`, `refused`, `connect`, `connect_timeout`, `tls`, `reset`, `cut` (the body ended before its announced
    end), `protocol`.
    `local` says that our side of the network is the likely cause.
    """

    def __init__(self, reason: str, message: str, *, local: bool = False) -> None:
        super().__init__(message)
        self.reason = reason
        self.local = local


class Upstream(Protocol):
    """An open exchange with a provider."""

    status: int
    headers: Mapping[str, str]

    async def next_chunk(self) -> bytes:
        """All bytes that are there, at least one; b"" at the clean end. Raises `TransportError`."""
        ...

    def abort(self) -> None:
        """Close the connection now. After a clean end this does nothing, so it may always be called."""
        ...


class Transport(Protocol):
    """A client with its pool of connections."""

    async def open(self, call: Call) -> Upstream:
        """Send `call`; returns when the response's head has come. Raises `TransportError`. Cancelling it closes the connection."""
        ...

    async def close(self) -> None:
        """Close every pooled connection."""
        ...
