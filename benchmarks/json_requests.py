"""CPU of the server for one JSON request, 1 kB in and 1 kB out, while it is kept busy."""

from __future__ import annotations

from benchmarks.load import repeat
from benchmarks.machine import cpu_seconds
from benchmarks.rig import Effort
from benchmarks.scenarios import JSON
from benchmarks.servers import Server

CONNECTIONS = 32
WARM_SECONDS = 0.5


def measure(server: Server, effort: Effort) -> dict[str, float]:
    """One round, once the server is warm."""
    repeat(server.address, JSON, connections=CONNECTIONS, seconds=WARM_SECONDS)
    before = cpu_seconds(server.pid)
    crowd = repeat(server.address, JSON, connections=CONNECTIONS, seconds=effort.seconds)
    spent = cpu_seconds(server.pid) - before
    if not all(heard.ok for heard in crowd.heard):
        raise RuntimeError(f"{server.name} refused a request: {bytes(crowd.heard[-1].data[:300])!r}")
    return {
        "CPU per JSON request, us": 1e6 * spent / len(crowd.heard),
        "JSON requests per second": len(crowd.heard) / crowd.seconds,
    }
