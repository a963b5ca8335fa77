"""The table of what keys may use and what they have used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from sanspanne.cli.key_words import KeyWords
from sanspanne.ledger.base import UsedByKey
from sanspanne.ledger.prices import MILLION
from sanspanne.store.base import KeyRecord

if TYPE_CHECKING:
    from rich.table import Table

Used: TypeAlias = Mapping[str, UsedByKey]  # by key

NOTHING = UsedByKey("", 0, 0, 0)
NO_LIMIT = "–"


def use_table(records: Sequence[KeyRecord], used: tuple[Used, Used], name: str, words: KeyWords) -> Table:
    """One row for each key; `used` is what they have used today and this month, `name` the head of the first column."""
    from rich.table import Table

    table = Table(
        name,
        words.per_minute,
        words.at_once,
        words.requests_today,
        words.tokens_today,
        words.dollars_today,
        words.dollars_this_month,
    )
    for record in records:
        today, month = (sums.get(record.name, NOTHING) for sums in used)
        table.add_row(*_row(record, today, month, words))
    return table


def _row(record: KeyRecord, today: UsedByKey, month: UsedByKey, words: KeyWords) -> list[str]:
    limits = record.limits
    return [
        record.name,
        _per_minute(limits.requests_per_minute, limits.tokens_per_minute, words),
        NO_LIMIT if limits.streams is None else str(limits.streams),
        _of(str(today.answers), limits.requests_per_day and str(limits.requests_per_day), words),
        _of(str(today.tokens), limits.tokens_per_day and str(limits.tokens_per_day), words),
        _of(
            _money(today.cost / MILLION, words), limits.dollars_per_day and _money(limits.dollars_per_day, words), words
        ),
        _of(
            _money(month.cost / MILLION, words),
            limits.dollars_per_month and _money(limits.dollars_per_month, words),
            words,
        ),
    ]


def _per_minute(requests: int | None, tokens: int | None, words: KeyWords) -> str:
    said = [words.requests.format(count=requests)] if requests else []
    said += [words.tokens.format(count=tokens)] if tokens else []
    return "\n".join(said) or NO_LIMIT


def _of(used: str, most: str | float | None, words: KeyWords) -> str:
    return used if most is None else words.used_of.format(used=used, most=most)


def _money(dollars: float, words: KeyWords) -> str:
    return f"{dollars:.2f}".replace(".", words.decimal)
