"""The wire formats of the scripted providers, by kind."""

from __future__ import annotations

from sanspanne.testing.wires.anthropic import AnthropicWire
from sanspanne.testing.wires.base import Piece, Reason, Reply, Wire
from sanspanne.testing.wires.openai import OpenAIWire

__all__ = ["KINDS", "Piece", "Reason", "Reply", "Wire", "wire"]

_WIRES: dict[str, type[Wire]] = {cls.kind: cls for cls in (OpenAIWire, AnthropicWire)}

KINDS: tuple[str, ...] = tuple(_WIRES)


def wire(kind: str) -> Wire:
    """The wire format of a kind of provider. Raises `ValueError` for an unknown kind."""
    if kind not in _WIRES:
        raise ValueError(f"there is no scripted provider of kind {kind!r}; the kinds are {', '.join(KINDS)}")
    return _WIRES[kind]()
