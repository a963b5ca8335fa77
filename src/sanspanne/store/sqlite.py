"""One SQLite file: opened, readable by its owner alone, brought up to the schema that this program knows.

A connection lives as long as one piece of work. That costs about 0.2 ms and needs no lock between threads, no care when the
file is replaced under us, and no close at the end.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import resources
from pathlib import Path

from sanspanne.errors import StoreError

FILE_NAME = "sanspanne.sqlite3"
BUSY_SECONDS = 2.0
READING_SECONDS = 0.05  # who only reads does so on the loop of a running server


class Database:
    """The file `sanspanne.sqlite3` in `folder`; made, with the folder, when it is not there. Raises `StoreError`."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        with self._told():
            _make_private(self.path)
        with self.work() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            _migrate(connection, self.path)

    @contextmanager
    def work(self, busy_seconds: float = BUSY_SECONDS) -> Iterator[sqlite3.Connection]:
        """A connection for one piece of work. Statements commit on their own; what SQLite raises becomes `StoreError`."""
        with self._told(), closing(self._connect(busy_seconds)) as connection:
            yield connection

    def _connect(self, busy_seconds: float) -> sqlite3.Connection:
        # mode=rw: a file that has vanished is an error, not an empty database in which no key was ever revoked
        uri = f"{self.path.absolute().as_uri()}?mode=rw"
        connection = sqlite3.connect(uri, uri=True, timeout=busy_seconds, isolation_level=None)
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"The database {self.path} cannot be used: {error}. "
                "Expected a folder that this user can write to. For example: --data ~/.local/share/sanspanne"
            ) from error


def _make_private(path: Path) -> None:
    if not path.parent.exists():
        path.parent.mkdir(parents=True, mode=0o700)
    # SQLite gives its side files (-wal, -shm) the mode of the main one
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    # Of two processes that start at once, one migrates and the other finds it done.
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL)"
    )
    done = {version for (version,) in connection.execute("SELECT version FROM schema_version")}
    known = _migrations()
    if newer := done - known.keys():
        raise StoreError(
            f"The database {path} was written by a newer sanspanne (schema {max(newer)}; this one knows up to {max(known)}). "
            "Expected that version or a later one. Nothing was changed."
        )
    for version in sorted(known.keys() - done):
        for statement in _statements(known[version]):
            connection.execute(statement)
        connection.execute("INSERT INTO schema_version VALUES (?, datetime('now'))", (version,))
    connection.execute("COMMIT")


def _migrations() -> dict[int, str]:
    folder = resources.files("sanspanne.store") / "migrations"
    scripts = [script for script in folder.iterdir() if script.name.endswith(".sql")]
    return {int(script.name[:4]): script.read_text("utf-8") for script in scripts}


def _statements(script: str) -> Iterator[str]:
    # sqlite3.executescript would commit first, and the transaction around all of the migrations would be lost
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
