"""What is spooled: one short line of JSON for each thing that happens to an answer or an attempt.

    a  an answer begins       A  it is over
    t  an attempt begins      s  what it has said so far      T  it is over

No line holds a word of a prompt or of an answer. Numbers of attempts are those of one life of the process.

Records and entries are made by the thousand and refer to nothing that refers back: `gc=False` spares the collector, which
would stop the loop, the walk over them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TypeAlias, final

import msgspec
from msgspec import Struct

PIECE = 32 * 1024  # bytes

Rates: TypeAlias = tuple[
    int, int, int, int
]  # micro-dollars per million tokens: in, out, read from a cache, written to one


@final
class AnswerOpened(Struct, frozen=True, array_like=True, gc=False, tag="a"):
    """An answer begins at `at` (seconds since 1970)."""

    at: float
    id: str
    request: str
    key: str
    dialect: str
    model: str
    stream: bool
    detached: bool


@final
class AttemptOpened(Struct, frozen=True, array_like=True, gc=False, tag="t"):
    """An attempt begins. Its `rates` are noted now, so that whoever closes the books of a dead process needs no price list.

    None: they are not known. `local`: an engine of one's own, where a token costs nothing. `rest`: see `hooks.AttemptBegun`.
    """

    at: float
    number: int
    answer: str
    target: str
    prompt: int
    rates: Rates | None
    local: bool
    rest: bool


@final
class AttemptSaid(Struct, frozen=True, array_like=True, gc=False, tag="s"):
    """So many characters have been read of an attempt that still runs."""

    at: float
    number: int
    said: int
    dense: int


@final
class AttemptClosed(Struct, frozen=True, array_like=True, gc=False, tag="T"):
    """An attempt is over. `usage` is what the provider told: in, out, read from a cache, written to one."""

    at: float
    number: int
    answer: str
    target: str
    outcome: str
    reason: str
    status: int | None
    first_token: float | None
    seconds: float
    usage: tuple[int, int, int, int] | None
    said: int
    dense: int


class SeamNoted(Struct, frozen=True, array_like=True, gc=False):
    """Where another attempt took over (see `chat.Seam`)."""

    before: str
    after: str
    reason: str
    means: str
    at: int
    exact: bool


@final
class AnswerClosed(Struct, frozen=True, array_like=True, gc=False, tag="A"):
    """An answer is over."""

    at: float
    id: str
    request: str
    key: str
    dialect: str
    model: str
    outcome: str
    target: str
    rung: str
    first_token: float | None
    seconds: float
    error: str
    stream: bool
    seams: tuple[SeamNoted, ...] = ()
    reason: str = ""
    waited: float = 0.0


Record: TypeAlias = AnswerOpened | AttemptOpened | AttemptSaid | AttemptClosed | AnswerClosed


class Lines:
    """Records to lines and back."""

    def __init__(self) -> None:
        self._encoder = msgspec.json.Encoder()
        self._decoder: msgspec.json.Decoder[Record] = msgspec.json.Decoder(Record)

    def write(self, records: Iterable[Record]) -> bytes:
        """One line for each record."""
        return self._encoder.encode_lines(records)

    def read(self, data: bytes) -> list[Record]:
        """The records of whole lines. A line that was torn by a death in mid-write is passed over."""
        try:
            return self._decoder.decode_lines(data)
        except msgspec.MsgspecError:
            return self._read_singly(data)

    def pieces(self, data: bytes) -> Iterator[list[Record]]:
        """The records of whole lines, so many at a time as a processor's cache holds."""
        begin = 0
        while begin < len(data):
            end = data.find(b"\n", begin + PIECE) + 1 or len(data)
            yield self.read(data[begin:end])
            begin = end

    def _read_singly(self, data: bytes) -> list[Record]:
        records = []
        for line in data.splitlines():
            with suppress(msgspec.MsgspecError):
                records.append(self._decoder.decode(line))
        return records
