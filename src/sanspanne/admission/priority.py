"""Who goes first when there is not room for all."""

from __future__ import annotations

from enum import IntEnum


class Priority(IntEnum):
    """The smaller goes first. A key has its class; a request can only lower it."""

    RESUME = 0  # an answer that broke after its first word: somebody is reading it
    INTERACTIVE = 1
    AGENT = 2
    BATCH = 3


CLASSES = {"interactive": Priority.INTERACTIVE, "agent": Priority.AGENT, "batch": Priority.BATCH}
LOWERED = {**CLASSES, "normal": Priority.INTERACTIVE, "low": Priority.BATCH}


def lowered(key_class: str, wish: str) -> Priority:
    """The priority of a request whose key is of `key_class` and which wishes for `wish`; it is never raised."""
    return max(CLASSES[key_class], LOWERED[wish])
