"""Callers' keys: made, listed, revoked. The secret is shown once, when it is made."""

from __future__ import annotations

import re
import secrets
from typing import NamedTuple

from sanspanne.errors import ConfigError
from sanspanne.secrets import digest
from sanspanne.store.base import KeyRecord, KeyStore

PREFIX = "sk-sanspanne-"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class NewKey(NamedTuple):
    """A key that was just made: the only moment at which its secret is known."""

    secret: str
    record: KeyRecord


def create(store: KeyStore, name: str, now: float) -> NewKey:
    """Make a key: `sk-sanspanne-` and 43 random characters (256 bits). `now` is in seconds since 1970.

    Raises `ConfigError` for a name that cannot be used, `StoreError` when the key cannot be kept.
    """
    if not NAME.fullmatch(name):
        raise ConfigError(
            f'"{name}" cannot be the name of a key: expected letters, digits, dots, hyphens and underscores, 64 at most. '
            "For example: sanspanne keys create laptop"
        )
    secret = PREFIX + secrets.token_urlsafe(32)
    record = KeyRecord(name=name, sha256=digest(secret), last4=secret[-4:], created_at=now)
    if not store.add(record):
        raise ConfigError(
            f'There is a key named "{name}" already. Expected another name, or revoke it first. '
            f"For example: sanspanne keys revoke {name}"
        )
    return NewKey(secret, record)


def revoke(store: KeyStore, name: str, now: float) -> None:
    """Take a key out of force. Raises `ConfigError` when none of that name is in force."""
    if not store.revoke(name, now):
        in_force = ", ".join(record.name for record in store.records() if record.revoked_at is None) or "none"
        raise ConfigError(f'There is no key named "{name}" in force. In force: {in_force}.')
