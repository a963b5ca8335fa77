"""Output tokens, charged to their tenants as they stream.

begin     one more stream of a tenant runs
settle    what each has said since the last time is charged: nothing is done for each chunk
end       the rest: what it has used in the end less what was charged, so that estimates are put right
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from sanspanne.tokens import tokens_of


class Saying(Protocol):
    """An attempt under way: how many characters it has said, and how many of them in dense scripts."""

    @property
    def said(self) -> tuple[int, int]: ...


class Account(Protocol):
    """Where tokens are charged: the fair queue."""

    def charge(self, tenant: str, tokens: float) -> None: ...


class Stream(Struct):
    """Whose it is, and how many of its tokens are charged."""

    tenant: str
    charged: float = 0.0


class Charging:
    """Keeps book of who is spoken to. `running` has the attempts under way by their numbers."""

    def __init__(self, account: Account, running: Mapping[int, Saying]) -> None:
        self._account = account
        self._running = running
        self._streams: dict[int, Stream] = {}

    def begin(self, number: int, tenant: str) -> None:
        """An attempt of one of the tenant's answers begins."""
        self._streams[number] = Stream(tenant)

    def end(self, number: int, tokens: int) -> None:
        """An attempt is over, and has said so many tokens; nothing happens for one that nobody told of."""
        if (stream := self._streams.pop(number, None)) is not None:
            self._charge_up_to(stream, tokens)

    def settle(self) -> None:
        """Charge what was said since the last time."""
        for number, stream in self._streams.items():
            attempt = self._running.get(number)
            if attempt is not None:
                self._charge_up_to(stream, tokens_of(*attempt.said))

    def _charge_up_to(self, stream: Stream, tokens: float) -> None:
        if tokens != stream.charged:
            self._account.charge(stream.tenant, tokens - stream.charged)
            stream.charged = tokens
