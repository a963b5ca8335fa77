"""The body of a request, bounded in size and in time, so that no caller can hold memory or a connection for long."""

from __future__ import annotations

import asyncio

from msgspec import Struct

from sanspanne.errors import CallerError
from sanspanne.server.exchange import CallerLeft, Exchange


class BodyLimits(Struct, frozen=True):
    """`size` in bytes; in each `silence` seconds at least `progress` bytes must come, and all of them in `total` seconds."""

    size: int = 32 * 1024 * 1024
    silence: float = 10.0
    progress: int = 1024
    total: float = 60.0


async def read_body(exchange: Exchange, limits: BodyLimits) -> bytes:
    """The whole body. Raises `CallerError`: 413 as soon as it is known to be too large, 408 when it comes too slowly."""
    _check_announced(exchange.headers.get("content-length"), limits)
    try:
        body = await _read(exchange, limits)
    except TimeoutError:
        raise _too_slow(limits) from None
    exchange.body_read = True
    return body


async def _read(exchange: Exchange, limits: BodyLimits) -> bytes:
    pieces: list[bytes] = []
    size, more, mark = 0, True, limits.progress
    now = asyncio.get_running_loop().time
    end = now() + limits.total
    async with asyncio.timeout_at(min(now() + limits.silence, end)) as clock:
        while more:
            message = await exchange.receive()
            if message["type"] == "http.disconnect":
                exchange.left = True
                raise CallerLeft
            pieces.append(message["body"])
            size += len(pieces[-1])
            if size > limits.size:
                raise _too_large(limits)
            more = message["more_body"]
            if more and size >= mark:
                mark = size + limits.progress
                clock.reschedule(min(now() + limits.silence, end))
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _check_announced(length: str | None, limits: BodyLimits) -> None:
    if length is not None and length.isdecimal() and int(length) > limits.size:
        raise _too_large(limits)


def _too_large(limits: BodyLimits) -> CallerError:
    return CallerError(
        413,
        "too_large",
        f"The request's body is larger than the {limits.size / 1024 / 1024:g} MB that this server accepts. Send less, or ask"
        " its operator to raise server.max_body_mb.",
        should_retry=False,
    )


def _too_slow(limits: BodyLimits) -> CallerError:
    return CallerError(
        408,
        "timeout",
        f"The request's body came too slowly: {limits.progress} bytes may take {limits.silence:g} s"
        f" and all of it {limits.total:g} s.",
    )
