"""Tokens, charged to their tenants as they stream.

Nothing is done for each piece of an answer: attempts count what they have read, and whenever the queue wants to know who has had
the least, `settle` charges what has grown since the last time. At an attempt's end the rest is charged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from sanspanne.hooks import AnswerBegun, AnswerEnded, AttemptBegun, AttemptEnded, Fact
from sanspanne.tokens import tokens_of


class Saying(Protocol):
    """An attempt under way."""

    @property
    def said(self) -> tuple[int, int]:
        """How many characters were read so far, and how many of them in dense scripts."""
        ...


class Account(Protocol):
    """Where tokens are charged: the fair queue."""

    def charge(self, tenant: str, tokens: float) -> None: ...


class Open(Struct):
    """An attempt under way: whose it is, and how many tokens of it were charged."""

    tenant: str
    charged: int = 0


class Charging:
    """An observer. `running` has the attempts under way by their numbers."""

    def __init__(self, account: Account, running: Mapping[int, Saying]) -> None:
        self._account = account
        self._running = running
        self._tenants: dict[str, str] = {}  # by the ids of their answers
        self._open: dict[int, Open] = {}

    def observe(self, fact: Fact) -> None:
        """Note whose attempt it is, and charge what is left of it at its end."""
        kind = type(fact)
        if kind is AttemptBegun:
            self._begun(fact)  # type: ignore[arg-type]
        elif kind is AttemptEnded:
            self._ended(fact)  # type: ignore[arg-type]
        elif kind is AnswerBegun:
            self._tenants[fact.answer_id] = fact.key  # type: ignore[union-attr]
        elif kind is AnswerEnded:
            self._tenants.pop(fact.answer_id, None)  # type: ignore[union-attr]

    def settle(self) -> None:
        """Charge what was said since the last time."""
        for number, one in self._open.items():
            attempt = self._running.get(number)
            if attempt is not None:
                self._charge(one, tokens_of(*attempt.said))

    def _begun(self, fact: AttemptBegun) -> None:
        tenant = self._tenants.get(fact.answer_id)
        if tenant is not None:
            self._open[fact.number] = Open(tenant)

    def _ended(self, fact: AttemptEnded) -> None:
        one = self._open.pop(fact.number, None)
        if one is not None:
            self._charge(one, tokens_of(fact.said, fact.dense) if fact.usage is None else fact.usage.output)

    def _charge(self, one: Open, tokens: int) -> None:
        if tokens > one.charged:
            self._account.charge(one.tenant, tokens - one.charged)
            one.charged = tokens
