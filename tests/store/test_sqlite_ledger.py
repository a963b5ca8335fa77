"""The ledger in SQLite: what is saved is read back, whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sanspanne.errors import StoreError
from sanspanne.ledger.base import UsedByKey
from sanspanne.ledger.entries import AnswerEntry, AttemptEntry, Books
from sanspanne.ledger.records import SeamNoted
from sanspanne.ledger.settling import Settled
from sanspanne.store.sqlite import Database
from sanspanne.store.sqlite_ledger import SqliteLedgerStore

counts, names = st.integers(0, 10**9), st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
seconds = st.floats(0, 10**9)
seams = st.builds(SeamNoted, names, names, names, names, counts, st.booleans())
answers = st.builds(
    AnswerEntry,
    *(names, names, seconds, names, names, names, names, st.booleans(), st.booleans(), names, names, names),
    *(st.none() | seconds, st.none() | seconds, names, st.lists(seams, max_size=2).map(tuple), names, seconds),
)
settled = st.builds(
    Settled,
    counts,
    counts,
    counts,
    counts,
    st.booleans(),
    st.booleans(),
    st.none() | counts,
    st.sampled_from(["", "local"]),
)
attempts = st.builds(
    AttemptEntry,
    *(names, counts, names, names, seconds, seconds, counts, st.none() | st.tuples(counts, counts, counts, counts)),
    *(
        st.booleans(),
        st.booleans(),
        counts,
        counts,
        names,
        names,
        st.none() | counts,
        st.none() | seconds,
        st.none() | seconds,
    ),
    st.none() | settled,
)


def books(answers: list[AnswerEntry], attempts: list[AttemptEntry]) -> Books:
    return Books(
        {answer.id: answer for answer in answers}, {(attempt.life, attempt.number): attempt for attempt in attempts}
    )


@pytest.fixture
def store(tmp_path: Path) -> SqliteLedgerStore:
    """An empty store."""
    return SqliteLedgerStore(Database(tmp_path))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)  # each waits for the disk
@given(st.lists(answers, max_size=3), st.lists(attempts, max_size=3))
def test_what_is_saved_is_read_back(
    store: SqliteLedgerStore, some: list[AnswerEntry], tries: list[AttemptEntry]
) -> None:
    """Every entry comes back as it was."""
    saved = books(some, tries)
    store.save(saved)
    assert store.load(saved.answers, saved.attempts) == saved


def test_finding(store: SqliteLedgerStore) -> None:
    """Answers are found by their id, by that of their request, and by when they began; attempts by their answer."""
    some = [AnswerEntry(f"ans_{place}", "1", float(place), f"req_{place}") for place in range(4)]
    store.save(books(some, [AttemptEntry("1", 7, "ans_2", "a/m", 0.0, 0.0)]))
    assert (store.named("ans_1"), store.named("req_1"), store.named("x")) == (["ans_1"], ["ans_1"], [])
    assert store.latest(2) == ["ans_3", "ans_2"]
    assert store.accounts(["ans_2"]).attempts.keys() == {("1", 7)}
    assert store.unfinished().answers.keys() == {answer.id for answer in some}


def test_forgetting(store: SqliteLedgerStore) -> None:
    """Old answers go with their attempts, and attempts whose answer was lost when all that is younger than they has an answer."""
    some = [AnswerEntry(f"ans_{place}", "1", float(place)) for place in (1, 3, 5)]
    tries = [AttemptEntry("1", place, f"ans_{place}", "a/m", float(place), 0.0) for place in range(1, 7)]
    store.save(books(some, tries))
    store.forget(4.0)
    assert store.latest(9) == ["ans_5"]
    left = store.load([], {("1", place) for place in range(1, 7)}).attempts
    assert {number for _, number in left} == {5, 6}


def test_all_or_nothing(store: SqliteLedgerStore) -> None:
    """Entries that cannot all be kept are not kept by halves, and the error is a `StoreError`."""
    broken: Any = None
    with pytest.raises(StoreError):
        store.save(books([AnswerEntry("ans_1", "1", 1.0)], [AttemptEntry("1", 1, broken, "a/m", 0.0, 0.0)]))
    assert store.latest(9) == []


def test_use_is_summed_by_key(tmp_path: Path) -> None:
    """Answers that asked somebody, tokens and known cost are summed by key, over the attempts that ended since then."""
    store = SqliteLedgerStore(Database(tmp_path))
    books = Books()
    for name, key in (("ans_1", "a"), ("ans_2", "a"), ("ans_3", "b"), ("ans_4", "b")):
        books.answers[name] = AnswerEntry(name, "old", 990.0, key=key, outcome="whole")

    def tried(number: int, name: str, seen_at: float, life: str = "old", cost: int | None = 7) -> None:
        books.attempts[life, number] = AttemptEntry(
            life, number, name, "t", 990.0, seen_at, outcome="answered", settled=Settled(10, 5, cost=cost)
        )

    tried(1, "ans_1", 1000.0)
    tried(2, "ans_1", 1001.0, cost=None)
    tried(3, "ans_2", 1002.0)
    tried(4, "ans_3", 999.0)  # before
    tried(5, "ans_3", 1003.0, life="ours")
    books.attempts["old", 6] = AttemptEntry("old", 6, "ans_4", "t", 990.0, 1004.0)  # still runs
    store.save(books)
    assert store.used(1000.0) == [UsedByKey("a", 2, 45, 14), UsedByKey("b", 1, 15, 7)]
    assert store.used(1000.0, besides="ours") == [UsedByKey("a", 2, 45, 14)]
