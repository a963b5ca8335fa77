"""Lines to a stream that may block (a full pipe, a slow disk), written by a thread so that the loop never does.

At most `capacity` lines wait; further ones are dropped and counted: a log that cannot be written must not become the outage.
"""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from typing import TextIO

CAPACITY = 10_000
LAST_LINES_SECONDS = 2.0


class Lines:
    """A bounded queue of lines before one stream. `start` before use, `stop` after it."""

    def __init__(self, stream: TextIO, capacity: int = CAPACITY) -> None:
        self._stream = stream
        self._capacity = capacity
        self._queue: SimpleQueue[str | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self.dropped = 0

    def start(self) -> None:
        """Begin to write."""
        self._thread = threading.Thread(target=self._run, name="log-lines", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, as far as the stream takes it within two seconds."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join(LAST_LINES_SECONDS)
            self._thread = None

    def write(self, line: str) -> None:
        """Queue `line`, which ends with a line end. Never blocks."""
        if self._queue.qsize() >= self._capacity:
            self.dropped += 1
        else:
            self._queue.put(line)

    def flush(self) -> None:
        """The thread flushes; this is here so that a logger can take us for a file."""

    def _run(self) -> None:
        while (line := self._queue.get()) is not None:
            lines, last = self._waiting(line)
            try:
                self._stream.write("".join(lines))
                self._stream.flush()
            except (OSError, ValueError):  # the other end of the pipe is gone, or the file is closed
                self.dropped += len(lines)
            if last:
                return

    def _waiting(self, first: str) -> tuple[list[str], bool]:
        """`first` and all that waits behind it; and whether the end of all lines is among them."""
        lines = [first]
        try:
            while (line := self._queue.get_nowait()) is not None:
                lines.append(line)
        except Empty:
            return lines, False
        return lines, True
