"""What every store of kept answers promises, whichever database is behind it. A new one is added to `STORES` alone."""

from __future__ import annotations

import pytest

from sanspanne.store.kept_answers import SqliteKeptAnswers
from sanspanne.store.sqlite import Database

DAY = 86_400.0
STORES = {"sqlite": lambda folder, **bounds: SqliteKeptAnswers(Database(folder), DAY, **bounds)}


@pytest.fixture(params=STORES)
def open_store(request):
    return STORES[request.param]


def test_what_was_put_is_found(open_store, tmp_path):
    """What was kept is there, byte for byte, also for whoever opens the store later; nothing else is."""
    open_store(tmp_path).put([(b"one", b"alice", "ans_1", 1000.0, b"\x00sealed\xff")])
    store = open_store(tmp_path)
    assert store.find(b"one", 0.0) == b"\x00sealed\xff"
    assert store.find(b"two", 0.0) is None


def test_the_later_answer_takes_the_place(open_store, tmp_path):
    """A key that has begun another answer finds that one."""
    store = open_store(tmp_path)
    store.put([(b"one", b"alice", "ans_1", 1000.0, b"first")])
    store.put([(b"one", b"alice", "ans_2", 1001.0, b"second")])
    assert store.find(b"one", 0.0) == b"second"
    assert not store.forget(b"alice", "ans_1")


def test_several_are_kept_at_once(open_store, tmp_path):
    """Answers that are put together are all found; one that was there already stays as it is."""
    store = open_store(tmp_path)
    store.put([(b"one", b"alice", "ans_1", 1000.0, b"first")])
    store.put([(b"one", b"alice", "ans_1", 1000.0, b"sealed anew"), (b"two", b"bob", "ans_2", 1001.0, b"second")])
    assert (store.find(b"one", 0.0), store.find(b"two", 0.0)) == (b"first", b"second")


def test_what_is_too_old_is_not_found(open_store, tmp_path):
    """An answer older than asked for is not given, and goes when the next one is kept."""
    store = open_store(tmp_path)
    store.put([(b"old", b"alice", "ans_1", 1000.0, b"old")])
    assert store.find(b"old", 1000.5) is None
    store.put([(b"new", b"alice", "ans_2", 1000.0 + DAY + 1, b"new")])
    assert store.find(b"old", 0.0) is None


def test_the_oldest_go_when_there_is_no_room(open_store, tmp_path):
    """However many answers are kept, their bytes together stay below the bound; the latest stay."""
    store = open_store(tmp_path, most=1000)
    for number in range(10):
        store.put([(b"%d" % number, b"alice", f"ans_{number}", 1000.0 + number, bytes(300))])
    found = [number for number in range(10) if store.find(b"%d" % number, 0.0) is not None]
    assert found == [7, 8, 9]
    store.put([(b"huge", b"alice", "ans_huge", 2000.0, bytes(1001))])
    assert store.find(b"huge", 0.0) is None
    assert store.find(b"9", 0.0) is not None


def test_only_its_owner_can_have_it_forgotten(open_store, tmp_path):
    """Forgetting needs the owner, and says whether there was anything."""
    store = open_store(tmp_path)
    store.put([(b"one", b"alice", "ans_1", 1000.0, b"sealed")])
    assert not store.forget(b"bob", "ans_1")
    assert store.forget(b"alice", "ans_1")
    assert store.find(b"one", 0.0) is None
    assert not store.forget(b"alice", "ans_1")
