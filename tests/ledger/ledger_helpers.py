"""Facts, stores and readers that the tests of the ledger share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from sanspanne.chat import Usage
from sanspanne.hooks import AnswerBegun, AnswerEnded, AttemptBegun, AttemptEnded, Fact
from sanspanne.ledger.base import LedgerStore
from sanspanne.ledger.noting import record_of
from sanspanne.ledger.prices import rates
from sanspanne.ledger.records import Lines, Rates, Record
from sanspanne.store.sqlite import Database
from sanspanne.store.sqlite_ledger import SqliteLedgerStore

PRICE = rates(1, 2)
LIFE = "0000000000001-1"


def rates_of(target: str) -> tuple[Rates | None, bool]:
    """Every target costs a dollar and two; the model on board nothing; `dear/` nobody knows what."""
    return (None if target.startswith(("dear/", "onboard")) else PRICE), target == "onboard"


def noted(facts: Iterable[Fact], at: float = 1000.0) -> list[Record]:
    """The facts as records, one second apart."""
    records = (record_of(fact, at + place, rates_of) for place, fact in enumerate(facts))
    return [record for record in records if record is not None]


def lines(facts: Iterable[Fact], at: float = 1000.0) -> bytes:
    """The facts as they are spooled."""
    return Lines().write(noted(facts, at))


def store_in(folder: Path) -> Callable[[], LedgerStore]:
    """What opens the store in `folder`."""
    return lambda: SqliteLedgerStore(Database(folder))


def begun(answer: str = "ans_1") -> AnswerBegun:
    """An answer begins."""
    return AnswerBegun(answer, f"req_{answer}", "laptop", "openai_chat", "gpt", stream=True)


def tried(answer: str = "ans_1", number: int = 1, target: str = "a/m", prompt: int = 100) -> AttemptBegun:
    """An attempt begins."""
    return AttemptBegun(answer, number, target, prompt)


def over(
    answer: str = "ans_1",
    number: int = 1,
    target: str = "a/m",
    outcome: str = "answered",
    usage: Usage | None = None,
    said: int = 0,
    status: int | None = 200,
) -> AttemptEnded:
    """An attempt is over."""
    return AttemptEnded(answer, target, outcome, status=status, seconds=1.5, usage=usage, number=number, said=said)


def ended(answer: str = "ans_1", outcome: str = "whole", target: str = "a/m") -> AnswerEnded:
    """An answer is over."""
    return AnswerEnded(
        answer,
        f"req_{answer}",
        "laptop",
        "openai_chat",
        "gpt",
        outcome,
        target,
        "primary",
        1,
        200,
        0.2,
        2.0,
        stream=True,
    )
