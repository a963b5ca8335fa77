"""A wire to a port of this machine that can be cut, as networks are."""

from __future__ import annotations

import asyncio
from typing import Self


class CuttableWire:
    """Takes connections at a port of its own and passes their bytes on to `port`, both ways."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()

    def cut(self) -> None:
        """Every connection breaks, without a word."""
        for writer in self._open:
            writer.transport.abort()

    async def _connect(self, near_in: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        try:
            far_in, far_out = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            near_out.transport.abort()
            return
        self._open |= {near_out, far_out}
        await asyncio.gather(_pass(near_in, far_out), _pass(far_in, near_out))
        self._open -= {near_out, far_out}


async def _pass(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
    except ConnectionError:
        pass  # one end broke: so does the other
    sink.transport.abort()
