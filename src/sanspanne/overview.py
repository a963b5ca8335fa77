"""How everything stands at this moment: what `/admin` shows and `/metrics` reads, put together from those who know it.

requests    the books of the edge: offered = sum of ended + open
waiting     who is in the queue: by class, by key, for how long
targets     standing, limit, first-token times, what is left of our quota there
keys        what each caller's key has used of its limits; never its secret
recent      the last requests to have ended; no word of what was asked or answered
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from sanspanne.admission.limit.limiter import LimiterState
from sanspanne.admission.priority import Priority
from sanspanne.app import Service
from sanspanne.chat import Target
from sanspanne.outcomes import REASONS
from sanspanne.routing.chains import ONBOARD
from sanspanne.server.requests import Requests
from sanspanne.telemetry.readings import Readings

MOST = 200  # targets, keys and tenants: names of models may come from callers


class Overview:
    """Of one service. `started` is when it did, in seconds since 1970; `now` is monotonic."""

    def __init__(
        self,
        service: Service,
        requests: Requests,
        started: float,
        now: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._service = service
        self._requests = requests
        self._started = started
        self._now = now
        self._wall = wall

    def readings(self) -> Readings:
        """The same for `/metrics`."""
        return Readings(self._requests, self._by_class, self._rooms, self._kept)

    def state(self) -> dict[str, Any]:
        """The body of `/admin/state`. Times are in seconds since 1970, durations in seconds."""
        return {
            "at": self._wall(),
            "started": self._started,
            "requests": self._books(),
            "waiting": self._waiting(),
            "targets": [self._target(target) for target in self._targets()],
            "onboard": self._service.readiness()["onboard"],
            "kept": self._kept(),
            "keys": [self._key(key) for key in self._service.quotas.keys()[:MOST]],
            "recent": self._requests.recent,
        }

    def _books(self) -> dict[str, Any]:
        requests = self._requests
        ended = [
            {"reason": reason, "outcome": REASONS[reason].outcome, "count": count}
            for reason, count in requests.ended.items()
            if count
        ]
        return {"offered": requests.offered, "open": requests.open, "ended": ended, "agree": requests.agree}

    # --- who waits

    def _by_class(self) -> dict[str, int]:
        count = Counter(ticket.priority for ticket in self._service.entrance.room.tickets())
        return {priority.name.lower(): count[priority] for priority in Priority}

    def _waiting(self) -> dict[str, Any]:
        now, tickets = self._now(), self._service.entrance.room.tickets()
        longest: dict[str, float] = {}
        for ticket in tickets:
            longest[ticket.tenant] = max(longest.get(ticket.tenant, 0.0), now - ticket.arrived)
        count = Counter(ticket.tenant for ticket in tickets)
        return {
            "count": len(tickets),
            "longest": max(longest.values(), default=None),
            "classes": self._by_class(),
            "keys": [{"key": key, "count": n, "longest": longest[key]} for key, n in count.most_common(MOST)],
        }

    def _kept(self) -> int:
        kept = self._service.answers.kept
        return 0 if kept is None else kept.waiting

    # --- the targets

    def _rooms(self) -> Iterable[tuple[str, LimiterState]]:
        return [(str(target), limiter.snapshot()) for target, limiter in self._service.entrance.limiters.items()]

    def _targets(self) -> list[Target]:
        """Those of the configuration, and those that were used."""
        configured = self._service.wiring.chains.targets()
        used = [target for target, _ in self._service.entrance.limiters.items()]
        return [target for target in dict.fromkeys([*configured, *used]) if target != ONBOARD][:MOST]

    def _target(self, target: Target) -> dict[str, Any]:
        obstacle = self._service.obstacle(target)
        return {
            "target": str(target),
            "standing": self._service.standings.word(target),
            "why": "" if obstacle is None else str(obstacle),
            **msgspec.structs.asdict(self._service.entrance.limiters.of(target).snapshot()),
        }

    # --- the keys

    def _key(self, key: str) -> dict[str, Any]:
        quotas = self._service.quotas
        used, running = quotas.today(key)
        return {
            "key": key,
            "class": quotas.class_of(key),
            "running": running,
            "requests": used.requests,
            "tokens": used.tokens,
            "dollars": used.dollars,
            "limits": [msgspec.structs.asdict(use) for use in quotas.left(key)],
        }
