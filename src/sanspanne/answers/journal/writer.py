"""Where the records go: into the segment that is being written, into the next one, or nowhere for a while.

    writing --full, or a minute old--> writing the next one
    writing --error, no room--> resting --3 s, and the hole is marked--> writing the next one

While it rests, records are lost: that is a hole. Whoever was under way there has a part missing, and must end there, broken, at
the next start. The segment before the hole is renamed to say so, which needs no room on the disk.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from sanspanne.answers.journal.disk import Disk
from sanspanne.answers.journal.segment import OVERHEAD, SegmentFile, Start
from sanspanne.answers.journal.stock import Segment, Stock
from sanspanne.answers.journal.syncing import Syncing
from sanspanne.answers.records import Erased, Record, encode

SEGMENT_BYTES = 8 * 1024 * 1024
SEGMENT_SECONDS = 60.0
REST_SECONDS = 3.0
TOLD_SECONDS = 600.0  # a disk that comes and goes is told of so seldom

WHOLE, SHORT = ".journal", ".short"  # what a segment's file is called; SHORT: a hole follows


class Writer:
    """Writes blocks of records, and keeps the stock. Never raises for want of a disk: `notice` is told."""

    def __init__(
        self,
        folder: Path,
        key: bytes,
        stock: Stock,
        syncing: Syncing,
        disk: Disk,
        *,
        drop: Callable[[Segment], None],
        notice: Callable[[str], None],
        wall: Callable[[], float],
        max_bytes: int,
        boot: str,
    ) -> None:
        self._folder = folder
        self._key = key
        self._stock = stock
        self._syncing = syncing
        self._disk = disk
        self._drop = drop
        self._notice = notice
        self._wall = wall
        self._max_bytes = max_bytes
        self._boot = boot
        self._segment_bytes = min(SEGMENT_BYTES, max_bytes // 8)
        self._number = stock.newest.number if stock.newest else 0
        self._file: SegmentFile | None = None
        self._blocks: int | None = None  # of the segment before
        self._rested_at: float | None = None
        self._told_at: float | None = None
        self._owed: list[Record] = []
        self._hole = False  # there is one, and it is not marked yet

    def write(self, records: list[Record]) -> None:
        """One block, if it can be. What was to be erased is erased as soon as something can be written again."""
        now = self._wall()
        records = self._owed + records
        segment = None
        if not _within(self._rested_at, now, REST_SECONDS):
            try:
                segment = self._write(encode(records), now)
            except OSError as error:
                self.rest(error)
        for record in records:
            self._stock.note(record, segment)
        self._owed = [] if segment else [record for record in records if isinstance(record, Erased)]

    def rest(self, error: OSError) -> None:
        """Give the present segment up, and write nothing for a while."""
        now = self._wall()
        if not _within(self._told_at, now, TOLD_SECONDS):
            self._told_at = now
            self._notice(
                f"The journal of answers {self._folder} cannot be written: {error.strerror or error}. Answers go on, but those "
                "that are under way would not survive our death. Expected room on the disk, and in answers.keep_mb."
            )
        self._rested_at = now
        self._hole = True
        self.finish()
        with suppress(OSError):  # it is tried again, and must succeed, before anything else is written
            self._mark_hole()

    def finish(self) -> None:
        """Write no more into the present segment."""
        if self._file is not None:
            self._blocks = self._file.blocks
            self._syncing.finish(self._file.file)
            self._file = None

    def _write(self, payload: bytes, now: float) -> Segment:
        file = self._file
        if (
            file is None
            or file.size + len(payload) > self._segment_bytes
            or not _within(file.begun, now, SEGMENT_SECONDS)
        ):
            file = self._begin(len(payload) + OVERHEAD, now)
        segment = self._stock.segments[-1]
        try:
            file.write(payload)
        finally:
            segment.size = file.size
        self._rested_at = None
        self._syncing.touch(file.file)
        return segment

    def _begin(self, need: int, now: float) -> SegmentFile:
        self.finish()
        if self._hole:
            self._mark_hole()
        self._make_room(max(need, self._segment_bytes))
        path = self._folder / f"{self._number + 1:010d}{WHOLE}"
        start = Start(now, self._blocks, self._boot)
        file = SegmentFile(self._disk, path, self._key, self._number + 1, start)
        self._number += 1
        self._stock.segments.append(Segment(self._number, path))
        self._file = file
        return file

    def _mark_hole(self) -> None:
        segment = self._stock.newest
        if segment is not None:
            if segment.path.suffix == WHOLE:
                marked = segment.path.with_suffix(SHORT)
                self._disk.rename(segment.path, marked)
                segment.path = marked
            segment.answers |= self._stock.under_way()
        self._hole = False

    def _make_room(self, need: int) -> None:
        # for one segment more than is needed: what is dropped stands on the disk until the next fdatasync
        for segment in self._stock.idle(float("inf")):
            if self._stock.size + need + self._segment_bytes <= self._max_bytes:
                break
            self._drop(segment)
        if self._stock.size + need > self._max_bytes:
            raise OSError(errno.ENOSPC, f"what it must keep has reached {self._max_bytes} bytes")


def _within(since: float | None, now: float, seconds: float) -> bool:
    # a clock that was set back is beyond every limit, too
    return since is not None and 0 <= now - since < seconds
