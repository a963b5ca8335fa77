"""Metrics that others count: they are read when `/metrics` is, and cost nothing in between.

    requests     offered, ended by reason, open: see `outcomes.py`; offered = the sum of ended + open
    admission    who waits, by class; what is in flight at each target, and how much may be
    kept         questions that wait for somebody who can answer them

At most `MOST` targets are told of, those with traffic first: names of models may come from callers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from sanspanne.outcomes import REASONS

MOST = 300


class Requests(Protocol):
    """The books of the edge (see server/requests.py)."""

    @property
    def offered(self) -> int: ...
    @property
    def open(self) -> int: ...
    @property
    def ended(self) -> Mapping[str, int]: ...


class Room(Protocol):
    """How a target's limit stands (see admission/limit/limiter.py)."""

    @property
    def own(self) -> int: ...
    @property
    def spill(self) -> int: ...
    @property
    def limit(self) -> int: ...
    @property
    def refusals(self) -> int: ...


class Readings(Collector):
    """`waiting()`: how many wait, by class; `rooms()`: targets and how they stand; `kept()`: how many questions are kept."""

    def __init__(
        self,
        requests: Requests,
        waiting: Callable[[], Mapping[str, int]],
        rooms: Callable[[], Iterable[tuple[str, Room]]],
        kept: Callable[[], int],
    ) -> None:
        self._requests = requests
        self._waiting = waiting
        self._rooms = rooms
        self._kept = kept

    def collect(self) -> Iterator[Metric]:
        """See `Collector`."""
        yield from self._of_requests()
        waiting = GaugeMetricFamily("sanspanne_queue_waiting", "Answers that wait for room", labels=["class"])
        for name, count in self._waiting().items():
            waiting.add_metric([name], count)
        yield waiting
        yield GaugeMetricFamily("sanspanne_kept_questions", "Questions that wait to be answered later", self._kept())
        yield from self._of_targets()

    def _of_requests(self) -> Iterator[Metric]:
        requests = self._requests
        yield CounterMetricFamily("sanspanne_requests", "Requests for answers, when they arrive", requests.offered)
        yield GaugeMetricFamily("sanspanne_requests_open", "Requests for answers that have not ended", requests.open)
        ended = CounterMetricFamily(
            "sanspanne_request_outcomes", "Requests for answers, when they have ended", labels=["outcome", "reason"]
        )
        for reason, count in requests.ended.items():
            ended.add_metric([REASONS[reason].outcome, reason], count)
        yield ended

    def _of_targets(self) -> Iterator[Metric]:
        in_flight = GaugeMetricFamily("sanspanne_target_in_flight", "Attempts under way", labels=["target", "traffic"])
        limit = GaugeMetricFamily("sanspanne_target_limit", "Attempts that may be under way", labels=["target"])
        refusals = CounterMetricFamily("sanspanne_target_refusals", "Calls refused for want of room", labels=["target"])
        rooms = sorted(self._rooms(), key=lambda room: -(room[1].own + room[1].spill))
        for target, room in islice(rooms, MOST):
            in_flight.add_metric([target, "own"], room.own)
            in_flight.add_metric([target, "spill"], room.spill)
            limit.add_metric([target], room.limit)
            refusals.add_metric([target], room.refusals)
        yield from (in_flight, limit, refusals)
