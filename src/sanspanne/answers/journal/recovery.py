"""What earlier lives of the process left in the folder.

The segments are read in their order, and their records put together, answer by answer. Where something is missing is a hole:
a segment that cannot be opened or is damaged, one whose last blocks never reached the disk, one that says so by its name.
Who was under way at a hole ends there, broken. What is kept of an answer is therefore always a true beginning of it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path

from sanspanne.answers.journal.disk import Disk
from sanspanne.answers.journal.segment import Reading, read_segment
from sanspanne.answers.journal.stock import Segment, Stock
from sanspanne.answers.journal.writer import SHORT
from sanspanne.answers.records import Erased, Kept, Opened, Over, Record, Said

UNREADABLE = ".unreadable"
_NAME = re.compile(r"(\d{10})\.(journal|short|unreadable)")


class Fold:
    """Records, put together answer by answer."""

    def __init__(self) -> None:
        self.kept: dict[str, Kept] = {}
        self.torn = False  # what is added now was written before the machine was restarted

    def add(self, record: Record) -> None:
        """One more. Of an answer that was never opened or has ended, nothing more is taken."""
        if isinstance(record, Opened):
            self.kept[record.answer_id] = Kept(record, [], None, self.torn)
            return
        if isinstance(record, Erased):
            self.kept.pop(record.answer_id, None)
            return
        kept = self.kept.get(record.answer_id)
        if kept is None or kept.over is not None:
            return
        if isinstance(record, Said):
            kept.said.append(record)
            kept.torn = self.torn
        else:
            kept.over = record

    def hole(self, at: float) -> set[str]:
        """Something is missing here: who is under way ends. Returns their ids."""
        broken = {answer for answer, kept in self.kept.items() if kept.over is None}
        for answer in broken:
            self.kept[answer].over = Over(answer, "broken", at)
        return broken


class Recovery:
    """Reads a folder, once; `stock` is what it found."""

    def __init__(
        self, folder: Path, key: bytes, disk: Disk, notice: Callable[[str], None], keep_seconds: float, boot: str
    ) -> None:
        self._folder = folder
        self._key = key
        self._disk = disk
        self._notice = notice
        self._keep_seconds = keep_seconds
        self._boot = boot
        self._fold = Fold()
        self._at = 0.0  # when the segment that is read began
        self._unreadable = 0
        self.stock = Stock()

    def read(self, now: float) -> list[Kept]:
        """What may still be followed at `now`, oldest first. Raises `OSError`."""
        before: Reading | None = None
        for number, path in _segments(self._folder):
            segment = Segment(number, path, path.stat().st_size)
            reading = None if path.suffix == UNREADABLE else read_segment(path.read_bytes(), self._key, number)
            if before is not None and reading is not None and self.stock.segments[-1].number + 1 == number:
                self._check_end(before, reading)
            self.stock.segments.append(segment)
            before = reading
            if reading is None or (reading.start is None and reading.damaged):
                self._set_aside(segment)
            else:
                self._take(segment, reading)
        if self._unreadable:
            self._notice(
                f"{self._unreadable} file(s) of the journal of answers {self._folder} cannot be opened with the present data key, "
                f"and were renamed to *{UNREADABLE}; they will be deleted in {self._keep_seconds:.0f} seconds. "
                "Expected the key with which they were written, in SANSPANNE_DATA_KEY or data.key."
            )
        return self._followable(now)

    def _check_end(self, before: Reading, reading: Reading) -> None:
        """After a power cut, the end of a segment may never have reached the disk, and yet the next one did."""
        expected = reading.start.before if reading.start is not None else None
        if expected is not None and before.blocks < expected:
            self.stock.segments[-1].answers |= self._fold.hole(self._at)

    def _take(self, segment: Segment, reading: Reading) -> None:
        if reading.start is not None:
            self._at = reading.start.at
            self._fold.torn = "" not in (reading.start.boot, self._boot) and reading.start.boot != self._boot
        for record in reading.records:
            self._fold.add(record)
            self.stock.note(record, segment)
        if reading.damaged:
            self._notice(
                f"The journal of answers is damaged: {segment.path} cannot be read beyond its block {reading.blocks}. "
                "The answers that were under way there are kept up to that place, as broken ones."
            )
        if reading.damaged or segment.path.suffix == SHORT:
            segment.answers |= self._fold.hole(self._at)

    def _set_aside(self, segment: Segment) -> None:
        """A segment that cannot be opened is kept for a while, for whoever finds the right key."""
        segment.answers |= self._fold.hole(self._at)
        if segment.path.suffix != UNREADABLE:
            self._unreadable += 1
            marked = segment.path.with_suffix(UNREADABLE)
            self._disk.rename(segment.path, marked)
            segment.path = marked
        segment.until = segment.path.stat().st_ctime  # when it was renamed

    def _followable(self, now: float) -> list[Kept]:
        for answer in self.stock.under_way() - self._fold.kept.keys():
            self.stock.ended[answer] = -math.inf  # its beginning was never written: nobody can follow it
        for answer, kept in self._fold.kept.items():
            if kept.over is not None:  # a clock that was wrong then must not keep it for ever
                self.stock.ended[answer] = min(kept.over.at, now)
        found = [
            kept
            for kept in self._fold.kept.values()
            if kept.over is None or now < self.stock.ended[kept.opened.answer_id] + self._keep_seconds
        ]
        return sorted(found, key=lambda kept: kept.opened.at)


def _segments(folder: Path) -> list[tuple[int, Path]]:
    names = [(found, path) for path in folder.iterdir() if (found := _NAME.fullmatch(path.name))]
    return sorted((int(found[1]), path) for found, path in names)
