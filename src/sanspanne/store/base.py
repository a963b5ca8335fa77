"""The interfaces of what must last. Every database keeps the same contract: `tests/contracts/` runs it against each."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from sanspanne.admission.quotas.terms import INTERACTIVE, Limits


class KeyRecord(Struct, frozen=True):
    """A caller's key. Of the secret only its SHA-256 is kept, and its last four characters to recognise it by.

    Times are seconds since 1970 (UTC); `revoked_at` None means that the key is in force. `limits` are those of its own.
    """

    name: str
    sha256: str
    last4: str
    created_at: float
    revoked_at: float | None = None
    key_class: str = INTERACTIVE
    limits: Limits = Limits()


class KeyStore(Protocol):
    """Keeps the callers' keys. No row is ever deleted: a revoked key stays as a record. Safe to call from any thread."""

    def add(self, record: KeyRecord) -> bool:
        """Keep a new key; False if a key of that name is in force. Raises `StoreError`."""
        ...

    def revoke(self, name: str, at: float) -> bool:
        """Take the key of that name out of force; False if there is none. Raises `StoreError`."""
        ...

    def limit(self, name: str, key_class: str, limits: Limits) -> bool:
        """From now on the key of that name has this class and these limits; False if none is in force. Raises `StoreError`."""
        ...

    def records(self) -> list[KeyRecord]:
        """All keys, revoked ones too, oldest first. Raises `StoreError`."""
        ...

    def revision(self) -> int:
        """A number that grows with every change, by whichever process. Raises `StoreError`."""
        ...
