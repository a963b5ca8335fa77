"""One run: the servers, the rounds, the order in which they are measured."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from benchmarks import machine
from benchmarks.results import Results
from benchmarks.servers import LiteLLM, Nginx, Sanspanne, Server, Upstream


class Effort(Struct, frozen=True):
    """How much is done: rounds, and seconds of load in each."""

    rounds: int = 3
    seconds: float = 4.0
    quick: bool = False


Measure = Callable[[Server, Effort], dict[str, float]]


class Measurement(Struct, frozen=True):
    """Something to be measured. `direct`: also without a server between; `once`: in one round only."""

    measure: Measure
    direct: bool = False
    once: bool = False


@contextmanager
def servers(folder: Path, wanted: Sequence[str], results: Results) -> Iterator[list[Server]]:
    """The servers that can be had, all running; those that are not asked are held (see `_alone`)."""
    upstream = Upstream(folder)
    running: list[Server] = [upstream]
    try:
        upstream.start()
        for kind in (Sanspanne, Nginx, LiteLLM):
            if kind.name in wanted:
                server: Server = kind(folder, upstream.address)
                reason = server.missing() or _failure_to_start(server)
                if reason is None:
                    running.append(server)
                else:
                    results.skipped[server.name] = reason
        yield running
    finally:
        for server in reversed(running):
            server.stop()


def _failure_to_start(server: Server) -> str | None:
    try:
        server.start()
    except RuntimeError as error:
        server.stop()
        return str(error)
    return None


def run(
    measurements: Mapping[str, Measurement],
    running: Sequence[Server],
    effort: Effort,
    results: Results,
    say: Callable[[str], None],
) -> None:
    """Each measurement on each server in turn, then all again: A B A B, so that a busy minute meets them all."""
    for name, measurement in measurements.items():
        for number in range(1 if measurement.once else effort.rounds):
            for server in running:
                if measurement.direct or not isinstance(server, Upstream):
                    say(f"{name}, round {number + 1}: {server.name}")
                    with _alone(server, running):
                        _measure(measurement.measure, server, effort, results)


@contextmanager
def _alone(server: Server, running: Sequence[Server]) -> Iterator[None]:
    """Hold every other server under test: what one of them still has to do after its turn would cost the next one."""
    others = [other for other in running if other is not server and not isinstance(other, Upstream)]
    held = [pid for other in others for pid in machine.family(other.pid)]
    for pid in held:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in held:
            os.kill(pid, signal.SIGCONT)


def _measure(measure: Measure, server: Server, effort: Effort, results: Results) -> None:
    """A server that fails a measurement has no figure in that round, and the report says so."""
    try:
        figures = measure(server, effort)
    except RuntimeError as error:
        results.failed.setdefault(server.name, []).append(str(error))
        return
    for what, value in figures.items():
        results.add(what, server.name, value)
