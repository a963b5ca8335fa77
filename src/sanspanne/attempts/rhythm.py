"""The rhythm of a streamed answer: its first word, the gaps between words, and the row of long gaps that is a drip.

first word    the first frames that say something
gap           from one word to the next; comments and empty pieces pass for signs of life, for four times the limit
drip          three gaps in a row, each longer than the limit of a drip
"""

from __future__ import annotations

from collections.abc import Callable

from sanspanne.attempts.clocks import Limits
from sanspanne.attempts.report import Report
from sanspanne.chat import Frame, Target, says_something
from sanspanne.errors import Stalled

SIGNS_OF_LIFE = 4  # times the gap: for so long comments and empty pieces pass for an answer that goes on
DRIPS = 3


class Rhythm:
    """Of one attempt that begins now; `now` is in seconds. The `report` is told of the first word and of the longest gap."""

    def __init__(self, target: Target, limits: Limits, report: Report, now: Callable[[], float]) -> None:
        self._target = target
        self._limits = limits
        self._report = report
        self._now = now
        self._started = self._last = now()
        self._drips = 0

    @property
    def seconds(self) -> float:
        """Since the beginning of the attempt."""
        return self._now() - self._started

    def first_word(self) -> None:
        """The first word has come, if it had not."""
        if self._report.first_token is None:
            self._report.first_token = self.seconds

    def heard(self, frames: list[Frame]) -> float:
        """These have come. The seconds without a word so far; 0 if they say something. Raises `Stalled`."""
        if self._report.first_token is None:
            self.first_word()
            return 0.0
        gap = self._now() - self._last
        if not any(says_something(event) for frame in frames for event in frame.events):
            if gap > SIGNS_OF_LIFE * self._limits.gap:
                raise Stalled(f"{self._target} gave signs of life but no word for {gap:.1f} s", reason="gap")
            return gap
        self._report.longest_gap = max(self._report.longest_gap, gap)
        self._drips = self._drips + 1 if gap > self._limits.drip else 0
        if self._drips >= DRIPS:
            raise Stalled(f"{self._target} fell to a drip ({gap:.1f} s between pieces)", reason="drip")
        return 0.0

    def passed_on(self, silent: float) -> None:
        """What was heard is with the caller, however long he took; `silent` is what `heard` said of it."""
        self._last = self._now() - silent
