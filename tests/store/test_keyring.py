"""The keyring of a running server: it knows whose secret it is, and keeps knowing when the store is gone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from sanspanne.admission.quotas.terms import Limits, Terms
from sanspanne.errors import StoreError
from sanspanne.keyring import Keyring, keep_fresh
from sanspanne.secrets import digest
from sanspanne.store.base import KeyRecord


class Clock:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Store:
    """A store in memory that counts how often it is read, and can be taken away."""

    def __init__(self, *secrets: str) -> None:
        self.kept = {secret: KeyRecord(f"stored-{secret}", digest(secret), secret[-4:], 0.0) for secret in secrets}
        self.gone = False
        self.reads = 0
        self.on_look: Callable[[], object] = lambda: None

    def add(self, record: KeyRecord) -> bool:
        raise NotImplementedError

    def limit(self, name: str, key_class: str, limits: Limits) -> bool:
        raise NotImplementedError

    def revoke(self, name: str, at: float) -> bool:
        raise NotImplementedError

    def put(self, secret: str, revoked_at: float | None = None) -> None:
        self.kept[secret] = KeyRecord(f"stored-{secret}", digest(secret), secret[-4:], 0.0, revoked_at)

    def records(self) -> list[KeyRecord]:
        self._read()
        return list(self.kept.values())

    def revision(self) -> int:
        self._read()
        return len(self.kept) + sum(record.revoked_at is not None for record in self.kept.values())

    def _read(self) -> None:
        self.reads += 1
        self.on_look()
        if self.gone:
            raise StoreError("The disk is gone.")


def test_configured_and_stored_keys_are_found() -> None:
    """A secret of the configuration or of the store gives its name, any other gives None."""
    keyring = Keyring({"app": digest("one")}, Store("two"))
    assert [keyring.find(secret) for secret in ("one", "two", "three", "")] == ["app", "stored-two", None, None]


def test_secret_of_strange_characters_is_only_unknown() -> None:
    """Bytes that are no UTF-8, as a header may bring them, are an unknown secret and not an error."""
    assert Keyring({"app": digest("one")}).find("\udcff\udcfe\x00") is None


def test_key_that_was_just_made_is_found() -> None:
    """A key made while the server runs is found at its first use, a second after the last look at the latest."""
    clock, store = Clock(), Store()
    keyring = Keyring({}, store, clock=clock)
    store.put("new")
    assert keyring.find("new") is None
    clock.now += 1.0
    assert keyring.find("new") == "stored-new"


def test_unknown_secrets_do_not_wear_out_the_store() -> None:
    """However many unknown secrets come, the store is looked at once per second."""
    clock, store = Clock(), Store("a")
    keyring = Keyring({}, store, clock=clock)
    clock.now += 1.0
    before = store.reads
    for _ in range(1000):
        keyring.find("guess")
    assert store.reads == before + 1


def test_known_secrets_cost_no_look() -> None:
    """A known secret is found without the store."""
    clock, store = Clock(), Store("a")
    keyring = Keyring({}, store, clock=clock)
    before = store.reads
    clock.now += 1000.0
    assert keyring.find("a") == "stored-a"
    assert store.reads == before


def test_revoked_key_is_refused_after_a_refresh() -> None:
    """A key that was revoked elsewhere opens nothing after the next refresh."""
    store = Store("a", "b")
    keyring = Keyring({}, store)
    store.put("a", revoked_at=5.0)
    keyring.refresh()
    assert [keyring.find("a"), keyring.find("b")] == [None, "stored-b"]


def test_lost_store_keeps_the_known_keys(caplog: pytest.LogCaptureFixture) -> None:
    """While the store cannot be read the keys known last stay in force; the log says so once, and once when it is back."""
    store = Store("a")
    keyring = Keyring({}, store)
    store.gone = True
    with caplog.at_level(logging.INFO):
        keyring.refresh()
        keyring.refresh()
        assert keyring.find("a") == "stored-a"
        assert keyring.problem == "The keys known last stay in force: The disk is gone."
        store.gone = False
        keyring.refresh()
    assert keyring.problem == ""
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


def test_no_keys_demand_none() -> None:
    """Where there never was a key, none is demanded."""
    assert not Keyring({}, Store()).required
    assert not Keyring({}).required


def test_one_key_requireds() -> None:
    """As soon as there is a key, wherever it is from, one is demanded."""
    assert Keyring({"app": digest("one")}).required
    assert Keyring({}, Store("a")).required


def test_revoking_the_last_key_closes_the_door() -> None:
    """When the last key is revoked nobody gets in: it does not open the door to all."""
    store = Store("a")
    keyring = Keyring({}, store)
    store.put("a", revoked_at=5.0)
    keyring.refresh()
    assert (keyring.usable, keyring.required) == (0, True)


def test_store_that_was_never_read_requireds() -> None:
    """A store that could not be read even once may hold keys, so one is demanded."""
    store = Store()
    store.gone = True
    assert Keyring({}, store).required


def test_terms_are_those_of_the_stores_keys_in_force() -> None:
    """The terms change with the store, in another mapping; a revoked key has none; without a change they stay the same."""
    store = Store("a", "b")
    keyring = Keyring({"app": digest("one")}, store)
    before = keyring.terms
    assert before == {"stored-a": Terms(section=""), "stored-b": Terms(section="")}
    keyring.refresh()
    assert keyring.terms is before
    store.put("a", revoked_at=5.0)
    store.kept["b"] = replace(store.kept["b"], key_class="batch", limits=Limits(streams=1))
    keyring.refresh()
    assert keyring.terms == {"stored-b": Terms("batch", Limits(streams=1), section="")}


def test_reload_exchanges_the_configured_keys() -> None:
    """After a reload the configuration's new keys are in force and its old ones are not; the store's stay."""
    keyring = Keyring({"old": digest("one")}, Store("a"))
    keyring.configure({"new": digest("two")})
    assert [keyring.find(secret) for secret in ("one", "two", "a")] == [None, "new", "stored-a"]


def test_taking_the_last_key_out_of_the_file_closes_the_door() -> None:
    """A reload without any key does not open to all what was closed before."""
    keyring = Keyring({"app": digest("one")}, Store())
    keyring.configure({})
    assert (keyring.find("one"), keyring.required) == (None, True)


async def test_watch_refreshes_until_cancelled() -> None:
    """Beside the server the keyring looks again and again by itself, and ends when it is cancelled."""
    store = Store("a")
    keyring = Keyring({}, store)
    loop, looked = asyncio.get_running_loop(), asyncio.Event()
    store.on_look = lambda: loop.call_soon_threadsafe(looked.set)  # the look happens in a thread
    task = asyncio.create_task(keep_fresh(keyring, every=0.0))
    await looked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
