"""The ledger in SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from msgspec.structs import astuple

from sanspanne.ledger.base import UsedByKey
from sanspanne.ledger.entries import AnswerEntry, AttemptEntry, AttemptKey, Books
from sanspanne.ledger.settling import Settled
from sanspanne.store.sqlite import BUSY_SECONDS, Database


def _replacing(table: str, columns: tuple[str, ...]) -> str:
    return f"INSERT OR REPLACE INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608


# Columns are called as the fields are, those of `settled` among those of the attempt.
ANSWER = AnswerEntry.__struct_fields__
ATTEMPT = AttemptEntry.__struct_fields__[:-1] + Settled.__struct_fields__
SAVE_ANSWER = _replacing("ledger_answers", ANSWER)
SAVE_ATTEMPT = _replacing("ledger_attempts", ATTEMPT)
SEAMS = ANSWER.index("seams")
RATES = ATTEMPT.index("rates")
UNSETTLED = (None,) * len(Settled.__struct_fields__)

LONGEST = 86_400.0  # seconds that an answer may take; it is found by its beginning
USED = """
SELECT key, count(DISTINCT answer), total(input + output), total(cost)
FROM ledger_answers JOIN ledger_attempts ON answer = ledger_answers.id
WHERE ledger_answers.begun_at >= ? AND seen_at >= ? AND ledger_attempts.life <> ? AND ledger_attempts.outcome <> ''
GROUP BY key
"""


class SqliteDesk:
    """A `Desk` (see `ledger/base.py`) over a connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def load(self, answers: Collection[str], attempts: Collection[AttemptKey]) -> Books:
        """Those of these entries that there are."""
        books = Books()
        if answers:
            books = _answers(self._connection, "id IN (SELECT value FROM json_each(?))", _json(answers))
        for life in {life for life, _ in attempts}:
            numbers = _json([number for other, number in attempts if other == life])
            where = "life = ? AND number IN (SELECT value FROM json_each(?))"
            _add_attempts(books, self._connection, where, life, numbers)
        return books

    def save(self, books: Books) -> None:
        """Put these entries in the place of those that there were."""
        self._connection.executemany(SAVE_ANSWER, map(_answer_row, books.answers.values()))
        self._connection.executemany(SAVE_ATTEMPT, map(_attempt_row, books.attempts.values()))


class SqliteLedgerStore:
    """A `LedgerStore` (see `ledger/base.py`) in a SQLite file. `busy_seconds`: for so long it waits for another writer."""

    def __init__(self, database: Database, busy_seconds: float = BUSY_SECONDS) -> None:
        self._database = database
        self._busy_seconds = busy_seconds

    @contextmanager
    def writing(self) -> Iterator[SqliteDesk]:
        """A transaction: kept when it is left, unless something raises."""
        with self._database.work(self._busy_seconds) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield SqliteDesk(connection)
            connection.execute("COMMIT")

    def load(self, answers: Collection[str], attempts: Collection[AttemptKey]) -> Books:
        """Those of these entries that there are."""
        with self._database.work(self._busy_seconds) as connection:
            return SqliteDesk(connection).load(answers, attempts)

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
        with self.writing() as desk:
            desk.save(books)

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

    def used(self, since: float, besides: str = "") -> list[UsedByKey]:
        """The sums over the attempts that ended after that moment, but those of the life `besides`."""
        with self._database.work(self._busy_seconds) as connection:
            return [
                UsedByKey(key, *map(int, sums))
                for key, *sums in connection.execute(USED, (since - LONGEST, since, besides))
            ]

    def forget(self, before: float) -> None:
        """Delete the answers that began before that moment, with their attempts."""
        old = "SELECT id FROM ledger_answers WHERE begun_at < ?"
        oldest = "SELECT min(id) FROM ledger_answers"  # names sort by time
        with self._database.work(self._busy_seconds) as connection:
            connection.execute(f"DELETE FROM ledger_attempts WHERE answer IN ({old})", (before,))  # noqa: S608
            connection.execute("DELETE FROM ledger_answers WHERE begun_at < ?", (before,))
            # of an answer that was lost with a part of the spool
            connection.execute(f"DELETE FROM ledger_attempts WHERE answer < ({oldest})")  # noqa: S608


def _answers(connection: sqlite3.Connection, where: str, *values: object) -> Books:
    rows = _rows(connection.execute(f"SELECT * FROM ledger_answers WHERE {where}", values))  # noqa: S608
    return Books(answers={row["id"]: _answer(row) for row in rows})


def _add_attempts(books: Books, connection: sqlite3.Connection, where: str, *values: object) -> None:
    rows = _rows(connection.execute(f"SELECT * FROM ledger_attempts WHERE {where}", values))  # noqa: S608
    books.attempts.update({(row["life"], row["number"]): _attempt(row) for row in rows})


def _rows(cursor: sqlite3.Cursor) -> Iterator[dict[str, Any]]:
    names = [column[0] for column in cursor.description]
    return (dict(zip(names, row, strict=True)) for row in cursor)


# --- an entry is a row


def _answer_row(entry: AnswerEntry) -> tuple[object, ...]:
    row = list(astuple(entry))
    row[SEAMS] = _json(entry.seams) if entry.seams else "[]"
    return tuple(row)


def _answer(row: dict[str, Any]) -> AnswerEntry:
    return msgspec.convert({**row, "seams": msgspec.json.decode(row["seams"])}, AnswerEntry, strict=False)


def _attempt_row(entry: AttemptEntry) -> tuple[object, ...]:
    *row, settled = astuple(entry)
    row[RATES] = entry.rates and _json(entry.rates)
    return (*row, *(UNSETTLED if settled is None else astuple(settled)))


def _attempt(row: dict[str, Any]) -> AttemptEntry:
    settled = {name: row.pop(name) for name in Settled.__struct_fields__}
    row["rates"] = row["rates"] and msgspec.json.decode(row["rates"])
    row["settled"] = None if settled["free"] is None else settled
    return msgspec.convert(row, AttemptEntry, strict=False)


def _json(values: Iterable[object]) -> str:
    return msgspec.json.encode(list(values)).decode()
