"""CPU of the server for one relayed chunk: at the pace of models (20 ms apart), and flooded (as fast as they are taken)."""

from __future__ import annotations

from benchmarks.load import Crowd, once, repeat
from benchmarks.machine import cpu_seconds
from benchmarks.rig import Effort
from benchmarks.scenarios import FLOOD, PACED, STREAMS
from benchmarks.servers import Server

PACED_STREAMS = 100
FLOODED_STREAMS = 32
PATIENCE = 60.0


def measure(server: Server, effort: Effort) -> dict[str, float]:
    """One round."""
    before = cpu_seconds(server.pid)
    paced = once(server.address, PACED, connections=PACED_STREAMS, patience=PATIENCE)
    between = cpu_seconds(server.pid)
    flooded = repeat(server.address, FLOOD, connections=FLOODED_STREAMS, seconds=effort.seconds)
    after = cpu_seconds(server.pid)
    return {
        "CPU per paced chunk, us": 1e6 * (between - before) / chunks(server, paced, PACED),
        "CPU per flooded chunk, us": 1e6 * (after - between) / chunks(server, flooded, FLOOD),
        "flooded chunks per second": chunks(server, flooded, FLOOD) / flooded.seconds,
    }


def chunks(server: Server, crowd: Crowd, model: str) -> int:
    """How many chunks were relayed. Raises if one is missing."""
    if not crowd.heard or not all(heard.is_whole(model) for heard in crowd.heard):
        raise RuntimeError(f"{server.name} did not relay every stream whole")
    return len(crowd.heard) * STREAMS[model].count
