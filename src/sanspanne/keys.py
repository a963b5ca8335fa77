"""Callers' keys: made, limited, revoked. The secret is shown once, when it is made."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import NamedTuple

from msgspec.structs import replace

from sanspanne.admission.quotas.terms import INTERACTIVE, Limits
from sanspanne.errors import ConfigError
from sanspanne.secrets import digest
from sanspanne.store.base import KeyRecord, KeyStore

PREFIX = "sk-sanspanne-"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class NewKey(NamedTuple):
    """A key that was just made: the only moment at which its secret is known."""

    secret: str
    record: KeyRecord


def create(
    store: KeyStore, name: str, now: float, key_class: str = INTERACTIVE, limits: Limits | None = None
) -> NewKey:
    """Make a key: `sk-sanspanne-` and 43 random characters (256 bits). `now` is in seconds since 1970.

    Raises `ConfigError` for a name that cannot be used, `StoreError` when the key cannot be kept.
    """
    if not NAME.fullmatch(name):
        raise ConfigError(
            f'"{name}" cannot be the name of a key: expected letters, digits, dots, hyphens and underscores, 64 at most. '
            "For example: sanspanne keys create laptop"
        )
    secret = PREFIX + secrets.token_urlsafe(32)
    record = KeyRecord(name, digest(secret), secret[-4:], now, None, key_class, limits or Limits())
    if not store.add(record):
        raise ConfigError(
            f'There is a key named "{name}" already. Expected another name, or revoke it first. '
            f"For example: sanspanne keys revoke {name}"
        )
    return NewKey(secret, record)


def limit(store: KeyStore, name: str, key_class: str | None, change: Callable[[Limits], Limits]) -> KeyRecord:
    """Change what a key may use, and its class unless that is None. Raises `ConfigError` when none of that name is in force."""
    for record in store.records():
        if record.name == name and record.revoked_at is None:
            new = replace(record, key_class=key_class or record.key_class, limits=change(record.limits))
            if store.limit(name, new.key_class, new.limits):
                return new
    raise _not_in_force(store, name)


def revoke(store: KeyStore, name: str, now: float) -> None:
    """Take a key out of force. Raises `ConfigError` when none of that name is in force."""
    if not store.revoke(name, now):
        raise _not_in_force(store, name)


def _not_in_force(store: KeyStore, name: str) -> ConfigError:
    in_force = ", ".join(record.name for record in store.records() if record.revoked_at is None) or "none"
    return ConfigError(f'There is no key named "{name}" in force. In force: {in_force}.')
