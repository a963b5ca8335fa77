"""Cuts a JSON array of objects that arrives in pieces into its objects, without reading them."""

from __future__ import annotations

import re

_MAX = 16 * 1024 * 1024
_TOKEN = re.compile(rb'["\\{}]')


class ObjectSplitter:
    """Finds the objects of `[{...}, {...}]` as soon as each is closed."""

    def __init__(self, max_bytes: int = _MAX) -> None:
        self._buffer = b""
        self._scanned = 0  # how much of the buffer has been looked at
        self._depth = 0
        self._in_text = False
        self._max = max_bytes

    def feed(self, data: bytes) -> list[bytes]:
        """The objects that `data` completes. Raises `OverflowError` when one grows beyond all bounds."""
        self._buffer += data
        found: list[bytes] = []
        while (end := self._end_of_object()) is not None:
            found.append(self._buffer[:end].lstrip(b" \t\r\n,["))
            self._buffer, self._scanned = self._buffer[end:], 0
        if len(self._buffer) > self._max:
            raise OverflowError(f"an object of more than {self._max} bytes")
        return found

    def close(self) -> bytes:
        """What is left when the stream ends and is not the array's own punctuation."""
        return self._buffer.strip(b" \t\r\n,[]")

    def _end_of_object(self) -> int | None:
        while match := _TOKEN.search(self._buffer, self._scanned):
            token, position = match.group(), match.end()
            if token == b"\\" and self._in_text:
                if position == len(self._buffer):  # the escaped character is still to come
                    return None
                position += 1
            elif token == b'"':
                self._in_text = not self._in_text
            elif not self._in_text and token != b"\\":
                self._depth += 1 if token == b"{" else -1
                if token == b"}" and self._depth <= 0:
                    self._depth = 0
                    self._scanned = position
                    return position
            self._scanned = position
        self._scanned = len(self._buffer)
        return None
