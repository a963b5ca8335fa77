"""CPU of the server for one relayed chunk: at the pace of models (20 ms apart), and flooded (as fast as they are taken).

Of ours also what it costs to journal one: detached streams (`x-sanspanne-detach`) beside attached ones, in turn.
"""

from __future__ import annotations

from statistics import median

from benchmarks.load import Crowd, once, repeat
from benchmarks.machine import cpu_seconds
from benchmarks.results import OURS
from benchmarks.rig import Effort
from benchmarks.scenarios import FLOOD, PACED, STREAMS
from benchmarks.servers import Server

PACED_STREAMS = 100
FLOODED_STREAMS = 32
PATIENCE = 60.0
PAIRS = 3
DETACHED = "x-sanspanne-detach: true\r\n"


def measure(server: Server, effort: Effort) -> dict[str, float]:
    """One round."""
    before = cpu_seconds(server.pid)
    paced = once(server.address, PACED, connections=PACED_STREAMS, patience=PATIENCE)
    between = cpu_seconds(server.pid)
    flooded = repeat(server.address, FLOOD, connections=FLOODED_STREAMS, seconds=effort.seconds)
    after = cpu_seconds(server.pid)
    figures = {
        "CPU per paced chunk, us": 1e6 * (between - before) / chunks(server, paced, PACED),
        "CPU per flooded chunk, us": 1e6 * (after - between) / chunks(server, flooded, FLOOD),
        "flooded chunks per second": chunks(server, flooded, FLOOD) / flooded.seconds,
    }
    return figures | ({"CPU more per journalled paced chunk, us": _journalled(server)} if server.name == OURS else {})


def _journalled(server: Server) -> float:
    """What journalling adds to a paced chunk: the median of some differences, measured A B A B."""
    return median(-_paced(server, "") + _paced(server, DETACHED) for _ in range(PAIRS))


def _paced(server: Server, headers: str) -> float:
    before = cpu_seconds(server.pid)
    crowd = once(server.address, PACED, connections=PACED_STREAMS, patience=PATIENCE, headers=headers)
    return 1e6 * (cpu_seconds(server.pid) - before) / chunks(server, crowd, PACED)


def chunks(server: Server, crowd: Crowd, model: str) -> int:
    """How many chunks were relayed. Raises if one is missing."""
    if not crowd.heard or not all(heard.is_whole(model) for heard in crowd.heard):
        raise RuntimeError(f"{server.name} did not relay every stream whole")
    return len(crowd.heard) * STREAMS[model].count
