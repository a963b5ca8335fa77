"""What is spooled: one short line of JSON for each thing that happens to an answer or an attempt.

    a  an answer begins       A  it is over
    t  an attempt begins      s  what it has said so far      T  it is over

No line holds a word of a prompt or of an answer. Numbers of attempts are those of one life of the process.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

import msgspec
from msgspec import Struct

Rates: TypeAlias = tuple[
    int, int, int, int
]  # micro-dollars per million tokens: in, out, read from a cache, written to one


class AnswerOpened(Struct, frozen=True, array_like=True, tag="a"):
    """An answer begins at `at` (seconds since 1970)."""

    at: float
    id: str
    request: str
    key: str
    dialect: str
    model: str
    stream: bool
    detached: bool


class AttemptOpened(Struct, frozen=True, array_like=True, tag="t"):
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


class AttemptSaid(Struct, frozen=True, array_like=True, tag="s"):
    """So many characters have been read of an attempt that still runs."""

    at: float
    number: int
    said: int
    dense: int


class AttemptClosed(Struct, frozen=True, array_like=True, tag="T"):
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


class SeamNoted(Struct, frozen=True, array_like=True):
    """Where another attempt took over (see `chat.Seam`)."""

    before: str
    after: str
    reason: str
    means: str
    at: int
    exact: bool


class AnswerClosed(Struct, frozen=True, array_like=True, tag="A"):
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


Record: TypeAlias = AnswerOpened | AttemptOpened | AttemptSaid | AttemptClosed | AnswerClosed


class Lines:
    """Records to lines and back."""

    def __init__(self) -> None:
        self._encoder = msgspec.json.Encoder()
        self._decoder: msgspec.json.Decoder[Record] = msgspec.json.Decoder(Record)

    def write(self, records: Iterable[Record]) -> bytes:
        """One line for each record."""
        return self._encoder.encode_lines(records)

    def read(self, data: bytes) -> Iterator[Record]:
        """The records of whole lines. A line that was torn by a death in mid-write is passed over."""
        for line in data.splitlines():
            try:
                yield self._decoder.decode(line)
            except msgspec.MsgspecError:
                continue
