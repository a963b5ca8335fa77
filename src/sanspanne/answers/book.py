"""Where recorded answers are written down before they are shown: the journal, or nowhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from sanspanne.answers.records import Record


class Book(Protocol):
    """Where it is written down: the journal, for detached answers."""

    def append(self, record: Record) -> None:
        """Add a record to the one write of this turn of the loop."""
        ...

    def when_written(self, call: Callable[[], None]) -> None:
        """Call `call` right after that write."""
        ...


class Unwritten:
    """The book of what lives in memory alone."""

    def append(self, record: Record) -> None:
        """Nothing is kept."""

    def when_written(self, call: Callable[[], None]) -> None:
        """At once: there is nothing to wait for."""
        call()
