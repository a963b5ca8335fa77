"""`sanspanne answers show|list`: who answered, after how many attempts, and what it cost; and how a kept question stands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
from rich.console import Console

from sanspanne.cli.account import Rendering, as_json
from sanspanne.cli.account_words import account_words
from sanspanne.cli.context import Context
from sanspanne.cli.kept import find_kept, kept_object, kept_sentence
from sanspanne.ledger import reading
from sanspanne.ledger.base import LedgerStore
from sanspanne.store.sqlite import Database
from sanspanne.store.sqlite_ledger import SqliteLedgerStore

FAILED, WRONG = 1, 2
WIDE = 140  # columns, where the output is no terminal: a line shall not be broken for a program that reads it


def show(context: Context, name: str, data: Path | None, *, json: bool) -> int:
    """Everything that is known of one answer; a question that is kept may have no attempt yet."""
    words = account_words(context.words.language)
    folder = context.data_dir(data)
    account = reading.find(folder, _store(folder), name) if folder.is_dir() else None
    kept = find_kept(folder, account.answer.id if account else name) if folder.is_dir() else None
    if account is None and kept is None:
        context.remark(words.unknown.format(name=name))
        return FAILED
    if json:
        told = as_json(account) if account else {"id": name}
        context.say(msgspec.json.encode(told | ({"kept": kept_object(kept)} if kept else {})).decode())
        return 0
    if account is not None:
        _console(context).print(Rendering(words).whole(account))
    if kept is not None:
        context.say(kept_sentence(kept, context.words.language))
    return 0


def show_list(context: Context, last: int, data: Path | None, *, json: bool) -> int:
    """The latest answers, the last first."""
    words = account_words(context.words.language)
    if last < 1:
        context.remark(words.not_positive.format(last=last))
        return WRONG
    folder = context.data_dir(data)
    accounts = reading.latest(folder, _store(folder), last) if folder.is_dir() else []  # a misspelt one is not made
    if json:
        context.say(msgspec.json.encode([as_json(account) for account in accounts]).decode())
    elif accounts:
        _console(context).print(Rendering(words).table(accounts))
    else:
        context.remark(words.none_yet)
    return 0


def _store(folder: Path) -> Callable[[], LedgerStore]:
    return lambda: SqliteLedgerStore(Database(folder))


def _console(context: Context) -> Console:
    return Console(file=context.out, width=None if context.out.isatty() else WIDE, highlight=False)
