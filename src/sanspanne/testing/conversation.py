"""What of a conversation matters to somebody who is to go on with an answer, read from any provider's request.

user: Q                                             a fresh question
user: Q, assistant: P                               P is the beginning of an answer
user: Q, assistant: P, user: ... <ancre>A</ancre>   the same, and A, its last words, are to be said again first
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from sanspanne.testing.wires.base import Json, text_of

OPEN, CLOSE = "<ancre>", "</ancre>"


class Conversation(Struct, frozen=True):
    """The `question`; the `partial` answer that stands after it, and the `anchor` that is to be repeated, if there are any."""

    question: str
    partial: str | None = None
    anchor: str | None = None


def conversation(body: Json) -> Conversation:
    """Read the body of a request: `messages` as most have them, or Gemini's `contents`."""
    turns = [_turn(turn) for turn in body.get("messages") or body.get("contents") or () if isinstance(turn, dict)]
    spoken = [turn for turn in turns if turn[0] != "system"]
    anchor = None
    if len(spoken) > 1 and spoken[-1][0] == "user" and spoken[-2][0] == "assistant":
        anchor = _between_tags(spoken[-1][1])
    if anchor is not None:
        spoken.pop()
    partial = spoken.pop()[1] if spoken and spoken[-1][0] == "assistant" else None
    questions = [text for role, text in spoken if role == "user"]
    return Conversation(questions[-1] if questions else "", partial, anchor)


def _turn(turn: dict[str, Any]) -> tuple[str, str]:
    role = {"model": "assistant", "developer": "system"}.get(
        str(turn.get("role", "user")), str(turn.get("role", "user"))
    )
    return role, text_of(turn.get("content", turn.get("parts")))


def _between_tags(text: str) -> str | None:
    """The words between the last pair of tags: a request for them may name the tags in its own sentences before."""
    _, tag, after = text.rpartition(OPEN)
    words, end, _ = after.partition(CLOSE)
    return words if tag and end and words else None
