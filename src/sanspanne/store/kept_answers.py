"""Whole answers in SQLite, sealed by whoever puts them there, bounded in age and in bytes."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import TypeAlias

from sanspanne.store.sqlite import Database

MOST_BYTES = 128 * 1024 * 1024

Row: TypeAlias = tuple[bytes, bytes, str, float, bytes]  # lookup, owner, answer's id, when it ended, sealed content

# one that is there already is not written again
_PUT = (
    "INSERT INTO TABLE_NAME VALUES (?, ?, ?, ?, ?) ON CONFLICT (lookup) DO UPDATE SET owner = excluded.owner,"
    " answer_id = excluded.answer_id, ended_at = excluded.ended_at, content = excluded.content"
    " WHERE answer_id != excluded.answer_id"
)
_DROP = (
    "DELETE FROM TABLE_NAME WHERE lookup IN (SELECT lookup FROM (SELECT lookup, sum(length(content)) OVER"
    " (ORDER BY ended_at DESC, lookup) AS total FROM TABLE_NAME) WHERE total > ?)"
)
_OLD = "DELETE FROM TABLE_NAME WHERE ended_at < ?"
_FIND = "SELECT content FROM TABLE_NAME WHERE lookup = ? AND ended_at >= ?"
_FORGET = "DELETE FROM TABLE_NAME WHERE owner = ? AND answer_id = ?"
_HELD = "SELECT coalesce(sum(length(content)), 0) FROM TABLE_NAME"


class SqliteKeptAnswers:
    """The store of `answers/keeping.py` and `answers/earlier.py`, each with a `table` of its own.

    What is older than `seconds` goes, and the oldest beyond `most` bytes.

    All of them are looked through only when so much was put that they may be too many, and then a sixteenth is made free.
    """

    def __init__(self, database: Database, seconds: float, most: int = MOST_BYTES, table: str = "kept_answers") -> None:
        self._database = database
        self._table = table
        self._seconds = seconds
        self._most = most
        self._room = 0  # bytes that may be put, to our knowledge

    def put(self, rows: Sequence[Row]) -> None:
        """Keep these, each in the place of what its lookup found until now, all of them or none. Raises `StoreError`."""
        fitting = [row for row in rows if len(row[-1]) <= self._most]
        if not fitting:
            return
        with self._database.work() as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(self._on(_OLD), (max(r[3] for r in fitting) - self._seconds,))
            connection.executemany(self._on(_PUT), fitting)
            room = self._room - sum(len(row[-1]) for row in fitting)
            if room < 0:
                room = self._make_room(connection)
            connection.execute("COMMIT")
        self._room = room

    def find(self, lookup: bytes, since: float) -> bytes | None:
        """What was kept under `lookup`, unless it is older than `since`. Raises `StoreError`."""
        with self._database.work() as connection:
            row = connection.execute(self._on(_FIND), (lookup, since)).fetchone()
            return None if row is None else bytes(row[0])

    def forget(self, owner: bytes, answer_id: str) -> bool:
        """Drop an answer of that owner; False if there is none. Raises `StoreError`."""
        with self._database.work() as connection:
            return connection.execute(self._on(_FORGET), (owner, answer_id)).rowcount > 0

    def _make_room(self, connection: sqlite3.Connection) -> int:
        if (held := self._held(connection)) > self._most:
            connection.execute(self._on(_DROP), (self._most - self._most // 16,))
            held = self._held(connection)
        return self._most - held

    def _held(self, connection: sqlite3.Connection) -> int:
        (held,) = connection.execute(self._on(_HELD)).fetchone()
        return int(held)

    def _on(self, statement: str) -> str:
        return statement.replace("TABLE_NAME", self._table)
