"""Whole answers in SQLite, sealed by whoever puts them there, bounded in age and in bytes."""

from __future__ import annotations

from sanspanne.store.sqlite import Database

MOST_BYTES = 128 * 1024 * 1024


class SqliteKeptAnswers:
    """The store of `answers/keeping.py`. What is older than `seconds` goes, and the oldest beyond `most` bytes."""

    def __init__(self, database: Database, seconds: float, most: int = MOST_BYTES) -> None:
        self._database = database
        self._seconds = seconds
        self._most = most

    def put(self, lookup: bytes, owner: bytes, answer_id: str, at: float, content: bytes) -> None:
        """Keep `content`, which ended `at`, in the place of what `lookup` found until now. Raises `StoreError`."""
        if len(content) > self._most:
            return
        with self._database.work() as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(
                "DELETE FROM kept_answers WHERE lookup = ? OR ended_at < ?", (lookup, at - self._seconds)
            )
            connection.execute(
                "INSERT INTO kept_answers VALUES (?, ?, ?, ?, ?)", (lookup, owner, answer_id, at, content)
            )
            connection.execute(
                "DELETE FROM kept_answers WHERE lookup IN (SELECT lookup FROM (SELECT lookup, sum(length(content)) OVER"
                " (ORDER BY ended_at DESC, lookup) AS total FROM kept_answers) WHERE total > ?)",
                (self._most,),
            )
            connection.execute("COMMIT")

    def find(self, lookup: bytes, since: float) -> bytes | None:
        """What was kept under `lookup`, unless it is older than `since`. Raises `StoreError`."""
        with self._database.work() as connection:
            row = connection.execute(
                "SELECT content FROM kept_answers WHERE lookup = ? AND ended_at >= ?", (lookup, since)
            ).fetchone()
            return None if row is None else bytes(row[0])

    def forget(self, owner: bytes, answer_id: str) -> bool:
        """Drop an answer of that owner; False if there is none. Raises `StoreError`."""
        with self._database.work() as connection:
            done = connection.execute("DELETE FROM kept_answers WHERE owner = ? AND answer_id = ?", (owner, answer_id))
            return done.rowcount > 0
