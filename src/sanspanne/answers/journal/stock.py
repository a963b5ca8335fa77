"""Which segments there are, whose answers stand in them, and which of them may go.

    an answer is under way  from its first record on, until `Over` or `Erased`
    a segment may go        when none of its answers can be followed any more, and no older segment needs what it erases

A segment that goes may hold the end of an answer whose beginning stands in an older one, which stays: then that answer must
be erased in writing, or it would look unfinished at the next start.
"""

from __future__ import annotations

import math
from pathlib import Path

from msgspec import Struct, field

from sanspanne.answers.records import Erased, Over, Record


class Segment(Struct, eq=False):
    """One file. `erases` are the answers whose `Erased` stands in it; `until`: kept at least so long (seconds since 1970)."""

    number: int
    path: Path
    size: int = 0
    until: float = -math.inf
    answers: set[str] = field(default_factory=set)
    erases: set[str] = field(default_factory=set)


class Stock:
    """The segments, oldest first, and when the answers in them ended."""

    def __init__(self) -> None:
        self.segments: list[Segment] = []
        self.ended: dict[str, float] = {}

    @property
    def size(self) -> int:
        """Bytes of all segments."""
        return sum(segment.size for segment in self.segments)

    @property
    def newest(self) -> Segment | None:
        """The segment that was begun last."""
        return self.segments[-1] if self.segments else None

    def note(self, record: Record, segment: Segment | None) -> None:
        """`record` stands in `segment`; None: it was lost, but what it says is so all the same."""
        if segment is not None:
            (segment.erases if isinstance(record, Erased) else segment.answers).add(record.answer_id)
        if isinstance(record, Over):
            self.ended.setdefault(record.answer_id, record.at)
        elif isinstance(record, Erased):
            self.ended[record.answer_id] = -math.inf

    def under_way(self) -> set[str]:
        """The answers that have not ended."""
        return self._answers() - self.ended.keys()

    def idle(self, before: float) -> list[Segment]:
        """The segments, oldest first, that may go if no answer need be kept that ended by `before`."""
        going: list[Segment] = []
        held: set[str] = set()
        for segment in self.segments:
            over = segment.until <= before and all(self._over(answer, before) for answer in segment.answers)
            if over and not segment.erases & held:
                going.append(segment)
            else:
                held |= segment.answers
        return going

    def remove(self, segment: Segment) -> set[str]:
        """Take a segment out; its answers that must be erased in writing, because an older segment has more of them."""
        older = self.segments[: self.segments.index(segment)]
        self.segments.remove(segment)
        left = self._answers()
        self.ended = {answer: at for answer, at in self.ended.items() if answer in left}
        return {answer for one in older for answer in one.answers & segment.answers}

    def _over(self, answer: str, before: float) -> bool:
        at = self.ended.get(answer)
        return at is not None and at <= before

    def _answers(self) -> set[str]:
        return {answer for segment in self.segments for answer in segment.answers}
