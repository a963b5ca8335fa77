"""Output tokens, charged to their tenants as they stream.

AnswerBegun       whose answer it is
AttemptBegun      one more stream of his runs
settle()          what each has said since the last time is charged: nothing is done for each chunk
AttemptEnded      the rest: what `usage` says less what was charged, so that estimates are put right
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from sanspanne.hooks import AnswerBegun, AnswerEnded, AttemptBegun, AttemptEnded, Fact
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
    """An observer. `running` has the attempts under way by their numbers."""

    def __init__(self, account: Account, running: Mapping[int, Saying]) -> None:
        self._account = account
        self._running = running
        self._tenants: dict[str, str] = {}  # of answers
        self._streams: dict[int, Stream] = {}

    def observe(self, fact: Fact) -> None:
        """Keep book of who is spoken to. Probes belong to nobody."""
        if type(fact) is AnswerBegun:
            self._tenants[fact.answer_id] = fact.key
        elif type(fact) is AnswerEnded:
            self._tenants.pop(fact.answer_id, None)
        elif type(fact) is AttemptBegun:
            self._begin(fact)
        elif type(fact) is AttemptEnded:
            self._end(fact)

    def settle(self) -> None:
        """Charge what was said since the last time."""
        for number, stream in self._streams.items():
            attempt = self._running.get(number)
            if attempt is not None:
                self._charge_up_to(stream, tokens_of(*attempt.said))

    def _begin(self, fact: AttemptBegun) -> None:
        tenant = None if fact.probe else self._tenants.get(fact.answer_id)
        if tenant is not None:
            self._streams[fact.number] = Stream(tenant)

    def _end(self, fact: AttemptEnded) -> None:
        stream = None if fact.probe else self._streams.pop(fact.number, None)
        if stream is not None:
            told, said = fact.usage.output if fact.usage else 0, tokens_of(fact.said, fact.dense)
            self._charge_up_to(stream, told if told and fact.outcome == "answered" else max(told, said))

    def _charge_up_to(self, stream: Stream, tokens: float) -> None:
        if tokens != stream.charged:
            self._account.charge(stream.tenant, tokens - stream.charged)
            stream.charged = tokens
