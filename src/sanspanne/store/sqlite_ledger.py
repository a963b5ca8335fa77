"""The ledger in SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from sanspanne.ledger.entries import AnswerEntry, AttemptEntry, AttemptKey, Books
from sanspanne.ledger.settling import Settled
from sanspanne.store.sqlite import BUSY_SECONDS, Database


class SqliteLedgerStore:
    """A `LedgerStore` (see `ledger/base.py`) in a SQLite file. `busy_seconds`: for so long it waits for another writer."""

    def __init__(self, database: Database, busy_seconds: float = BUSY_SECONDS) -> None:
        self._database = database
        self._busy_seconds = busy_seconds

    def load(self, answers: Collection[str], attempts: Collection[AttemptKey]) -> Books:
        """Those of these entries that there are."""
        with self._database.work(self._busy_seconds) as connection:
            books = _answers(connection, "id IN (SELECT value FROM json_each(?))", _json(answers))
            for life in {life for life, _ in attempts}:
                numbers = _json([number for other, number in attempts if other == life])
                where = "life = ? AND number IN (SELECT value FROM json_each(?))"
                _add_attempts(books, connection, where, life, numbers)
        return books

    def accounts(self, answers: Collection[str]) -> Books:
        """These answers with all of their attempts."""
        with self._database.work(self._busy_seconds) as connection:
            books = _answers(connection, "id IN (SELECT value FROM json_each(?))", _json(answers))
            _add_attempts(books, connection, "answer IN (SELECT value FROM json_each(?))", _json(answers))
        return books

    def unfinished(self) -> Books:
        """The entries that were never closed, of every life."""
        with self._database.work(self._busy_seconds) as connection:
            books = _answers(connection, "outcome = ''")
            _add_attempts(books, connection, "outcome = ''")
        return books

    def save(self, books: Books) -> None:
        """Keep all of these entries, or none of them when that fails."""
        with self._database.work(self._busy_seconds) as connection:
            connection.execute("BEGIN IMMEDIATE")
            _replace(connection, "ledger_answers", [_answer_row(entry) for entry in books.answers.values()])
            _replace(connection, "ledger_attempts", [_attempt_row(entry) for entry in books.attempts.values()])
            connection.execute("COMMIT")

    def named(self, name: str) -> list[str]:
        """The answers of that id, or of the request of that id."""
        with self._database.work(self._busy_seconds) as connection:
            rows = connection.execute("SELECT id FROM ledger_answers WHERE id = ? OR request = ?", (name, name))
            return [answer for (answer,) in rows]

    def latest(self, count: int) -> list[str]:
        """The answers that began last."""
        with self._database.work(self._busy_seconds) as connection:
            rows = connection.execute("SELECT id FROM ledger_answers ORDER BY begun_at DESC, id LIMIT ?", (count,))
            return [answer for (answer,) in rows]

    def forget(self, before: float) -> None:
        """Delete what began before that moment."""
        with self._database.work(self._busy_seconds) as connection:
            connection.execute("DELETE FROM ledger_answers WHERE begun_at < ?", (before,))
            connection.execute("DELETE FROM ledger_attempts WHERE begun_at < ?", (before,))


def _replace(connection: sqlite3.Connection, table: str, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        columns, values = ", ".join(rows[0]), ", ".join(f":{column}" for column in rows[0])
        connection.executemany(f"INSERT OR REPLACE INTO {table} ({columns}) VALUES ({values})", rows)  # noqa: S608


def _answers(connection: sqlite3.Connection, where: str, *values: object) -> Books:
    rows = _rows(connection.execute(f"SELECT * FROM ledger_answers WHERE {where}", values))  # noqa: S608
    return Books(answers={row["id"]: _answer(row) for row in rows})


def _add_attempts(books: Books, connection: sqlite3.Connection, where: str, *values: object) -> None:
    rows = _rows(connection.execute(f"SELECT * FROM ledger_attempts WHERE {where}", values))  # noqa: S608
    books.attempts.update({(row["life"], row["number"]): _attempt(row) for row in rows})


def _rows(cursor: sqlite3.Cursor) -> Iterator[dict[str, Any]]:
    names = [column[0] for column in cursor.description]
    return (dict(zip(names, row, strict=True)) for row in cursor)


# --- an entry is a row: columns are called as its fields are, those of `settled` among those of the attempt


def _answer_row(entry: AnswerEntry) -> dict[str, Any]:
    row = msgspec.to_builtins(entry)
    return {**row, "seams": _json(row["seams"])}


def _answer(row: dict[str, Any]) -> AnswerEntry:
    return msgspec.convert({**row, "seams": msgspec.json.decode(row["seams"])}, AnswerEntry, strict=False)


def _attempt_row(entry: AttemptEntry) -> dict[str, Any]:
    row = msgspec.to_builtins(entry)
    settled = row.pop("settled") or dict.fromkeys(Settled.__struct_fields__)
    return {**row, "rates": entry.rates and _json(entry.rates), **settled}


def _attempt(row: dict[str, Any]) -> AttemptEntry:
    settled = {name: row.pop(name) for name in Settled.__struct_fields__}
    row["rates"] = row["rates"] and msgspec.json.decode(row["rates"])
    row["settled"] = None if settled["free"] is None else settled
    return msgspec.convert(row, AttemptEntry, strict=False)


def _json(values: Iterable[object]) -> str:
    return msgspec.json.encode(list(values)).decode()
