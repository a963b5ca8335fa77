"""Many streams of 100 chunks, 20 ms apart, begun at once: the ideal is 2.0 s for each and gaps of 20 ms.

What is measured without a server between shows how much of it is the rig's own doing.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from benchmarks.load import Heard, once
from benchmarks.rig import Effort
from benchmarks.scenarios import PACED
from benchmarks.servers import Server

CROWDS = (500, 1000)
PATIENCE = 30.0


def measure(server: Server, effort: Effort) -> dict[str, float]:
    """One round."""
    figures: dict[str, float] = {}
    for streams in CROWDS[:1] if effort.quick else CROWDS:
        heard = once(server.address, PACED, connections=streams, patience=PATIENCE).heard
        figures |= {f"{streams} streams: {name}": value for name, value in _seen(heard).items()}
    return figures


def _seen(heard: Sequence[Heard]) -> dict[str, float]:
    whole = [stream for stream in heard if stream.is_whole(PACED)]
    figures = {"whole, %": 100 * len(whole) / len(heard)}
    if whole:
        gaps = [1000 * (after - before) for stream in whole for before, after in pairwise(stream.times)]
        figures["p99 of a stream, s"] = p99([stream.ended - stream.asked for stream in whole if stream.ended])
        figures["p99 of the first chunk, s"] = p99([stream.times[0] - stream.asked for stream in whole])
        figures["p99 of a gap, ms"] = p99(gaps)
    return figures


def p99(values: Sequence[float]) -> float:
    """The value that one in a hundred exceeds."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
