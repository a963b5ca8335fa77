"""What is stored of a kept question, and where."""

from __future__ import annotations

from typing import Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from sanspanne.answers import records
from sanspanne.answers.opening import opened
from sanspanne.answers.recorded import RecordedAnswer
from sanspanne.answers.sealing import Sealing
from sanspanne.errors import StoreError


class Entry(Struct, frozen=True, array_like=True):
    """The question, then (`over`) its answer; of the question nothing but `model` and `stream` is left then."""

    opened: records.Opened
    expires: float
    last: int = 0
    data: bytes = b""
    over: records.Over | None = None

    @property
    def kept(self) -> records.Kept:
        """The same, as the journal would give it."""
        said = [records.Said(self.opened.answer_id, self.last, self.data)] if self.data else []
        return records.Kept(self.opened, said, self.over)


class Row(Struct, frozen=True):
    """An entry, sealed. `until`: when the question expires, or its end need not be kept any longer.

    `tell_at`: when its caller's webhook is to be told of its end, `tries`: how often that was tried. Seconds since 1970.
    """

    id: str
    owner: bytes
    over: bool
    until: float
    tell_at: float | None
    tries: int
    content: bytes


class Store(Protocol):
    """Where rows are kept. All of it may be called from any thread and raises `StoreError`."""

    def put(self, row: Row) -> None:
        """Keep a question."""
        ...

    def end(self, row: Row) -> None:
        """It has ended: `row` takes its place; nothing if it was forgotten meanwhile."""
        ...

    def find(self, answer_id: str) -> Row | None:
        """The one of that id."""
        ...

    def waiting(self) -> list[Row]:
        """Those that have not ended, the first first."""
        ...

    def fetched(self, answer_id: str, until: float) -> None:
        """It need not be kept for longer than that any more."""
        ...

    def forget(self, owner: bytes, answer_id: str) -> bool:
        """Drop one of that owner; False if there is none."""
        ...

    def sweep(self, now: float) -> None:
        """Drop what need not be kept any longer."""
        ...

    def to_tell(self, before: float) -> list[Row]:
        """Some of those whose webhook is to be told by then, the earliest first."""
        ...

    def told(self, answer_id: str, again: float | None) -> None:
        """Its webhook was tried once more; `again`: when it is to be tried again, None: never."""
        ...

    def next_to_tell(self) -> float | None:
        """When the next webhook is to be told; None if none is."""
        ...


def asked(answer: RecordedAnswer, expires: float) -> Entry:
    """The entry of a question."""
    return Entry(opened(answer), expires)


def ended(answer: RecordedAnswer, expires: float) -> Entry:
    """The entry of its end."""
    assert answer.ended is not None
    request, recording = answer.request, answer.recording
    left = msgspec.json.encode({"model": request.model, "stream": request.stream})
    over = records.Over(answer.id, answer.state.value, answer.ended, answer.route, answer.told)
    return Entry(replace(opened(answer), body=left, headers={}), expires, recording.last, recording.data, over)


def row_of(entry: Entry, sealing: Sealing, until: float, tell_at: float | None = None) -> Row:
    """An entry, sealed for its place."""
    answer_id = entry.opened.answer_id
    content = sealing.seal(msgspec.msgpack.encode(entry), answer_id.encode())
    owner = sealing.digest(entry.opened.key.encode())
    return Row(answer_id, owner, entry.over is not None, until, tell_at, 0, content)


def entry_of(row: Row, sealing: Sealing) -> Entry:
    """What a row holds. Raises `StoreError`."""
    try:
        return msgspec.msgpack.decode(sealing.open(row.content, row.id.encode()), type=Entry)
    except msgspec.DecodeError as error:
        raise StoreError(f"what is kept cannot be read ({error})") from None
