"""Memory of the server for one stream that is open and says little: one chunk every three seconds."""

from __future__ import annotations

import asyncio

import uvloop

from benchmarks.load import Address, connect
from benchmarks.machine import resident_bytes
from benchmarks.rig import Effort
from benchmarks.scenarios import IDLE
from benchmarks.servers import Server

STREAMS = 500
SETTLE_SECONDS = 5.0  # the first text comes after three


def measure(server: Server, effort: Effort) -> dict[str, float]:
    """One round, on a fresh process: memory that an earlier round gave back to the allocator would be taken for none."""
    server.stop()
    server.start()
    before = resident_bytes(server.pid)
    during = uvloop.run(_while_open(server.address, server.pid))
    return {"memory per idle stream, kB": (during - before) / STREAMS / 1000}


async def _while_open(address: Address, pid: int) -> int:
    askers = await connect(address, IDLE, STREAMS)
    await asyncio.sleep(SETTLE_SECONDS)
    silent = sum(not asker.heard.times for asker in askers)
    if silent:
        raise RuntimeError(f"{silent} of {STREAMS} streams had not begun after {SETTLE_SECONDS:.0f} s")
    memory = resident_bytes(pid)
    for asker in askers:
        asker.transport.close()
    await asyncio.sleep(0.5)
    return memory
