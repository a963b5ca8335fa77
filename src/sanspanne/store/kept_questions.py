"""Kept questions, and afterwards their answers, in SQLite, sealed by whoever puts them there.

    put (a question) --> put (its end, in its place) --> gone: fetched, too old, or too many bytes of answers
                                        |
                                        +-- told: its webhook was told, or is to be told again later

What a webhook has still to be told is not dropped.
"""

from __future__ import annotations

from sanspanne.answers.kept_store import Row
from sanspanne.store.sqlite import Database

MOST_BYTES = 128 * 1024 * 1024

_PUT = "INSERT OR REPLACE INTO kept_questions VALUES (?, ?, ?, ?, ?, ?, ?)"
_END = "UPDATE kept_questions SET over = 1, until = ?, tell_at = ?, content = ? WHERE id = ? AND NOT over"
_FIND = "SELECT * FROM kept_questions WHERE id = ?"
_WAITING = "SELECT * FROM kept_questions WHERE NOT over ORDER BY id"
_TO_TELL = "SELECT * FROM kept_questions WHERE tell_at <= ? ORDER BY tell_at LIMIT 16"
_TOLD = "UPDATE kept_questions SET tries = tries + 1, tell_at = ? WHERE id = ?"
_FETCHED = "UPDATE kept_questions SET until = min(until, ?) WHERE id = ? AND over"
_DROP = (
    "DELETE FROM kept_questions WHERE id IN (SELECT id FROM (SELECT id, tell_at, sum(length(content)) OVER"
    " (ORDER BY until DESC, id) AS total FROM kept_questions WHERE over) WHERE total > ? AND tell_at IS NULL)"
)


class SqliteKeptQuestions:
    """The store of `answers/kept_questions.py`. All of it may be called from any thread and raises `StoreError`."""

    def __init__(self, database: Database, most: int = MOST_BYTES) -> None:
        self._database = database
        self._most = most

    def put(self, row: Row) -> None:
        """See `Store.put`."""
        values = (row.id, row.owner, row.over, row.until, row.tell_at, row.tries, row.content)
        with self._database.work() as connection:
            connection.execute(_PUT, values)

    def end(self, row: Row) -> None:
        """See `Store.end`."""
        with self._database.work() as connection:
            connection.execute(_END, (row.until, row.tell_at, row.content, row.id))

    def find(self, answer_id: str) -> Row | None:
        """See `Store.find`."""
        with self._database.work() as connection:
            row = connection.execute(_FIND, (answer_id,)).fetchone()
            return None if row is None else _row(*row)

    def waiting(self) -> list[Row]:
        """See `Store.waiting`. Ids sort by time."""
        with self._database.work() as connection:
            return [_row(*row) for row in connection.execute(_WAITING)]

    def fetched(self, answer_id: str, until: float) -> None:
        """See `Store.fetched`."""
        with self._database.work() as connection:
            connection.execute(_FETCHED, (until, answer_id))

    def forget(self, owner: bytes, answer_id: str) -> bool:
        """See `Store.forget`."""
        with self._database.work() as connection:
            done = connection.execute("DELETE FROM kept_questions WHERE owner = ? AND id = ?", (owner, answer_id))
            return done.rowcount > 0

    def sweep(self, now: float) -> None:
        """See `Store.sweep`. The oldest answers go too, where all of them are beyond the bound."""
        with self._database.work() as connection:
            connection.execute("DELETE FROM kept_questions WHERE over AND until < ? AND tell_at IS NULL", (now,))
            connection.execute(_DROP, (self._most,))

    def to_tell(self, before: float) -> list[Row]:
        """See `Store.to_tell`."""
        with self._database.work() as connection:
            return [_row(*row) for row in connection.execute(_TO_TELL, (before,))]

    def told(self, answer_id: str, again: float | None) -> None:
        """See `Store.told`."""
        with self._database.work() as connection:
            connection.execute(_TOLD, (again, answer_id))

    def next_to_tell(self) -> float | None:
        """See `Store.next_to_tell`."""
        with self._database.work() as connection:
            (at,) = connection.execute("SELECT min(tell_at) FROM kept_questions").fetchone()
            return None if at is None else float(at)


def _row(
    answer_id: str, owner: bytes, over: int, until: float, tell_at: float | None, tries: int, content: bytes
) -> Row:
    return Row(answer_id, owner, bool(over), until, tell_at, tries, content)
