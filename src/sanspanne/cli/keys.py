"""`sanspanne keys create|list|revoke`."""

from __future__ import annotations

import time
from pathlib import Path

from sanspanne import keys
from sanspanne.cli.context import Context
from sanspanne.cli.words import Words
from sanspanne.store.base import KeyRecord
from sanspanne.store.sqlite import Database
from sanspanne.store.sqlite_keys import SqliteKeyStore


def create(context: Context, name: str, data: Path | None) -> int:
    """Make a key. The secret alone goes to standard output, so that a script can take it from there."""
    new = keys.create(_store(context, data), name, time.time())
    context.remark(context.words.shown_once.format(name=name))
    context.say(new.secret)
    return 0


def show(context: Context, data: Path | None) -> int:
    """A table of the keys, revoked ones too."""
    records = _store(context, data).records()
    if not records:
        context.remark(context.words.no_keys)
        return 0
    from rich.console import Console
    from rich.table import Table

    words = context.words
    table = Table(words.name, words.ends_with, words.made, words.state)
    for record in records:
        table.add_row(record.name, f"…{record.last4}", _date(record.created_at), _state(record, words))
    Console(file=context.out).print(table)
    return 0


def revoke(context: Context, name: str, data: Path | None) -> int:
    """Take a key out of force."""
    keys.revoke(_store(context, data), name, time.time())
    context.say(context.words.revoked.format(name=name))
    return 0


def _store(context: Context, data: Path | None) -> SqliteKeyStore:
    return SqliteKeyStore(Database(context.data_dir(data)))


def _state(record: KeyRecord, words: Words) -> str:
    return words.in_force if record.revoked_at is None else words.revoked_on.format(date=_date(record.revoked_at))


def _date(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))
