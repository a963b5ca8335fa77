"""The keeper: what is spooled is entered, once, as soon as the store lets it; what died is closed; what is old is forgotten."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec
import pytest
from ledger_helpers import LIFE, PRICE, begun, ended, lines, over, tried

from sanspanne.chat import Usage
from sanspanne.errors import StoreError
from sanspanne.ledger import keeper as keeper_module
from sanspanne.ledger import records as records_module
from sanspanne.ledger.base import LedgerStore, UsedByKey
from sanspanne.ledger.keeper import DAY, Keeper
from sanspanne.ledger.records import AttemptSaid, Lines
from sanspanne.ledger.spool import Spool, lives, segments
from sanspanne.store import sqlite
from sanspanne.store.sqlite_ledger import SqliteLedgerStore

STORY = [begun(), tried(), over(usage=Usage(100, 50)), ended()]


class Desk:
    """A keeper over a folder, with a spool, a clock and what it said."""

    def __init__(self, folder: Path, life: str = LIFE, keep_days: int = 180) -> None:
        self.root = folder / "ledger"
        self.store: LedgerStore = SqliteLedgerStore(sqlite.Database(folder), busy_seconds=0.0)  # waits for nobody
        self.spool = Spool(self.root, life)
        self.notices: list[str] = []
        self.now = 2000.0 + DAY
        self.keeper = Keeper(
            self.spool, self.root, lambda: self.store, self.notices.append, keep_days, lambda: self.now
        )


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A keeper over an empty folder."""
    return Desk(tmp_path)


def test_spool_moves_into_the_store(desk: Desk) -> None:
    """What was spooled stands in the store after a round, and no longer in the spool."""
    desk.spool.append(lines(STORY))
    desk.keeper.round()
    books = desk.store.accounts(["ans_1"])
    assert books.answers["ans_1"].outcome == "whole"
    assert books.attempts[LIFE, 1].settled is not None
    assert segments(desk.root / LIFE) == []
    assert desk.notices == []


def test_attempt_is_followed_over_rounds(desk: Desk) -> None:
    """Beginning, progress and end may come in different rounds."""
    desk.spool.append(lines(STORY[:2]))
    desk.keeper.round()
    desk.spool.append(Lines().write([AttemptSaid(1003.0, 1, 40, 0)]))
    desk.keeper.round()
    assert desk.store.unfinished().attempts[LIFE, 1].said == 40
    desk.spool.append(lines(STORY[2:]))
    desk.keeper.round()
    assert desk.store.unfinished().attempts == {}


@pytest.mark.parametrize("size", [0, 300])
def test_segment_is_entered_in_pieces(desk: Desk, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """What begins in one piece of a segment and ends in another is one entry."""
    monkeypatch.setattr(records_module, "PIECE", size)
    interleaved = [begun("a"), begun("b"), tried("a", 1), tried("b", 2), over("a", 1, usage=Usage(100, 50)), ended("a")]
    desk.spool.append(lines(interleaved))
    desk.keeper.round()
    books = desk.store.accounts(["a", "b"])
    assert [books.answers[answer].outcome for answer in "ab"] == ["whole", ""]
    assert [attempt.outcome for attempt in books.attempts.values()] == ["answered", ""]
    assert books.attempts[LIFE, 1].settled is not None
    assert books.attempts[LIFE, 1].settled.cost == 200
    assert desk.store.unfinished().attempts.keys() == {(LIFE, 2)}


def test_end_that_is_entered_twice_keeps_what_the_beginning_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A segment with an end alone, entered twice, changes nothing: the rates of the beginning are those in the store."""
    desk.spool.append(lines(STORY[:2]))
    desk.keeper.round()
    desk.spool.append(lines(STORY[2:], at=1002.0))
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", _refusing)
        desk.keeper.round()
    desk.keeper.round()
    (attempt,) = desk.store.accounts(["ans_1"]).attempts.values()
    assert (attempt.begun_at, attempt.rates, attempt.outcome) == (1001.0, PRICE, "answered")


def test_detached_answer_is_taken_up_in_the_next_life(tmp_path: Path) -> None:
    """A detached answer that begins again in another life is the one that there is: its first beginning stays."""
    detached = msgspec.structs.replace(begun(), detached=True)
    first = Desk(tmp_path, "0000000000000-9")
    first.spool.append(lines([detached, tried()]))
    first.keeper.round()
    first.spool.close()
    second = Desk(tmp_path)
    second.spool.append(lines([detached, tried(), over(), ended()], at=2000.0))
    second.keeper.round()
    books = second.store.accounts(["ans_1"])
    assert (books.answers["ans_1"].begun_at, books.answers["ans_1"].outcome) == (1000.0, "whole")
    assert [attempt.outcome for attempt in books.attempts.values()] == ["died", "answered"]


def test_locked_database_delays_and_loses_nothing(desk: Desk, tmp_path: Path) -> None:
    """While another connection holds the database, what happens stays spooled, with one notice; then all of it is entered."""
    lock = sqlite3.connect(tmp_path / sqlite.FILE_NAME, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    for number in range(3):
        desk.spool.append(lines([begun(f"ans_{number}"), ended(f"ans_{number}")]))
        desk.keeper.round()
    assert len(desk.notices) == 1
    assert "cannot be written" in desk.notices[0]
    lock.execute("ROLLBACK")
    lock.close()
    desk.keeper.round()
    desk.spool.append(lines([begun("ans_3"), ended("ans_3")]))
    desk.keeper.round()
    assert sorted(desk.store.latest(9)) == ["ans_0", "ans_1", "ans_2", "ans_3"]
    assert desk.notices[1:] == ["The ledger is written again. Nothing was lost."]


def test_full_spool_says_what_was_lost(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the spool is full too, the operator hears of it once, and of the number that was lost when it is over."""
    lock = sqlite3.connect(tmp_path / sqlite.FILE_NAME, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr(keeper_module, "shrink", lambda segments: 5)
    desk.spool.append(lines(STORY))
    desk.keeper.round()
    desk.keeper.round()
    assert ["is full" in notice for notice in desk.notices] == [False, True]
    lock.close()
    desk.keeper.round()
    assert desk.notices[2] == "The ledger is written again. 10 records were lost."


def test_death_between_entering_and_dropping(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A segment that was entered but not removed, because we died in between, is entered again, and nothing changes."""
    desk.spool.append(lines(STORY))
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", _refusing)
        desk.keeper.round()
    first = desk.store.accounts(["ans_1"])
    desk.keeper.round()
    assert desk.store.accounts(["ans_1"]) == first
    assert segments(desk.root / LIFE) == []


def test_what_a_dead_life_left_is_entered_and_closed(tmp_path: Path) -> None:
    """At the start what an earlier life spooled is entered; its open attempt has died, with tokens from what it had said."""
    dead = Spool(tmp_path / "ledger", "0000000000000-9")
    dead.append(lines(STORY[:2]) + Lines().write([AttemptSaid(1003.0, 1, 400, 0)]) + lines(STORY[2:])[:20])
    dead.close()
    desk = Desk(tmp_path)
    desk.keeper.round()
    books = desk.store.accounts(["ans_1"])
    attempt = books.attempts["0000000000000-9", 1]
    assert (books.answers["ans_1"].outcome, attempt.outcome) == ("died", "died")
    assert attempt.settled is not None
    assert (attempt.settled.input, attempt.settled.output) == (100, 100)
    assert lives(desk.root) == []


def test_entries_of_a_dead_life_without_spool_are_closed(tmp_path: Path) -> None:
    """An attempt whose beginning was entered before the death is closed too, though nothing of it is spooled."""
    first = Desk(tmp_path, "0000000000000-9")
    first.spool.append(lines(STORY[:2]))
    first.keeper.round()
    first.spool.close()
    second = Desk(tmp_path)
    second.keeper.round()
    assert second.store.unfinished().lives() == set()
    assert second.store.accounts(["ans_1"]).answers["ans_1"].outcome == "died"


def test_living_neighbour_is_left_alone(tmp_path: Path) -> None:
    """Another process over the same folder that still runs keeps its spool, and its open attempts stay open."""
    neighbour = Desk(tmp_path, "0000000000000-9")
    neighbour.spool.append(lines(STORY[:2]))
    neighbour.keeper.round()
    neighbour.spool.append(Lines().write([AttemptSaid(1003.0, 1, 400, 0)]))
    desk = Desk(tmp_path)
    desk.keeper.round()
    assert lives(desk.root) == ["0000000000000-9"]
    assert desk.store.unfinished().attempts.keys() == {("0000000000000-9", 1)}


def test_old_entries_are_forgotten(tmp_path: Path) -> None:
    """What began longer ago than `keep_days` goes, within a minute; what is younger stays."""
    desk = Desk(tmp_path, keep_days=1)
    desk.spool.append(lines([begun("old"), tried("old", 1), over("old", 1), ended("old")], at=1000.0))
    desk.spool.append(lines([begun("new"), tried("new", 2), over("new", 2), ended("new")], at=2000.0 + DAY))
    desk.keeper.round()
    desk.keeper.round()
    assert sorted(desk.store.latest(9)) == ["new", "old"]
    desk.now += 60
    desk.keeper.round()
    assert desk.store.latest(9) == ["new"]
    assert desk.store.accounts(["old"]).attempts == {}


def test_fault_of_ours_is_logged_and_loses_nothing(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """An unexpected error is logged with its trace, once; the spool keeps what happened, and the keeper goes on."""
    opened = desk.keeper._open_store
    desk.keeper._open_store = _broken
    desk.spool.append(lines(STORY))
    desk.keeper.round()
    desk.keeper.round()
    assert [record.message for record in caplog.records] == ["the ledger cannot be kept"]
    desk.keeper._open_store = opened
    desk.keeper.round()
    assert desk.store.latest(9) == ["ans_1"]


def test_store_that_cannot_be_opened_is_one_notice(desk: Desk) -> None:
    """Where there is no database at all the sentence of the store is passed on, once."""

    def refuse() -> LedgerStore:
        raise StoreError("The database x cannot be used.")

    desk.keeper._open_store = refuse
    desk.keeper.round()
    desk.keeper.round()
    assert len(desk.notices) == 1
    assert "The database x cannot be used." in desk.notices[0]


def _broken() -> LedgerStore:
    raise ZeroDivisionError


def _refusing(path: Path, missing_ok: bool = False) -> None:
    raise PermissionError(13, "not now", str(path))


def test_earlier_lives_are_told_of_once_they_are_entered(tmp_path: Path) -> None:
    """When all that earlier lives left is in the store, that is told once; while the store fails it is not, but later."""
    before = Desk(tmp_path, "0000000000000-1")
    before.spool.append(lines(STORY))
    before.spool.close()
    desk = Desk(tmp_path)
    told: list[list[UsedByKey]] = []

    def adopted(store: LedgerStore) -> None:
        if not desk.notices:
            raise StoreError("It is locked.")
        told.append(store.used(0.0))

    keeper = Keeper(desk.spool, desk.root, lambda: desk.store, desk.notices.append, 180, lambda: desk.now, adopted)
    for _ in range(3):
        keeper.round()
    assert told == [[UsedByKey("laptop", 1, 150, 200)]]
