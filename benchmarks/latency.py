"""What a server adds to the time of a request when nothing else goes on: one connection, one JSON request after the other."""

from __future__ import annotations

from benchmarks.load import Address, repeat
from benchmarks.rig import Effort
from benchmarks.scenarios import JSON
from benchmarks.servers import Server
from benchmarks.streams import p99

MOST = 2000


def measure(server: Server, effort: Effort) -> dict[str, float]:
    """One round: through the server, less what the same requests take without it."""
    assert server.upstream is not None
    through, direct = _times(server.address, effort), _times(server.upstream, effort)
    return {
        "added to a lone request, p50, ms": through[len(through) // 2] - direct[len(direct) // 2],
        "added to a lone request, p99, ms": p99(through) - p99(direct),
    }


def _times(address: Address, effort: Effort) -> list[float]:
    """Milliseconds, in order."""
    heard = repeat(address, JSON, connections=1, seconds=effort.seconds / 2, most=MOST).heard
    return sorted(1000 * (one.ended - one.asked) for one in heard if one.ended is not None)
