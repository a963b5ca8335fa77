"""What others use of the journal: records go in, and what they hold is shown only after they were written.

    append, append, when_written(show), append ...  --end of the loop's turn-->  one write(2)  -->  show()

So kill -9 loses nothing that was shown. A power cut may lose what was written in the last 100 ms (`syncing.py`): the answers of
an earlier boot of the machine that had not ended are `torn`.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from sanspanne.answers.journal.disk import Disk, RealDisk, take_folder, this_boot
from sanspanne.answers.journal.recovery import Recovery
from sanspanne.answers.journal.stock import Segment, Stock
from sanspanne.answers.journal.syncing import Syncing
from sanspanne.answers.journal.writer import Writer
from sanspanne.answers.records import Erased, Kept, Record
from sanspanne.errors import StoreError

SWEEP_SECONDS = 15.0

log = logging.getLogger(__name__)


class Journal:
    """Keeps on the disk what detached answers say.

    `keep_seconds` counts from the end of an answer; `max_bytes` are those of all files together; `wall` gives seconds since
    1970; `boot` names the present run of the machine, empty where that is not known. When the disk fails, answers go on, and
    `notice` is given one sentence.
    """

    def __init__(
        self,
        folder: Path,
        key: bytes,
        *,
        notice: Callable[[str], None],
        wall: Callable[[], float],
        keep_seconds: float,
        max_bytes: int,
        disk: Disk | None = None,
        boot: str | None = None,
    ) -> None:
        self._folder = folder
        self._key = key
        self._notice = notice
        self._wall = wall
        self._keep_seconds = keep_seconds
        self._max_bytes = max_bytes
        self._disk = disk or RealDisk()
        self._boot = this_boot() if boot is None else boot
        self._records: list[Record] = []
        self._calls: list[Callable[[], None]] = []
        self._scheduled = False
        self._lock: int | None = None  # the folder's descriptor while the journal is open
        self._stock: Stock
        self._syncing: Syncing
        self._writer: Writer
        self._sweep_timer: asyncio.TimerHandle

    def open(self) -> list[Kept]:
        """What earlier lives left and may still be followed, oldest first; from then on the journal can be written.

        To be called once, on the running loop; it takes about 10 ms for each megabyte that is kept. Raises `StoreError`: another
        process has the folder, or it cannot be used.
        """
        lock = take_folder(self._folder)
        recovery = Recovery(self._folder, self._key, self._disk, self._notice, self._keep_seconds, self._boot)
        try:
            kept = recovery.read(self._wall())
        except OSError as error:
            os.close(lock)
            raise StoreError(f"The journal of answers {self._folder} cannot be read: {error}.") from error
        self._lock = lock
        self._stock = recovery.stock
        self._syncing = Syncing(self._disk, lock, self._failed)
        self._writer = self._new_writer()
        self._sweep()
        return kept

    def append(self, record: Record) -> None:
        """Add `record` to the one write of this turn of the loop. Raises `StoreError` when the journal is not open."""
        self._records.append(record)
        self._schedule()

    def when_written(self, call: Callable[[], None]) -> None:
        """Call `call` right after that write: what was appended before it is then safe from kill -9.

        Calls come in their order, and also when the disk has failed. Raises `StoreError` when the journal is not open.
        """
        self._calls.append(call)
        self._schedule()

    async def close(self) -> None:
        """Write what is left, see it to the disk, let go of the folder."""
        if self._lock is None:
            return
        self._sweep_timer.cancel()
        while self._records or self._calls:
            self._flush()
        self._writer.finish()
        lock, self._lock = self._lock, None
        await self._syncing.close()
        os.close(lock)

    def _failed(self, error: OSError) -> None:
        self._writer.rest(error)

    def _new_writer(self) -> Writer:
        return Writer(
            self._folder,
            self._key,
            self._stock,
            self._syncing,
            self._disk,
            drop=self._drop,
            notice=self._notice,
            wall=self._wall,
            max_bytes=self._max_bytes,
            boot=self._boot,
        )

    def _schedule(self) -> None:
        if self._lock is None:
            raise StoreError(f"The journal of answers {self._folder} is not open; nothing can be written to it.")
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        records, self._records = self._records, []
        calls, self._calls = self._calls, []
        self._scheduled = False
        if records:
            self._writer.write(records)
        for call in calls:
            try:
                call()
            except Exception:
                log.exception("what was to be shown after it was journalled could not be shown")

    def _sweep(self) -> None:
        """Let go of what nobody can follow any more, now and every 15 s."""
        for segment in self._stock.idle(self._wall() - self._keep_seconds):
            if segment is self._stock.newest:
                self._writer.finish()
            self._drop(segment)
        self._sweep_timer = asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep)

    def _drop(self, segment: Segment) -> None:
        for answer in self._stock.remove(segment):
            self.append(Erased(answer))
        self.when_written(partial(self._syncing.doom, segment.path))
