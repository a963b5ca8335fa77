"""What the ledger needs of a store."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager
from typing import Protocol

from msgspec import Struct

from sanspanne.ledger.entries import AttemptKey, Books


class UsedByKey(Struct, frozen=True):
    """What a caller's key has used: answers that asked somebody, tokens of all attempts, known cost in micro-dollars."""

    key: str
    answers: int
    tokens: int
    cost: int


class Desk(Protocol):
    """Where entries are changed: what is done at it is kept together."""

    def load(self, answers: Collection[str], attempts: Collection[AttemptKey]) -> Books:
        """Those of these entries that there are."""
        ...

    def save(self, books: Books) -> None:
        """Put these entries in the place of those that there were."""
        ...


class LedgerStore(Protocol):
    """Keeps the entries. Each call stands alone and raises `StoreError` when it cannot be done; any thread may make it."""

    def writing(self) -> AbstractContextManager[Desk]:
        """A desk. What was done at it is kept when it is left, and nothing of it when something raises before or then."""
        ...

    def load(self, answers: Collection[str], attempts: Collection[AttemptKey]) -> Books:
        """Those of these entries that there are."""
        ...

    def accounts(self, answers: Collection[str]) -> Books:
        """These answers with all of their attempts."""
        ...

    def unfinished(self) -> Books:
        """The entries that were never closed, of every life."""
        ...

    def save(self, books: Books) -> None:
        """Keep all of these entries, or none of them when that fails."""
        ...

    def named(self, name: str) -> list[str]:
        """The answers of that id, or of the request of that id."""
        ...

    def latest(self, count: int) -> list[str]:
        """The answers that began last, the last first."""
        ...

    def used(self, since: float, besides: str = "") -> list[UsedByKey]:
        """The sums over the attempts that ended after that moment (seconds since 1970), but those of the life `besides`."""
        ...

    def forget(self, before: float) -> None:
        """Delete the answers that began before that moment (seconds since 1970), with their attempts."""
        ...
