"""`sanspanne keys create|limit|list|revoke`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from msgspec.structs import asdict

from sanspanne import keys
from sanspanne.admission.quotas.calendar_window import day_of, month_of
from sanspanne.admission.quotas.terms import INTERACTIVE, Limits
from sanspanne.cli.context import Context
from sanspanne.cli.key_options import changed, option, read_class
from sanspanne.cli.key_table import Used, use_table
from sanspanne.cli.key_words import key_words
from sanspanne.cli.words import Words
from sanspanne.store.base import KeyRecord
from sanspanne.store.sqlite import Database
from sanspanne.store.sqlite_keys import SqliteKeyStore
from sanspanne.store.sqlite_ledger import SqliteLedgerStore

Options: TypeAlias = Mapping[str, str | None]


def create(context: Context, name: str, key_class: str | None, options: Options, data: Path | None) -> int:
    """Make a key. The secret alone goes to standard output, so that a script can take it from there."""
    words = key_words(context.words.language)
    limits = changed(Limits(), options, words)
    new = keys.create(_store(context, data), name, time.time(), read_class(key_class, words) or INTERACTIVE, limits)
    context.remark(context.words.shown_once.format(name=name))
    context.say(new.secret)
    return 0


def limit(context: Context, name: str, key_class: str | None, options: Options, data: Path | None) -> int:
    """Change what a key may use; what the options do not name stays as it is."""
    words = key_words(context.words.language)
    wanted = read_class(key_class, words)
    record = keys.limit(_store(context, data), name, wanted, lambda limits: changed(limits, options, words))
    own = [f"{option(limit)} {value}" for limit, value in asdict(record.limits).items() if value is not None]
    context.say(words.limited.format(name=name, key_class=record.key_class, limits=", ".join(own) or "–"))
    return 0


def show(context: Context, data: Path | None) -> int:
    """A table of the keys, revoked ones too, and one of what those in force may use and have used."""
    records = _store(context, data).records()
    if not records:
        context.remark(context.words.no_keys)
        return 0
    from rich.console import Console
    from rich.table import Table

    words, more = context.words, key_words(context.words.language)
    table = Table(words.name, words.ends_with, more.class_head, words.made, words.state)
    for record in records:
        table.add_row(
            record.name, f"…{record.last4}", record.key_class, _date(record.created_at), _state(record, words)
        )
    console = Console(file=context.out)
    console.print(table)
    if in_force := [record for record in records if record.revoked_at is None]:
        console.print(use_table(in_force, _used(context, data), words.name, more))
        context.remark(more.explained)
    return 0


def revoke(context: Context, name: str, data: Path | None) -> int:
    """Take a key out of force."""
    keys.revoke(_store(context, data), name, time.time())
    context.say(context.words.revoked.format(name=name))
    return 0


def _store(context: Context, data: Path | None) -> SqliteKeyStore:
    return SqliteKeyStore(Database(context.data_dir(data)))


def _used(context: Context, data: Path | None) -> tuple[Used, Used]:
    """What each key has used today and this month."""
    store, now = SqliteLedgerStore(Database(context.data_dir(data))), time.time()
    day, month = (store.used(period_of(now)[0]) for period_of in (day_of, month_of))
    return {used.key: used for used in day}, {used.key: used for used in month}


def _state(record: KeyRecord, words: Words) -> str:
    return words.in_force if record.revoked_at is None else words.revoked_on.format(date=_date(record.revoked_at))


def _date(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))
