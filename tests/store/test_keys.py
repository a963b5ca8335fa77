"""Keys are made once, shown once, and told apart."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sanspanne import keys
from sanspanne.errors import ConfigError
from sanspanne.secrets import digest
from sanspanne.store.sqlite import FILE_NAME, Database
from sanspanne.store.sqlite_keys import SqliteKeyStore


@pytest.fixture
def store(tmp_path: Path) -> SqliteKeyStore:
    return SqliteKeyStore(Database(tmp_path))


def test_secret_has_its_shape(store: SqliteKeyStore) -> None:
    """A secret is our prefix and 43 characters that survive a URL, and no two are the same."""
    made = [keys.create(store, name, 0.0).secret for name in ("a", "b")]
    assert all(re.fullmatch(r"sk-sanspanne-[A-Za-z0-9_-]{43}", secret) for secret in made)
    assert made[0] != made[1]


def test_only_the_digest_is_kept(store: SqliteKeyStore, tmp_path: Path) -> None:
    """The secret itself stands nowhere in the file; its digest and its last four characters do."""
    new = keys.create(store, "a", 5.0)
    (kept,) = store.records()
    assert kept == new.record
    assert (kept.sha256, kept.last4, kept.created_at) == (digest(new.secret), new.secret[-4:], 5.0)
    content = b"".join(path.read_bytes() for path in tmp_path.glob(f"{FILE_NAME}*"))
    assert new.secret.encode() not in content
    assert kept.sha256.encode() in content


@pytest.mark.parametrize("name", ["", "a b", "é", "-a", "a\n", "x" * 65])
def test_name_that_cannot_be_used_is_told(store: SqliteKeyStore, name: str) -> None:
    """A name that would not survive a log or a table is refused, with one that would."""
    with pytest.raises(ConfigError, match="sanspanne keys create laptop"):
        keys.create(store, name, 0.0)
    assert store.records() == []


def test_name_in_force_is_refused(store: SqliteKeyStore) -> None:
    """A name that is in force is refused, with the way out."""
    keys.create(store, "a", 0.0)
    with pytest.raises(ConfigError, match="sanspanne keys revoke a"):
        keys.create(store, "a", 1.0)


def test_revoking_nothing_names_what_there_is(store: SqliteKeyStore) -> None:
    """To revoke a key that is not there is told, with those that are in force."""
    keys.create(store, "a", 0.0)
    keys.create(store, "b", 0.0)
    keys.revoke(store, "a", 1.0)
    with pytest.raises(ConfigError, match=r'no key named "a" in force. In force: b\.'):
        keys.revoke(store, "a", 2.0)
