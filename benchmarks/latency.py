"""What a server adds to the time of a request when nothing else goes on: one connection, one JSON request after the other."""

from __future__ import annotations

from benchmarks.load import Heard, repeat
from benchmarks.rig import Effort
from benchmarks.scenarios import JSON
from benchmarks.servers import Server
from benchmarks.streams import p99

MOST = 2000


def measure(server: Server, effort: Effort) -> dict[str, float]:
    """One round. The time without any server stands beside it, to be subtracted."""
    heard = repeat(server.address, JSON, connections=1, seconds=effort.seconds, most=MOST).heard
    times = sorted(map(_milliseconds, heard))
    return {"time of a lone request, p50, ms": times[len(times) // 2], "time of a lone request, p99, ms": p99(times)}


def _milliseconds(heard: Heard) -> float:
    assert heard.ended is not None
    return 1000 * (heard.ended - heard.asked)
