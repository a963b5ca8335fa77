"""A client of nothing but a socket: what it has read is what came, and how the connection ended is not smoothed over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from msgspec import Struct

PATIENCE = 60.0  # seconds for one response


class Reply(Struct):
    """One response. `status` 0: no head came; `whole`: HTTP says that the body is complete; `sent`: somebody had the request."""

    status: int = 0
    headers: dict[str, str] = {}
    body: bytes = b""
    whole: bool = False
    sent: bool = False


async def request(
    port: int,
    method: str,
    path: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    on_sent: Callable[[], None] = lambda: None,
) -> Reply:
    """Ask, and read until the connection ends, however it does. Raises `TimeoutError` when it does not."""
    lines = [
        f"{method} {path} HTTP/1.1",
        f"host: 127.0.0.1:{port}",
        "connection: close",
        "content-type: application/json",
        f"content-length: {len(body)}",
    ]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    try:
        async with asyncio.timeout(PATIENCE):
            transport, heard = await asyncio.get_running_loop().create_connection(_Heard, "127.0.0.1", port)
            on_sent()
            transport.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
            try:
                await heard.ended
            finally:
                transport.abort()
    except OSError:
        return Reply()
    return _reply(bytes(heard.data))


class _Heard(asyncio.Protocol):
    """Keeps what came, also when the connection is reset right behind it."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        self.data += data

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


def _reply(data: bytes) -> Reply:
    head, end, rest = data.partition(b"\r\n\r\n")
    if not end:
        return Reply(sent=True)
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    status = int(first.split(" ")[1])
    if headers.get("transfer-encoding") == "chunked":
        body, whole = _unchunked(rest)
    else:
        body, whole = rest, len(rest) == int(headers.get("content-length", -1))
    return Reply(status, headers, body, whole, sent=True)


def _unchunked(data: bytes) -> tuple[bytes, bool]:
    """The body as far as it came, and whether its end came."""
    pieces = []
    place = 0
    while (line := data.find(b"\r\n", place)) >= 0:
        size = int(data[place:line], 16)
        if size == 0:
            return b"".join(pieces), data[line:].startswith(b"\r\n\r\n")
        pieces.append(data[line + 2 : line + 2 + size])
        place = line + 4 + size
    return b"".join(pieces), False
