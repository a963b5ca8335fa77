"""Facts become metrics, access lines and events."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

from sanspanne.hooks import AnswerEnded, AttemptEnded, Fact, Notice, TargetMoved
from sanspanne.telemetry.access import access_line
from sanspanne.telemetry.events import Events
from sanspanne.telemetry.lines import Lines
from sanspanne.telemetry.metrics import Metrics


class Telemetry:
    """An observer of the hooks. `start` before use, `stop` after it.

    `stream` is stderr unless told otherwise; `pretty` (sentences instead of JSON) is for terminals.
    """

    def __init__(
        self, stream: TextIO | None = None, *, pretty: bool | None = None, wall: Callable[[], float] = time.time
    ) -> None:
        stream = stream or sys.stderr
        self.metrics = Metrics()
        self._wall = wall
        self._lines = Lines(stream)
        self._events = Events(self._lines, pretty=stream.isatty() if pretty is None else pretty)
        self.metrics.follow(dropped=lambda: self._lines.dropped)

    async def start(self) -> None:
        """Begin to write, and take in the records of `logging`."""
        self._lines.start()
        self._events.attach()

    async def stop(self) -> None:
        """Write what waits, and leave `logging` as it was."""
        self._events.detach()
        self._lines.stop()

    def follow_running(self, running: Callable[[], int]) -> None:
        """Show `running()` as the number of answers under way."""
        self.metrics.follow(running=running)

    def refused(self, status: int) -> None:
        """A request was turned away at the edge with `status`."""
        self.metrics.refused.labels(str(status)).inc()

    def observe(self, fact: Fact) -> None:
        """Take note of `fact`; never blocks."""
        match fact:
            case AttemptEnded():
                self.metrics.attempt(fact)
            case AnswerEnded():
                self.metrics.answer(fact)
                self._lines.write(access_line(fact, self._wall()))
            case TargetMoved():
                self.metrics.moved(fact)
                self._events.moved(fact)
            case Notice():
                self._events.notice(fact)

    def render(self) -> bytes:
        """The metrics, in Prometheus's text format."""
        return self.metrics.render()
