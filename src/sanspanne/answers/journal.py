"""The journal of detached answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from sanspanne.answers.records import Kept, Record


class Journal:
    """Keeps what detached answers say, on disk, so that they survive our death."""

    def __init__(
        self,
        folder: Path,
        key: bytes,
        *,
        notice: Callable[[str], None],
        wall: Callable[[], float],
        keep_seconds: float,
        max_bytes: int,
    ) -> None:
        self._records: list[Record] = []
        self._calls: list[Callable[[], None]] = []
        self._scheduled = False

    def open(self) -> list[Kept]:
        """What earlier lives left and may still be followed, oldest first; from then on the journal can be written.

        To be called on the running loop. Raises `StoreError`: another process has the folder, or it cannot be used.
        """
        return []

    def append(self, record: Record) -> None:
        """Add `record` to the one write of this turn of the loop."""
        self._records.append(record)
        self._schedule()

    def when_written(self, call: Callable[[], None]) -> None:
        """Call `call` right after that write: what was appended before it is then safe from kill -9."""
        self._calls.append(call)
        self._schedule()

    async def close(self) -> None:
        """Write what is left, see it to the disk, let go of the folder."""
        self._flush()

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        calls, self._calls, self._records, self._scheduled = self._calls, [], [], False
        for call in calls:
            call()
