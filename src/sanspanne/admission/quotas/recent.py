"""The sizes of a key's latest answers: what its next one is likely to use."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque

REMEMBERED = 100
AT_FIRST = 500  # tokens, until an answer has been seen


class Recent:
    """Remembers the latest sizes."""

    def __init__(self) -> None:
        self._in_turn: deque[int] = deque()
        self._sorted: list[int] = []

    def add(self, size: int) -> None:
        """One more answer was of this size."""
        if len(self._in_turn) == REMEMBERED:
            del self._sorted[bisect_left(self._sorted, self._in_turn.popleft())]
        self._in_turn.append(size)
        insort(self._sorted, size)

    def p90(self) -> int:
        """The size that nine of ten do not exceed."""
        return self._sorted[(len(self._sorted) * 9 - 1) // 10] if self._sorted else AT_FIRST
