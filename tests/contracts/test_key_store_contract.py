"""What every store of keys promises, whichever database is behind it. A new one is added to `STORES` and to nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from msgspec.structs import replace

from sanspanne.admission.quotas.terms import Limits
from sanspanne.store.base import KeyRecord, KeyStore
from sanspanne.store.sqlite import Database
from sanspanne.store.sqlite_keys import SqliteKeyStore

Opener = Callable[[Path], KeyStore]


def sqlite(folder: Path) -> KeyStore:
    return SqliteKeyStore(Database(folder))


STORES: dict[str, Opener] = {"sqlite": sqlite}


@pytest.fixture(params=STORES)
def open_store(request: pytest.FixtureRequest) -> Opener:
    return STORES[request.param]


LIMITS = Limits(60, 5000, 100_000, 2_000_000, 5, 0.5, 20.0)


def record(name: str, number: int = 1) -> KeyRecord:
    return KeyRecord(name=name, sha256=f"{number:064x}", last4="wxyz", created_at=1000.0 + number)


def test_new_store_is_empty(open_store: Opener, tmp_path: Path) -> None:
    """A store that was just made holds no key."""
    assert open_store(tmp_path / "new").records() == []


def test_key_is_kept(open_store: Opener, tmp_path: Path) -> None:
    """What was added is there, field for field, also for whoever opens the store later."""
    assert open_store(tmp_path).add(record("a"))
    assert open_store(tmp_path).records() == [record("a")]


def test_class_and_limits_are_kept(open_store: Opener, tmp_path: Path) -> None:
    """A key's class and each of its limits are kept as they were given; a key without them has none."""
    limited = replace(record("a", 1), key_class="batch", limits=LIMITS)
    open_store(tmp_path).add(limited)
    open_store(tmp_path).add(record("b", 2))
    assert open_store(tmp_path).records() == [limited, record("b", 2)]


def test_limits_of_a_key_in_force_are_changed(open_store: Opener, tmp_path: Path) -> None:
    """New terms take the place of all the old ones, of that key alone."""
    store = open_store(tmp_path)
    store.add(replace(record("a", 1), limits=LIMITS))
    store.add(record("b", 2))
    assert store.limit("a", "agent", Limits(streams=1))
    assert store.records() == [replace(record("a", 1), key_class="agent", limits=Limits(streams=1)), record("b", 2)]


def test_only_a_key_in_force_is_limited(open_store: Opener, tmp_path: Path) -> None:
    """To limit what is not there, or is revoked, is answered with False and changes nothing."""
    store = open_store(tmp_path)
    store.add(record("a"))
    store.revoke("a", 2000.0)
    before, revision = store.records(), store.revision()
    assert not store.limit("a", "agent", LIMITS)
    assert not store.limit("b", "agent", LIMITS)
    assert (store.records(), store.revision()) == (before, revision)


def test_keys_come_oldest_first(open_store: Opener, tmp_path: Path) -> None:
    """Keys are listed in the order in which they were made."""
    store = open_store(tmp_path)
    for number, name in enumerate("cab"):
        store.add(record(name, number))
    assert [kept.name for kept in store.records()] == ["c", "a", "b"]


def test_name_in_force_is_not_given_twice(open_store: Opener, tmp_path: Path) -> None:
    """A second key of a name that is in force is refused, and the first stays as it was."""
    store = open_store(tmp_path)
    store.add(record("a", 1))
    assert not store.add(record("a", 2))
    assert store.records() == [record("a", 1)]


def test_revoked_key_stays_as_a_record(open_store: Opener, tmp_path: Path) -> None:
    """A revoked key is still listed, with the time."""
    store = open_store(tmp_path)
    store.add(record("a"))
    assert store.revoke("a", 2000.0)
    assert [kept.revoked_at for kept in store.records()] == [2000.0]


def test_only_a_key_in_force_is_revoked(open_store: Opener, tmp_path: Path) -> None:
    """To revoke what is not there, or is revoked already, is answered with False and changes nothing."""
    store = open_store(tmp_path)
    store.add(record("a"))
    store.revoke("a", 2000.0)
    before = store.records()
    assert not store.revoke("a", 3000.0)
    assert not store.revoke("b", 3000.0)
    assert store.records() == before


def test_name_is_free_again_after_revocation(open_store: Opener, tmp_path: Path) -> None:
    """The name of a revoked key may be given to a new one; revoking that one leaves the first record alone."""
    store = open_store(tmp_path)
    store.add(record("a", 1))
    store.revoke("a", 2000.0)
    assert store.add(record("a", 2))
    store.revoke("a", 3000.0)
    assert [kept.revoked_at for kept in store.records()] == [2000.0, 3000.0]


def test_every_change_grows_the_revision(open_store: Opener, tmp_path: Path) -> None:
    """The revision grows with each change, whoever makes it, and with nothing else."""
    ours, theirs = open_store(tmp_path), open_store(tmp_path)
    seen = [ours.revision()]
    theirs.add(record("a"))
    seen.append(ours.revision())
    theirs.limit("a", "agent", LIMITS)
    seen.append(ours.revision())
    theirs.limit("a", "agent", Limits())
    seen.append(ours.revision())
    theirs.revoke("a", 2000.0)
    seen.append(ours.revision())
    assert seen == sorted(set(seen))
    theirs.revoke("a", 3000.0)
    theirs.records()
    assert ours.revision() == seen[-1]


def test_threads_may_share_a_store(open_store: Opener, tmp_path: Path) -> None:
    """Adding from many threads at once loses no key."""
    store = open_store(tmp_path)
    threads = [Thread(target=store.add, args=(record(f"k{number}", number),)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {kept.name for kept in store.records()} == {f"k{number}" for number in range(12)}
