"""What an answer has said so far, as the bytes that every one of its followers gets.

    added --> shown --> over
      |         |
      |         +-- followers see bytes only from here on: of a journalled answer, when they are safe
      +-- rendered, on its way to the disk

The recording is the only buffer: a follower is a place in it (`Tail`), so a slow one costs no memory.
"""

from __future__ import annotations

from collections.abc import Callable

from sanspanne.dialects.numbering import events_after

PIECE = 64 * 1024  # bytes that are handed to a follower at once


class Recording:
    """One answer's bytes. `shown` of them may be seen; `last` is the number of the last event among these."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._added = 0  # the number of the last event that was added
        self.shown = 0
        self._listeners: list[Callable[[], None]] = []
        self.last = 0
        self.over = False

    def __len__(self) -> int:
        return len(self._data)

    @property
    def data(self) -> bytes:
        """All of it."""
        return bytes(self._data)

    def add(self, data: bytes, last: int) -> None:
        """More bytes, which end with event number `last`; not shown yet."""
        self._data += data
        self._added = last

    def show(self) -> None:
        """What was added may be seen."""
        self.shown, self.last = len(self._data), self._added
        for listener in tuple(self._listeners):
            listener()

    def close(self) -> None:
        """Nothing follows."""
        self.over = True
        self.show()

    def after(self, number: int) -> int:
        """The place behind event `number`."""
        return len(self._data) - len(events_after(self.data, number)) if number else 0

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever more is shown."""
        self._listeners.append(listener)

    def unlisten(self, listener: Callable[[], None]) -> None:
        """No more."""
        self._listeners.remove(listener)

    def between(self, start: int, most: int) -> bytes:
        """What is shown from `start` on, at most so many bytes."""
        return bytes(self._data[start : min(self.shown, start + most)])


class Tail:
    """One follower's place in a recording."""

    def __init__(self, recording: Recording, after: int = 0) -> None:
        self._recording = recording
        self._place = recording.after(after)

    def take(self) -> bytes:
        """The next bytes for this follower; empty when there are none yet, or none any more."""
        data = self._recording.between(self._place, PIECE)
        self._place += len(data)
        return data

    @property
    def up_to_date(self) -> bool:
        """Whether it has everything that is shown."""
        return self._place >= self._recording.shown

    @property
    def at_end(self) -> bool:
        """Whether nothing will ever follow."""
        return self._recording.over and self._place >= len(self._recording)
