"""Callers' keys in SQLite."""

from __future__ import annotations

import sqlite3
from typing import Any

from msgspec.structs import astuple

from sanspanne.admission.quotas.terms import NAMES, Limits
from sanspanne.store.base import KeyRecord
from sanspanne.store.sqlite import READING_SECONDS, Database

KEY = ("name", "sha256", "last4", "created_at", "revoked_at", "class")
COLUMNS = ", ".join((*KEY, *NAMES))  # the limits are called as they are in the configuration
ADD = f"INSERT INTO keys ({COLUMNS}) VALUES ({', '.join('?' * (len(KEY) + len(NAMES)))})"  # noqa: S608
LIMIT = (
    f"UPDATE keys SET class = ?, {', '.join(f'{name} = ?' for name in NAMES)}, changes = changes + 1 "  # noqa: S608
    "WHERE name = ? AND revoked_at IS NULL"
)
RECORDS = f"SELECT {COLUMNS} FROM keys ORDER BY id"  # noqa: S608


class SqliteKeyStore:
    """A `KeyStore` in a SQLite file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, record: KeyRecord) -> bool:
        """Keep a new key; False if a key of that name is in force."""
        *row, limits = astuple(record)
        with self._database.work() as connection:
            try:
                connection.execute(ADD, (*row, *astuple(limits)))
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

    def limit(self, name: str, key_class: str, limits: Limits) -> bool:
        """From now on the key of that name has this class and these limits; False if none is in force."""
        with self._database.work() as connection:
            return connection.execute(LIMIT, (key_class, *astuple(limits), name)).rowcount > 0

    def records(self) -> list[KeyRecord]:
        """All keys, revoked ones too, oldest first."""
        with self._database.work(READING_SECONDS) as connection:
            return [_record(row) for row in connection.execute(RECORDS)]

    def revision(self) -> int:
        """Rows are only ever added, revoked and limited, so these three counts grow with every change."""
        with self._database.work(READING_SECONDS) as connection:
            (changes,) = connection.execute("SELECT count(*) + count(revoked_at) + total(changes) FROM keys").fetchone()
            return int(changes)


def _record(row: tuple[Any, ...]) -> KeyRecord:
    name, sha256, last4, created_at, revoked_at, key_class, *limits = row
    return KeyRecord(name, sha256, last4, created_at, revoked_at, key_class, Limits(*limits))
