"""What attempts use reaches the quotas as the ledger reckons it, at once and over a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from sanspanne.admission.queue.charging import Charging
from sanspanne.admission.queue.fair_queue import FairQueue
from sanspanne.admission.quotas import Quotas
from sanspanne.admission.quotas.terms import Limits
from sanspanne.allowances import allow
from sanspanne.chat import Usage
from sanspanne.config import Config, parse
from sanspanne.errors import CallerError
from sanspanne.hooks import AnswerBegun, AnswerEnded, AttemptBegun, AttemptEnded
from sanspanne.ledger.entries import AnswerEntry, AttemptEntry, Books
from sanspanne.ledger.prices import Prices, rates
from sanspanne.ledger.settling import Settled
from sanspanne.spending import Spending, earlier
from sanspanne.store.sqlite import Database
from sanspanne.store.sqlite_ledger import SqliteLedgerStore

NOW = 1_795_348_800.0  # 22 November 2026, noon
MOST = Limits(
    requests_per_day=1000, tokens_per_day=1_000_000, streams=10, dollars_per_day=100.0, dollars_per_month=100.0
)


@pytest.fixture
def quotas() -> Quotas:
    """Every key has all limits."""
    quotas = Quotas(lambda: 0.0, lambda: NOW)
    quotas.configure({}, MOST)
    return quotas


@pytest.fixture
def queue() -> FairQueue:
    """Where answers are charged to their keys."""
    return FairQueue(lambda: 0.0)


@pytest.fixture
def spending(quotas: Quotas, queue: FairQueue) -> Spending:
    """Targets of `a` cost a dollar per million tokens in, two out; nobody knows what others cost."""
    prices = Prices({"a/m": rates(1, 2)}, lambda provider: None)
    return Spending(quotas, Charging(queue, {}), lambda: prices)


def used(quotas: Quotas, key: str = "app") -> dict[str, float]:
    return {use.limit: use.used for use in quotas.left(key) if use.used}


def begun(answer: str = "ans_1") -> AnswerBegun:
    return AnswerBegun(answer, "req_1", "app", "openai_chat", "gpt")


def over(answer: str = "ans_1") -> AnswerEnded:
    return AnswerEnded(answer, "req_1", "app", "openai_chat", "gpt", "whole")


def attempt(spending: Spending, number: int, target: str, ended: AttemptEnded) -> None:
    spending.observe(AttemptBegun("ans_1", number, target, 100))
    spending.observe(ended)


def test_every_attempt_is_paid_by_the_key(quotas: Quotas, spending: Spending) -> None:
    """What each attempt of an answer used counts for the key that asked, and its place is free when the answer is over."""
    spending.observe(begun())
    quotas.enter("app", "ans_1", 10)
    assert used(quotas)["streams"] == 1
    failed = AttemptEnded("ans_1", "a/m", "overloaded", status=529, number=1)
    whole = AttemptEnded("ans_1", "a/m", "answered", status=200, number=2, usage=Usage(1_000_000, 500_000))
    attempt(spending, 1, "a/m", failed)
    attempt(spending, 2, "a/m", whole)
    spending.observe(over())
    assert used(quotas) == {
        "requests_per_day": 1,
        "tokens_per_day": 1_500_000,
        "dollars_per_day": 2.0,
        "dollars_per_month": 2.0,
    }


def test_cut_answer_counts_what_was_read(quotas: Quotas, spending: Spending) -> None:
    """Where nobody told the tokens they are estimated from what was read, as in the ledger."""
    spending.observe(begun())
    attempt(spending, 1, "a/m", AttemptEnded("ans_1", "a/m", "left", status=200, number=1, said=400))
    assert used(quotas)["tokens_per_day"] == 100 + 100


def test_unknown_price_costs_a_budget_nothing(quotas: Quotas, spending: Spending) -> None:
    """Tokens of a target whose price is not known count as tokens, and as no money."""
    spending.observe(begun())
    attempt(spending, 1, "b/m", AttemptEnded("ans_1", "b/m", "answered", status=200, number=1, usage=Usage(10, 5)))
    assert used(quotas) == {"tokens_per_day": 15}


def test_what_is_said_counts_in_the_fair_queue(
    quotas: Quotas, spending: Spending, monkeypatch: pytest.MonkeyPatch, queue: FairQueue
) -> None:
    """The tokens of every attempt are charged to its tenant, also when the answer is over before one of them."""
    charged: list[tuple[str, float]] = []
    monkeypatch.setattr(queue, "charge", lambda tenant, tokens: charged.append((tenant, tokens)))
    spending.observe(begun())
    for number in (1, 2):
        spending.observe(AttemptBegun("ans_1", number, "a/m", 100))
    spending.observe(AttemptEnded("ans_1", "a/m", "answered", status=200, number=2, usage=Usage(100, 5)))
    spending.observe(over())
    spending.observe(AttemptEnded("ans_1", "a/m", "left", status=200, number=1, said=80))
    assert charged == [("app", 5), ("app", 20)]
    assert used(quotas)["tokens_per_day"] == 225


def test_probes_are_nobodys(quotas: Quotas, spending: Spending) -> None:
    """What probes cost is charged to no key."""
    spending.observe(AttemptBegun("", 1, "a/m", 10, probe=True))
    spending.observe(AttemptEnded("", "a/m", "answered", status=200, number=1, usage=Usage(10, 5), probe=True))
    assert used(quotas, "") == used(quotas) == {}


def test_nothing_is_kept_of_what_is_over(quotas: Quotas, spending: Spending) -> None:
    """When answers and attempts are over, nothing of them stays in memory."""
    for _ in range(3):
        spending.observe(begun())
        attempt(spending, 1, "a/m", AttemptEnded("ans_1", "a/m", "answered", status=200, number=1, usage=Usage(1, 1)))
        spending.observe(over())
    assert (spending._keys, spending._attempts) == ({}, {})


def test_earlier_lives_are_added_up_by_key(quotas: Quotas, tmp_path: Path) -> None:
    """The store's sums of this day and this month, without those of the running life, are added to what was counted."""
    store = SqliteLedgerStore(Database(tmp_path))
    books = Books()
    for number, (life, at) in enumerate(
        [("old", NOW - 60), ("old", NOW - 86_400 * 5), ("old", NOW - 86_400 * 40), ("ours", NOW)]
    ):
        name = f"ans_{number}"
        books.answers[name] = AnswerEntry(name, life, at, key="app", outcome="whole")
        books.attempts[life, number] = AttemptEntry(
            life, number, name, "a/m", at, at, outcome="answered", settled=Settled(10, 5, cost=1_000_000)
        )
    store.save(books)
    earlier(quotas, store, "ours", NOW)()
    assert used(quotas) == {
        "requests_per_day": 1,
        "tokens_per_day": 15,
        "dollars_per_day": 1.0,
        "dollars_per_month": 2.0,
    }


def test_configuration_becomes_terms() -> None:
    """Classes and limits of [keys] and [quotas] hold as they are written, and a reload exchanges them."""
    quotas = Quotas(lambda: 0.0, lambda: NOW)
    allow(
        quotas, parse({"keys": {"app": {"sha256": "0" * 64, "class": "agent", "streams": 2}}, "quotas": {"streams": 1}})
    )
    assert (quotas.class_of("app"), quotas.class_of("local")) == ("agent", "interactive")
    assert [use.most for key in ("app", "local") for use in quotas.left(key)] == [2, 1]
    quotas.enter("local", "ans_1", 1)
    with pytest.raises(CallerError, match="1 of its 1 answers at once"):
        quotas.enter("local", "ans_2", 1)
    allow(quotas, Config())
    quotas.enter("local", "ans_2", 1)
