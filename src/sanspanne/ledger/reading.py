"""Reads the ledger from beside the process that writes it, while it runs and after it died.

What is spooled is read first and the store after it: what moves from one to the other in between is then seen twice, which
changes nothing, and never not at all. Nothing is written: entries of a life that is over are closed in the copy that is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from sanspanne.ledger.base import LedgerStore
from sanspanne.ledger.entries import AnswerEntry, AttemptEntry, AttemptKey, Books, mentioned
from sanspanne.ledger.ledger import FOLDER
from sanspanne.ledger.records import Lines, Record
from sanspanne.ledger.settling import Settled, settle
from sanspanne.ledger.spool import is_alive, lives, segments


class Account(Struct, frozen=True):
    """An answer and its attempts, in the order in which they began."""

    answer: AnswerEntry
    attempts: tuple[AttemptEntry, ...]

    @property
    def total(self) -> Settled:
        """The sum over all attempts, so far if one still runs; no cost where that of one is not known."""
        parts = [settled(attempt) for attempt in self.attempts]
        return Settled(
            input=sum(part.input for part in parts),
            output=sum(part.output for part in parts),
            cached=sum(part.cached for part in parts),
            cache_written=sum(part.cache_written for part in parts),
            input_estimated=any(part.input_estimated for part in parts),
            output_estimated=any(part.output_estimated for part in parts),
            cost=self.known_cost if self.cost_is_complete else None,
        )

    @property
    def known_cost(self) -> int:
        """What those attempts cost whose price is known, in micro-dollars."""
        return sum(settled(attempt).cost or 0 for attempt in self.attempts)

    @property
    def cost_is_complete(self) -> bool:
        """Whether the price of every attempt is known."""
        return all(settled(attempt).cost is not None for attempt in self.attempts)


def settled(attempt: AttemptEntry) -> Settled:
    """The tokens and the cost of an attempt; an estimate so far while it runs."""
    return attempt.settled or settle(attempt, None)


def find(data_dir: Path, open_store: Callable[[], LedgerStore], name: str) -> Account | None:
    """The account of an answer, by its id or by that of its request. Raises `StoreError`."""

    def named(store: LedgerStore, spooled: Books) -> list[str]:
        return [*store.named(name), *(id_ for id_, entry in spooled.answers.items() if name in (id_, entry.request))]

    return next(iter(_accounts(data_dir, open_store, named)), None)


def latest(data_dir: Path, open_store: Callable[[], LedgerStore], count: int) -> list[Account]:
    """The accounts of the answers that began last, the last first. Raises `StoreError`."""

    def begun_last(store: LedgerStore, spooled: Books) -> list[str]:
        return [*store.latest(count), *spooled.answers]

    return _accounts(data_dir, open_store, begun_last)[:count]


def _accounts(
    data_dir: Path, open_store: Callable[[], LedgerStore], choose: Callable[[LedgerStore, Books], list[str]]
) -> list[Account]:
    folder = data_dir / FOLDER
    spools = _read_spools(folder)
    store = open_store()
    answers: set[str] = set()
    attempts: set[AttemptKey] = set()
    for life, records in spools:
        in_answers, in_attempts = mentioned(life, records)
        answers |= in_answers
        attempts |= in_attempts
    books = store.load(answers, attempts)
    for life, records in spools:
        books.enter(life, records)
    wanted = choose(store, books)
    kept = store.accounts(wanted)
    books = Books(answers={**kept.answers, **books.answers}, attempts={**kept.attempts, **books.attempts})
    for life in books.lives():
        if not is_alive(folder, life):
            books.close(life)
    return _in_order(books, set(wanted))


def _read_spools(folder: Path) -> list[tuple[str, list[Record]]]:
    lines = Lines()
    spools = []
    for life in lives(folder):
        records: list[Record] = []
        for segment in segments(folder / life):
            with suppress(FileNotFoundError):  # it has been entered just now
                records += lines.read(segment.read_bytes())
        spools.append((life, records))
    return spools


def _in_order(books: Books, wanted: set[str]) -> list[Account]:
    attempts: dict[str, list[AttemptEntry]] = {id_: [] for id_ in wanted}
    for attempt in sorted(books.attempts.values(), key=lambda attempt: (attempt.begun_at, attempt.number)):
        if attempt.answer in attempts:
            attempts[attempt.answer].append(attempt)
    found = (books.answers[id_] for id_ in wanted if id_ in books.answers)
    answers = sorted(found, key=lambda answer: answer.begun_at, reverse=True)
    return [Account(answer, tuple(attempts[answer.id])) for answer in answers]
