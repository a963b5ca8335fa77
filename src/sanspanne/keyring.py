"""The keys that callers may show, as the server knows them: those of the configuration and those of the store.

Keys that the command line makes or revokes while the server runs are noticed: a secret that nobody knows makes the keyring
look into the store again, at most once per second; `refresh`, called now and then, notices the revoked ones. A store that
cannot be read changes nothing: the keys known last stay in force, and the log says so.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import time
from collections.abc import Callable, Mapping

from sanspanne.admission.quotas.terms import Terms
from sanspanne.errors import StoreError
from sanspanne.secrets import digest
from sanspanne.store.base import KeyRecord, KeyStore

log = logging.getLogger(__name__)

LOOK_AGAIN_AFTER = 1.0
BUCKET = 4  # hexadecimal digits of a digest that find its candidates; they tell nothing about a random secret


class Keyring:
    """Says whose secret it is. `configured` maps names to SHA-256 digests (hexadecimal); `store` None: only those."""

    def __init__(
        self,
        configured: Mapping[str, str],
        store: KeyStore | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._configured = dict(configured)
        self._store = store
        self._clock = clock
        self._stored: tuple[KeyRecord, ...] = ()
        self._revision: int | None = None
        self._looked_at = clock()
        self._was_required = False
        self._buckets: dict[str, list[tuple[str, str]]] = {}
        self.terms: Mapping[str, Terms] = {}  # of the store's keys in force; another mapping with every change
        self.problem = ""  # a sentence while the store cannot be read
        self.refresh()
        self._index()

    @property
    def required(self) -> bool:
        """Whether callers must show a key: as soon as there is one, or was one.

        To revoke the last key, or to take it out of the configuration, closes the door; it does not open it before the
        next start. A store that was never read may hold one.
        """
        never_read = self._store is not None and self._revision is None
        return bool(self._was_required or self._configured or self._stored or never_read)

    @property
    def usable(self) -> int:
        """How many keys are in force."""
        return sum(len(bucket) for bucket in self._buckets.values())

    def find(self, secret: str) -> str | None:
        """The name of the key with that secret, or None. Takes the same time for a near miss and a far one."""
        shown = digest(secret)
        name = self._among_known(shown)
        if name is None and self._may_look_again():
            self.refresh()
            name = self._among_known(shown)
        return name

    def configure(self, configured: Mapping[str, str]) -> None:
        """The configuration was read again: from now on these are its keys."""
        self._was_required = self.required
        self._configured = dict(configured)
        self._index()

    def refresh(self) -> None:
        """Look whether the store has changed. Never raises; may be called from a thread."""
        if self._store is None:
            return
        self._looked_at = self._clock()
        try:
            revision = self._store.revision()
            if revision != self._revision:
                self._stored, self._revision = tuple(self._store.records()), revision
                self._index()
        except StoreError as error:
            self._report(f"The keys known last stay in force: {error}")
        else:
            self._report("")

    def _among_known(self, shown: str) -> str | None:
        found = None
        for known, name in self._buckets.get(shown[:BUCKET], ()):
            if hmac.compare_digest(known, shown):
                found = name
        return found

    def _may_look_again(self) -> bool:
        return self._store is not None and self._clock() - self._looked_at >= LOOK_AGAIN_AFTER

    def _index(self) -> None:
        in_force = [record for record in self._stored if record.revoked_at is None]
        stored = [(record.sha256, record.name) for record in in_force]
        configured = [(sha256, name) for name, sha256 in self._configured.items()]
        buckets: dict[str, list[tuple[str, str]]] = {}
        for known, name in stored + configured:
            buckets.setdefault(known[:BUCKET], []).append((known, name))
        self.terms = {record.name: Terms(record.key_class, record.limits, section="") for record in in_force}
        self._buckets = buckets  # exchanged in one step: a request on another thread sees the old ones or the new ones

    def _report(self, problem: str) -> None:
        if problem and not self.problem:
            log.warning("%s", problem)
        elif self.problem and not problem:
            log.info("The keys in the store can be read again.")
        self.problem = problem


async def keep_fresh(keyring: Keyring, every: float = 2.0) -> None:
    """Notice revoked keys within `every` seconds, until cancelled; reads in a thread, so that a slow disk delays nobody."""
    while True:
        await asyncio.sleep(every)
        await asyncio.to_thread(keyring.refresh)
