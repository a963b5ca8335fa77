"""One limiter per target, made when the target is first used."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sanspanne.admission.limit.limiter import Limiter
from sanspanne.chat import Target

MAX_TARGETS = 4096


class Limiters:
    """All of them. Set `on_room` to hear that a target may have room again."""

    def __init__(self, now: Callable[[], float], make: Callable[[Target], Limiter]) -> None:
        self._now = now
        self._make = make
        self._limiters: dict[Target, Limiter] = {}
        self.on_room: Callable[[Target], None] = lambda target: None

    def of(self, target: Target) -> Limiter:
        """The limiter of a target."""
        limiter = self._limiters.get(target)
        if limiter is None:
            self._make_room()
            limiter = self._limiters[target] = self._make(target)
            limiter.on_room = lambda: self.on_room(target)
        return limiter

    def items(self) -> Iterable[tuple[Target, Limiter]]:
        """Every target that was used, with its limiter."""
        return tuple(self._limiters.items())

    def _make_room(self) -> None:
        """Names of models may come from callers: those that nobody uses now are forgotten when there are too many."""
        if len(self._limiters) >= MAX_TARGETS:
            self._limiters = {target: kept for target, kept in self._limiters.items() if kept.in_flight}
