"""A seam, as callers are told of it: a comment for whoever reads the stream, and fields for programs; both say the same.

``: sanspanne seam from=openai/gpt-4o to=anthropic/claude-sonnet-5 reason=server_error means=anchor at=1234 exact=yes``
``"sanspanne": {"seam": {"from": "openai/gpt-4o", "to": "anthropic/claude-sonnet-5", "reason": "server_error", ...}}``
"""

from __future__ import annotations

from typing import Any

from sanspanne.chat import Seam


def seam_words(seam: Seam) -> str:
    """The seam in one line of `name=value`. What could end the line or a value is left out of the names of targets."""
    fields = _fields(seam) | {"exact": "yes" if seam.exact else "no"}
    return "sanspanne seam " + " ".join(f"{name}={_one_word(str(value))}" for name, value in fields.items())


def seam_object(seam: Seam) -> dict[str, Any]:
    """What stands in the field `sanspanne`."""
    return {"seam": _fields(seam)}


def _fields(seam: Seam) -> dict[str, Any]:
    return {
        "from": seam.before,
        "to": seam.after,
        "reason": seam.reason,
        "means": seam.means,
        "at": seam.at,
        "exact": seam.exact,
    }


def _one_word(text: str) -> str:
    return "".join(character for character in text if character.isprintable() and not character.isspace())
