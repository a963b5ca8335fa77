"""Output tokens, charged to their tenants as they stream.

begin     one more stream of a tenant runs
settle    what each has said since the last time is charged: nothing is done for each chunk
end       the rest: what it has used in the end less what was charged, so that estimates are put right
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from sanspanne.tokens import tokens_of


class Saying(Protocol):
    """An attempt under way: how many characters it has said, and how many of them in dense scripts."""

    @property
    def said(self) -> tuple[int, int]: ...


class Account(Protocol):
    """Where tokens are charged: the fair queue."""

    def charge(self, tenant: str, tokens: float) -> None: ...


class Charging:
    """Keeps book of who is spoken to. `running` has the attempts under way by their numbers."""

    def __init__(self, account: Account, running: Mapping[int, Saying]) -> None:
        self._account = account
        self._running = running
        self._tenants: dict[int, str] = {}
        self._charged: dict[int, int] = {}  # tokens of those that were settled on the way

    def begin(self, number: int, tenant: str) -> None:
        """An attempt of one of the tenant's answers begins."""
        self._tenants[number] = tenant

    def end(self, number: int, tokens: int) -> None:
        """An attempt is over, and has said so many tokens; nothing happens for one that nobody told of."""
        tenant = self._tenants.pop(number, None)
        if tenant is not None:
            self._account.charge(tenant, tokens - self._charged.pop(number, 0))

    def settle(self) -> None:
        """Charge what was said since the last time."""
        for number, tenant in self._tenants.items():
            attempt = self._running.get(number)
            tokens = 0 if attempt is None else tokens_of(*attempt.said)
            if tokens > (charged := self._charged.get(number, 0)):
                self._account.charge(tenant, tokens - charged)
                self._charged[number] = tokens
