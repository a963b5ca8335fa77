"""From the start of the process to its first answered request, and its memory while nothing goes on."""

from __future__ import annotations

import time

from benchmarks.machine import resident_bytes
from benchmarks.rig import Effort
from benchmarks.servers import Server

REST_SECONDS = 1.0


def measure(server: Server, effort: Effort) -> dict[str, float]:
    """One round."""
    server.stop()
    seconds = server.start()
    time.sleep(REST_SECONDS)
    return {
        "start to the first answered request, s": seconds,
        "idle memory, MB": resident_bytes(server.pid) / 1e6,
    }
