"""Server-sent events, split by bytes.

Lines end with `\\n` or `\\r\\n` and nothing else: U+2028 and its kin, which `str.splitlines` would cut at, are ordinary
characters of an answer. Text is decoded only when a whole line is there, so a character cut in two by the network is whole
again. Source: WHATWG HTML, 9.2.6 "Interpreting an event stream" (a lone `\\r` as line end is not accepted: no provider
sends it, and accepting it would mean waiting at each `\\r` for what follows; it counts as a space, also in what is passed
on, where a client would take it for the end of a line).
"""

from __future__ import annotations

from msgspec import Struct

_MARK = b"\xef\xbb\xbf"  # a byte order mark may stand before the first event, and is no part of it
MAX_EVENT_BYTES = 16 * 1024 * 1024


class ServerSentEvent(Struct, frozen=True, gc=False):
    """One event: its name, its data, and its bytes as they may be passed on, with the blank line that ends it.

    These lack the provider's `id` and `retry` lines, which are meant for us and would steer the caller's client, and the name
    of an event without data, which clients skip or stumble over; they are empty where nothing is left. `stray` holds lines
    that are no field of an event stream (an HTML page, a bare JSON error): bytes that a provider put on the wire instead of
    an event.
    """

    name: bytes
    data: bytes
    raw: bytes
    stray: bytes = b""


class Splitter:
    """Cuts a byte stream into events; keeps the unfinished tail for the next call."""

    def __init__(self, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._tail = b""
        self._max = max_event_bytes
        self._begun = False

    def feed(self, data: bytes) -> list[ServerSentEvent]:
        """The events that `data` completes."""
        if not self._begun:
            data = self._beginning(data)
        if b"\r" in data or b"\r" in self._tail:
            return self._feed_crlf(data)
        blocks = (self._tail + data).split(b"\n\n")
        self._tail = self._bounded(blocks.pop())
        return [_event(block) for block in blocks if block]

    def _beginning(self, data: bytes) -> bytes:
        data, self._tail = self._tail + data, b""
        if len(data) < len(_MARK) and _MARK.startswith(data):  # half a mark
            self._tail = data
            return b""
        self._begun = True
        return data.removeprefix(_MARK)

    def close(self) -> list[ServerSentEvent]:
        """What is left when the stream ends: an event that lacks only its blank line, or stray bytes."""
        tail, self._tail = self._tail, b""
        return [_event(_spaced(_unix(tail)))] if tail.strip() else []

    def _feed_crlf(self, data: bytes) -> list[ServerSentEvent]:
        buffer = self._tail + data
        held = b""
        if buffer.endswith(b"\r"):  # the `\n` of this line end may come with the next piece
            buffer, held = buffer[:-1], b"\r"
        blocks = _unix(buffer).split(b"\n\n")
        self._tail = self._bounded(blocks.pop() + held)
        return [_event(_spaced(block)) for block in blocks if block]

    def _bounded(self, tail: bytes) -> bytes:
        if len(tail) > self._max:
            raise OverflowError(f"an event of more than {self._max} bytes")
        return tail


def _unix(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n")


def _spaced(block: bytes) -> bytes:
    return block.replace(b"\r", b" ")


def _event(block: bytes) -> ServerSentEvent:
    if (
        block.startswith(b"data: ") and b"\n" not in block and len(block) > 6
    ):  # what nearly every event of most providers looks like
        return ServerSentEvent(b"", block[6:], block + b"\n\n")
    head, _, rest = block.partition(b"\n")
    if (
        head.startswith(b"event: ") and rest.startswith(b"data: ") and b"\n" not in rest and len(rest) > 6
    ):  # and of the others
        return ServerSentEvent(head[7:].strip(), rest[6:], block + b"\n\n")
    return _uncommon(block)


def _uncommon(block: bytes) -> ServerSentEvent:
    name, data, stray, passed = b"", [], [], []
    for line in block.split(b"\n"):
        field, _, value = line.partition(b":")
        if not line or field in (b"id", b"retry"):
            continue
        passed.append(line)
        if field == b"data":
            data.append(value.removeprefix(b" "))
        elif field == b"event":
            name = value.removeprefix(b" ").strip()
        elif field:
            stray.append(line)
    said = b"\n".join(data)
    if not said.strip():
        passed = [line for line in passed if line.partition(b":")[0] not in (b"event", b"data")]
    raw = b"\n".join([*passed, b"", b""]) if passed else b""
    return ServerSentEvent(name, said, raw, b"\n".join(stray))
