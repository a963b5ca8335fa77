"""What an answer has said so far, as the bytes that every one of its followers gets.

    added --> shown --> over
      |         |
      |         +-- followers see a piece only from here on: of a journalled answer, when it is safe
      +-- rendered, on its way to the disk

The recording is the only buffer: a follower is a place in it (`Tail`), so a slow one costs no memory.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable

from sanspanne.dialects.numbering import events_after, has_event

SKIPPED = 1000  # numbers; more events than one answer can have in the 100 ms that a power cut may take
AT_ONCE = 64 * 1024  # bytes that are handed to a follower at once, if they are more than one piece


class Recording:
    """One answer in pieces. `shown` counts those that may be seen; `last` is the number of the last event in them."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self._lasts: list[int] = []  # of each piece the number of its last event
        self._listeners: list[Callable[[], None]] = []
        self.size = 0
        self.given = 0  # numbers up to this one may have been given to events that were lost
        self.shown = 0
        self.over = False

    @property
    def last(self) -> int:
        """The number of the last event that may be seen."""
        return self._lasts[self.shown - 1] if self.shown else 0

    @property
    def data(self) -> bytes:
        """All of it."""
        return b"".join(self.pieces)

    def add(self, data: bytes, last: int) -> None:
        """One piece more, which ends with event number `last`; not shown yet."""
        self.pieces.append(data)
        self._lasts.append(last)
        self.size += len(data)

    def show(self) -> None:
        """What was added may be seen."""
        self.shown = len(self.pieces)
        for listener in tuple(self._listeners):
            listener()

    def close(self) -> None:
        """Nothing follows."""
        self.over = True
        self.show()

    def after(self, number: int) -> int:
        """The first piece that holds an event behind number `number`."""
        return bisect_right(self._lasts, number) if number else 0

    def skip(self) -> None:
        """Events behind the last one may be lost: the next one must not have the number of one that somebody saw."""
        self.given = self.last + SKIPPED

    def has_lost(self, number: int) -> bool:
        """Whether event `number` may have been seen, and is lost: the numbers go on behind it."""
        if number > self.last:
            return number <= self.given
        return number > 0 and not has_event(self.pieces[bisect_left(self._lasts, number)], number)

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever more is shown."""
        self._listeners.append(listener)

    def unlisten(self, listener: Callable[[], None]) -> None:
        """No more."""
        self._listeners.remove(listener)


class Tail:
    """One follower's place in a recording, behind event `after`."""

    def __init__(self, recording: Recording, after: int = 0) -> None:
        self._recording = recording
        self._place = recording.after(after)
        self._after = after  # the first piece may hold events that he has had

    def take(self) -> bytes:
        """The next bytes for this follower; empty when there are none yet, or none any more."""
        recording, start = self._recording, self._place
        waiting = recording.shown - start
        if waiting <= 0:
            return b""
        self._place = start + 1 if waiting == 1 else self._end(start)
        data = recording.pieces[start] if waiting == 1 else b"".join(recording.pieces[start : self._place])
        if self._after:
            data, self._after = events_after(data, self._after), 0
        return data

    def _end(self, start: int) -> int:
        """How far one turn goes."""
        place, size = start, 0
        while place < self._recording.shown and size < AT_ONCE:
            size += len(self._recording.pieces[place])
            place += 1
        return place

    @property
    def up_to_date(self) -> bool:
        """Whether it has everything that is shown."""
        return self._place >= self._recording.shown

    @property
    def at_end(self) -> bool:
        """Whether nothing will ever follow."""
        return self._recording.over and self.up_to_date
