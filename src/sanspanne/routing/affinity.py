"""While an incident lasts, a conversation stays with the target that took it: no ping-pong between two models.

A conversation is known by a keyed hash of who asks (the caller's key), for which model, and how it began: its system prompt and
its first user message, which every later turn brings along. The hash's key is drawn anew by each process and kept nowhere, so
what is remembered tells nothing of what was said. A conversation that has been idle for ten minutes is forgotten.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from hashlib import blake2b
from itertools import takewhile

import msgspec

from sanspanne.chat import ChatRequest, Message, Target, Text

IDLE_SECONDS = 600.0
MOST = 4096
BEGINNING = 65_536  # characters of a text: more of a long one would cost time and tell no two conversations apart


class Affinity:
    """Which target took which conversation. `kept` is in the order of their last answers; while it is empty there is nothing
    to look up."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._salt = os.urandom(16)
        self.kept: dict[bytes, tuple[Target, float]] = {}

    def conversation(self, request: ChatRequest, caller_key: str) -> bytes:
        """The name of the conversation that `request` belongs to."""
        named = blake2b(key=self._salt, digest_size=16)
        for piece in (caller_key, request.model, *_beginning(request)):
            data = piece.encode("utf-8", "surrogatepass")
            named.update(len(data).to_bytes(8, "big"))
            named.update(data)
        return named.digest()

    def note(self, conversation: bytes, target: Target) -> None:
        """`target` has answered in that conversation."""
        self.kept.pop(conversation, None)  # so that it stands last, as the latest
        self.kept[conversation] = target, self._now()
        if len(self.kept) > MOST:
            del self.kept[next(iter(self.kept))]

    def forget(self, conversation: bytes) -> None:
        """The conversation is where it belongs: nothing need be remembered."""
        self.kept.pop(conversation, None)

    def target_of(self, conversation: bytes) -> Target | None:
        """Who took that conversation; None if nobody did, or it has been idle for too long."""
        self._drop_the_idle()
        found = self.kept.get(conversation)
        return found[0] if found else None

    def _drop_the_idle(self) -> None:
        until = self._now() - IDLE_SECONDS
        idle = takewhile(lambda name: self.kept[name][1] <= until, self.kept)
        for name in list(idle):
            del self.kept[name]


def _beginning(request: ChatRequest) -> Iterator[str]:
    """The system prompt and the first user message, as far as they tell conversations apart."""
    for message in request.messages:
        if message.role == "system":
            yield from _words(message)
        elif message.role == "user":
            yield from _words(message)
            return


def _words(message: Message) -> Iterator[str]:
    yield message.role
    for part in message.parts:
        text = part.text if isinstance(part, Text) else msgspec.json.encode(part).decode()
        yield text[:BEGINNING]
