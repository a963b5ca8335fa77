"""Notices when a small model goes round in circles: one line, or one sentence, three times among the last few."""

from __future__ import annotations

import re
from collections import deque

from sanspanne.chat import TextDelta

ENDS = re.compile(r"(?<=[.!?…])\s+|\n")
BULLET = re.compile(r"^(?:\d+[.)]|[-*•])\s*")

TIMES = 3
AMONG = 6
SHORTEST = 8  # characters: a brace or a bullet may well come back


class LoopGuard:
    """Watches one answer."""

    def __init__(self) -> None:
        self._open = ""
        self._last: deque[str] = deque(maxlen=AMONG)

    def stops(self, event: object) -> bool:
        """Take note of an event; True when the answer has begun to repeat itself and should be ended here."""
        if not isinstance(event, TextDelta):
            return False
        *whole, self._open = ENDS.split(self._open + event.text)
        return any(self._repeated(line) for line in whole)

    def _repeated(self, line: str) -> bool:
        line = BULLET.sub("", line.strip()).casefold()
        if len(line) < SHORTEST:
            return False
        self._last.append(line)
        return self._last.count(line) >= TIMES
