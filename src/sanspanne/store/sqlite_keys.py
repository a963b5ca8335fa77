"""Callers' keys in SQLite."""

from __future__ import annotations

import sqlite3

from sanspanne.store.base import KeyRecord
from sanspanne.store.sqlite import READING_SECONDS, Database


class SqliteKeyStore:
    """A `KeyStore` in a SQLite file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, record: KeyRecord) -> bool:
        """Keep a new key; False if a key of that name is in force."""
        row = (record.name, record.sha256, record.last4, record.created_at, record.revoked_at)
        with self._database.work() as connection:
            try:
                connection.execute(
                    "INSERT INTO keys (name, sha256, last4, created_at, revoked_at) VALUES (?, ?, ?, ?, ?)", row
                )
            except sqlite3.IntegrityError as error:
                if "keys.name" not in str(error):
                    raise
                return False
        return True

    def revoke(self, name: str, at: float) -> bool:
        """Take the key of that name out of force; False if there is none."""
        with self._database.work() as connection:
            done = connection.execute(
                "UPDATE keys SET revoked_at = ? WHERE name = ? AND revoked_at IS NULL", (at, name)
            )
            return done.rowcount > 0

    def records(self) -> list[KeyRecord]:
        """All keys, revoked ones too, oldest first."""
        with self._database.work(READING_SECONDS) as connection:
            rows = connection.execute("SELECT name, sha256, last4, created_at, revoked_at FROM keys ORDER BY id")
            return [KeyRecord(*row) for row in rows]

    def revision(self) -> int:
        """Rows are only ever added and revoked, so their two counts grow with every change."""
        with self._database.work(READING_SECONDS) as connection:
            (changes,) = connection.execute("SELECT count(*) + count(revoked_at) FROM keys").fetchone()
            return int(changes)
