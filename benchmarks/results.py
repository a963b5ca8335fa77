"""The figures of one run, their ratios, and what was promised of them."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from msgspec import Struct, field

OURS = "sanspanne"
SERVERS = (OURS, "nginx", "litellm", "direct")


class Promise(Struct, frozen=True):
    """The limits of one of our figures: its median, and its ratio to nginx's. With `least`, more is better."""

    most: float | None = None
    times_nginx: float | None = None
    least: float | None = None


PROMISES = {
    "CPU per JSON request, us": Promise(times_nginx=15),
    "CPU per flooded chunk, us": Promise(most=8, times_nginx=4),
    "CPU more per journalled paced chunk, us": Promise(most=6),
    "500 streams: whole, %": Promise(least=100),
    "500 streams: p99 of a stream, s": Promise(most=2.5),
    "500 streams: p99 of the first chunk, s": Promise(most=0.5),
    "500 streams: p99 of a gap, ms": Promise(most=100),
    "memory per idle stream, kB": Promise(most=40),
    "start to the first answered request, s": Promise(most=2),
    "idle memory, MB": Promise(most=80),
    "installed, MB": Promise(most=95),
}


class Spread(Struct, frozen=True):
    """One figure of one server over the rounds."""

    median: float
    least: float
    most: float
    rounds: int

    def __str__(self) -> str:
        if self.rounds == 1:
            return short(self.median)
        return f"{short(self.median)} ({short(self.least)} - {short(self.most)})"


class Row(Struct, frozen=True):
    """One figure of all servers. The ratios are those of the medians; `kept` is None where nothing was promised."""

    what: str
    spreads: dict[str, Spread]
    times_nginx: float | None
    times_litellm: float | None
    promise: str
    kept: bool | None


class Results(Struct):
    """What has been measured so far. `skipped` says why a server is not there, `failed` what a server could not do."""

    machine: dict[str, str]
    figures: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    failed: dict[str, list[str]] = field(default_factory=dict)

    def add(self, what: str, server: str, value: float) -> None:
        """One figure of one round."""
        self.figures.setdefault(what, {}).setdefault(server, []).append(value)

    def rows(self) -> list[Row]:
        """All figures, in the order in which they were measured."""
        return [_row(what, values) for what, values in self.figures.items()]


def short(value: float) -> str:
    """Three digits say all that can be measured."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _row(what: str, values: dict[str, list[float]]) -> Row:
    spreads = {server: _spread(values[server]) for server in SERVERS if server in values}
    promise = PROMISES.get(what)
    ours, ratio = spreads.get(OURS), _ratio(spreads, "nginx")
    return Row(
        what=what,
        spreads=spreads,
        times_nginx=ratio,
        times_litellm=_ratio(spreads, "litellm"),
        promise=_words(promise) if promise else "",
        kept=_is_kept(promise, ours.median, ratio) if promise and ours else None,
    )


def _spread(values: Sequence[float]) -> Spread:
    return Spread(statistics.median(values), min(values), max(values), len(values))


def _ratio(spreads: dict[str, Spread], other: str) -> float | None:
    if OURS not in spreads or other not in spreads or not spreads[other].median:
        return None
    return spreads[OURS].median / spreads[other].median


def _words(promise: Promise) -> str:
    words = [f"<= {promise.most:g}"] if promise.most is not None else []
    words += [f"<= {promise.times_nginx:g} x nginx"] if promise.times_nginx is not None else []
    words += [f">= {promise.least:g}"] if promise.least is not None else []
    return ", ".join(words)


def _is_kept(promise: Promise, ours: float, ratio: float | None) -> bool | None:
    """None when it cannot be said, because there is no nginx to compare with."""
    if promise.times_nginx is not None and ratio is None:
        return None
    return (
        (promise.most is None or ours <= promise.most)
        and (promise.least is None or ours >= promise.least)
        and (promise.times_nginx is None or ratio is None or ratio <= promise.times_nginx)
    )
