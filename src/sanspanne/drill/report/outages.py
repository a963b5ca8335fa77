"""Who was down when: from what the drill did to the providers or, if it does not say, from how they were seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from msgspec import Struct

from sanspanne.drill.result import ProviderTick, Report

WELL = frozenset({"up", "well", "recovered", "normal"})


class Outage(Struct, frozen=True):
    """One provider in one trouble (`down`, `slow`, `cut` ...) from `start` to `end`, in seconds."""

    provider: str
    what: str
    start: float
    end: float


def outages(report: Report, until: float) -> list[Outage]:
    """All troubles in order of their beginning; what is not over at `until` ends there."""
    told = _from_events(report.events, until)
    seen = () if told or not report.runs else down_times(report.runs[0].providers, until)
    found = [_within(each, until) for each in (*told, *seen)]
    return sorted(found, key=lambda outage: (outage.start, outage.provider))


def _within(outage: Outage, until: float) -> Outage:
    """The part of it that the charts show."""
    start, end = (min(until, max(0.0, at)) for at in (outage.start, outage.end))
    return Outage(outage.provider, outage.what, start, end)


def lanes(found: Iterable[Outage]) -> list[tuple[str, list[Outage]]]:
    """The outages of each provider, those first that were in trouble first."""
    by_provider: dict[str, list[Outage]] = {}
    for outage in found:
        by_provider.setdefault(outage.provider, []).append(outage)
    return list(by_provider.items())


def down_times(ticks: Sequence[ProviderTick], until: float) -> list[Outage]:
    """When each provider was seen down."""
    found: list[Outage] = []
    for name in dict.fromkeys(tick.provider for tick in ticks):
        own = sorted((tick for tick in ticks if tick.provider == name), key=lambda tick: tick.at)
        states = [next(same) for _, same in groupby(own, key=lambda tick: tick.up)]
        ends = [*(state.at for state in states[1:]), until]
        pairs = zip(states, ends, strict=False)
        found += [Outage(name, "down", state.at, end) for state, end in pairs if not state.up]
    return found


def _from_events(events: Sequence[tuple[float, str, str]], until: float) -> list[Outage]:
    found: list[Outage] = []
    for name in dict.fromkeys(provider for _, provider, _ in events):
        own = [(at, what) for at, provider, what in events if provider == name]
        found += _troubles(name, sorted(own, key=lambda event: (event[0], event[1] not in WELL)), until)
    return found


def _troubles(name: str, events: Sequence[tuple[float, str]], until: float) -> list[Outage]:
    """Each trouble that began is ended by one `up`; where two overlap, the later one is named."""
    found: list[Outage] = []
    present: list[str] = []
    ends = [*(at for at, _ in events[1:]), until]
    for (at, what), end in zip(events, ends, strict=True):
        if what not in WELL:
            present.append(what)
        elif present:
            present.pop(0)
        if present and end > at:
            found.append(Outage(name, present[-1], at, end))
    return found
