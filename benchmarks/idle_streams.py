"""Memory of the server for one stream that is open and says little: one chunk every three seconds."""

from __future__ import annotations

import asyncio

import uvloop

from benchmarks.load import Address, connect, repeat
from benchmarks.machine import resident_bytes
from benchmarks.rig import Effort
from benchmarks.scenarios import FLOOD, IDLE
from benchmarks.servers import Server

STREAMS = 500
PATIENCE = 30.0  # the first text comes after three


def measure(server: Server, effort: Effort) -> dict[str, float]:
    """One round, on a fresh process: memory that an earlier round gave back to the allocator would be taken for none.

    What the first few streams cost once and for all (modules, tables) is not counted.
    """
    server.stop()
    server.start()
    repeat(server.address, FLOOD, connections=4, seconds=0.5)
    before = resident_bytes(server.pid)
    during = uvloop.run(_while_open(server.address, server.pid))
    return {"memory per idle stream, kB": (during - before) / STREAMS / 1000}


async def _while_open(address: Address, pid: int) -> int:
    """The server's memory while all streams are open and have begun."""
    askers = await connect(address, IDLE, STREAMS)
    try:
        async with asyncio.timeout(PATIENCE):
            while not all(asker.heard.times for asker in askers):  # noqa: ASYNC110  # an event would cost each chunk
                await asyncio.sleep(0.1)
    except TimeoutError:
        silent = sum(not asker.heard.times for asker in askers)
        raise RuntimeError(f"{silent} of {STREAMS} idle streams had not begun after {PATIENCE:.0f} s") from None
    finally:
        memory = resident_bytes(pid)
        for asker in askers:
            asker.transport.close()
        await asyncio.sleep(0.2)  # so that the server hears of it before the next round
    return memory
