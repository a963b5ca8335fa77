"""The SQLite file: private, brought up to date, and honest when it cannot be used."""

from __future__ import annotations

import sqlite3
from multiprocessing import get_context
from pathlib import Path

import pytest

from sanspanne.errors import StoreError
from sanspanne.store.sqlite import Database, _migrations


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_file_and_folder_are_private(tmp_path: Path) -> None:
    """The folder and the file that we make, and the side files of a write, are open to their owner alone."""
    database = Database(tmp_path / "deep" / "data")
    assert mode(database.path.parent) == 0o700
    with database.work() as connection:
        connection.execute("INSERT INTO keys (name, sha256, last4, created_at) VALUES ('a', ?, 'wxyz', 0)", ("0" * 64,))
        assert {mode(path) for path in database.path.parent.iterdir()} == {0o600}


def test_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    """A folder that the user made is used as it is."""
    tmp_path.chmod(0o750)
    Database(tmp_path)
    assert mode(tmp_path) == 0o750


def test_file_is_in_wal_mode(tmp_path: Path) -> None:
    """Readers do not wait for a writer: the file is in WAL mode."""
    with Database(tmp_path).work() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_migrations_run_once(tmp_path: Path) -> None:
    """Opening a file again applies no migration twice."""
    Database(tmp_path)
    with Database(tmp_path).work() as connection:
        versions = [version for (version,) in connection.execute("SELECT version FROM schema_version")]
    assert versions == sorted(_migrations())


def test_newer_file_is_left_alone(tmp_path: Path) -> None:
    """A file that a later version wrote is refused with a sentence, and nothing in it is changed."""
    with Database(tmp_path).work() as connection:
        connection.execute("INSERT INTO schema_version VALUES (99, 'later')")
    with pytest.raises(StoreError, match="written by a newer sanspanne"):
        Database(tmp_path)
    with sqlite3.connect(tmp_path / "sanspanne.sqlite3") as connection:
        assert connection.execute("SELECT max(version) FROM schema_version").fetchone() == (99,)


def test_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    """A file that is not SQLite is refused with its path and the reason, and is not overwritten."""
    path = tmp_path / "sanspanne.sqlite3"
    path.write_bytes(b"not a database, but something of mine" * 100)
    with pytest.raises(StoreError, match="not a database"):
        Database(tmp_path)
    assert path.read_bytes().startswith(b"not a database")


def test_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A folder that cannot be made is told with the path and a folder that could."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="Expected a folder that this user can write to"):
        Database(tmp_path / "file" / "data")


def test_vanished_file_is_an_error(tmp_path: Path) -> None:
    """A file that was deleted under us is an error, not an empty store in which no key was ever revoked."""
    database = Database(tmp_path)
    for path in tmp_path.iterdir():
        path.unlink()
    with pytest.raises(StoreError), database.work() as connection:
        connection.execute("SELECT 1 FROM keys")
    assert list(tmp_path.iterdir()) == []


def test_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    """Of several processes that make the file at the same moment each finds it whole."""
    context = get_context("spawn")
    processes = [context.Process(target=Database, args=(tmp_path,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    with Database(tmp_path).work() as connection:
        assert connection.execute("SELECT count(*) FROM schema_version").fetchone() == (len(_migrations()),)
