"""Those who ask: as cheap as they can be, and bounded in number and in time."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from time import perf_counter

import uvloop
from msgspec import Struct

from benchmarks.scenarios import DONE, MARK, STREAMS, request

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
EVENT = b"data: "
END = b"\r\n0\r\n\r\n"
PIECE = re.compile(rb"([0-9a-fA-F]+)\r\n")


class Address(Struct, frozen=True):
    """Where a server under test listens."""

    port: int
    host: str = "127.0.0.1"

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Heard(Struct):
    """One response: when it was asked for, when events came, when it was whole (uvloop's own clock knows only milliseconds)."""

    asked: float
    times: list[float]
    data: bytearray
    ended: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the status is 200."""
        return self.data.startswith(b"HTTP/1.1 200")

    def is_whole(self, model: str) -> bool:
        """Whether every text of a streamed answer came, once and in order, and then its end."""
        if self.ended is None or not self.ok:
            return False
        body = unframed(bytes(self.data))
        words = [int(number) for number in re.findall(re.escape(MARK) + rb"(\d+)", body.replace(b'": "', b'":"'))]
        return words == list(range(STREAMS[model].count)) and body.endswith(DONE)


class Asker(asyncio.Protocol):
    """One connection that puts one request after the other; `again` decides when a response is whole."""

    def __init__(self, asked: bytes, again: Callable[[Heard], bool]) -> None:
        self._request = asked
        self._again = again
        self._length: int | None = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.heard = Heard(perf_counter(), [], bytearray())

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Ask for the first time; making the connection is part of the wait."""
        self.transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """A part of the response."""
        heard = self.heard
        heard.data += data
        if EVENT in data:
            heard.times.append(perf_counter())
        if self._is_end():
            heard.ended = perf_counter()
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        """The server has hung up."""
        if not self.done.done():
            self.done.set_result(None)

    def _is_end(self) -> bool:
        data = self.heard.data
        if data.endswith(END):
            return True
        if self._length is None:
            head = data.find(b"\r\n\r\n")
            length = LENGTH.search(data, 0, head) if head >= 0 else None
            self._length = head + 4 + int(length[1]) if length else None
        return self._length is not None and len(data) >= self._length

    def _next(self) -> None:
        if self._again(self.heard):
            self._length = None
            self.heard = Heard(perf_counter(), [], bytearray())
            self.transport.write(self._request)
        else:
            self.transport.close()


class Crowd(Struct):
    """What became of the responses of many connections."""

    heard: list[Heard]
    seconds: float


def repeat(address: Address, model: str, *, connections: int, seconds: float, most: int = 1_000_000) -> Crowd:
    """Ask over and over for so long; only responses that are whole when the time is over are in the result."""
    return uvloop.run(_repeat(address, model, connections, seconds, most))


def once(address: Address, model: str, *, connections: int, patience: float, headers: str = "") -> Crowd:
    """Ask once on each of many connections, all at the same time; those that `patience` cuts off are in the result too."""
    return uvloop.run(_once(address, model, connections, patience, headers))


async def _repeat(address: Address, model: str, connections: int, seconds: float, most: int) -> Crowd:
    started = perf_counter()
    heard: list[Heard] = []

    def again(whole: Heard) -> bool:
        heard.append(whole)
        return perf_counter() - started < seconds and len(heard) < most

    await _gather(address, model, connections, again, seconds + 30)
    return Crowd(heard, perf_counter() - started)


async def _once(address: Address, model: str, connections: int, patience: float, headers: str) -> Crowd:
    started = perf_counter()
    askers = await _gather(address, model, connections, lambda whole: False, patience, headers)
    return Crowd([asker.heard for asker in askers], perf_counter() - started)


async def _gather(
    address: Address, model: str, connections: int, again: Callable[[Heard], bool], patience: float, headers: str = ""
) -> list[Asker]:
    askers = await connect(address, model, connections, again, headers)
    await asyncio.wait([asker.done for asker in askers], timeout=patience)
    for asker in askers:
        asker.transport.close()
    return askers


async def connect(
    address: Address,
    model: str,
    connections: int,
    again: Callable[[Heard], bool] = lambda whole: False,
    headers: str = "",
) -> list[Asker]:
    """So many connections, each of which has put its request."""
    asked = request(model, str(address), headers)
    loop = asyncio.get_running_loop()
    made = [loop.create_connection(lambda: Asker(asked, again), address.host, address.port) for _ in range(connections)]
    return [asker for _, asker in await asyncio.gather(*made)]


def unframed(data: bytes) -> bytes:
    """The body of a response that was sent in pieces (`transfer-encoding: chunked`)."""
    position = data.index(b"\r\n\r\n") + 4
    pieces = []
    while (head := PIECE.match(data, position)) and (size := int(head[1], 16)):
        pieces.append(data[head.end() : head.end() + size])
        position = head.end() + size + 2
    return b"".join(pieces)
