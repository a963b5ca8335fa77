"""A seam, as callers are told of it: a comment for whoever reads the stream, and fields for programs; both say the same.

``: sanspanne seam from=openai/gpt-4o to=anthropic/claude-sonnet-5 reason=server_error means=anchor at=1234 exact=yes``
``"sanspanne": {"seam": {"from": "openai/gpt-4o", "to": "anthropic/claude-sonnet-5", "reason": "server_error", ...}}``
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from sanspanne.chat import Earlier, Rung, Seam


class _Seam(Struct):
    before: str = msgspec.field(name="from")
    after: str = msgspec.field(name="to")
    reason: str
    means: str
    at: int
    exact: bool


class _Ours(Struct):
    seam: _Seam


class _Carrier(Struct):
    sanspanne: _Ours


def seam_words(seam: Seam) -> str:
    """The seam in one line of `name=value`. What could end the line or a value is left out of the names of targets."""
    fields = _fields(seam) | {"exact": "yes" if seam.exact else "no"}
    return "sanspanne seam " + " ".join(f"{name}={_one_word(str(value))}" for name, value in fields.items())


def seam_object(seam: Seam) -> dict[str, Any]:
    """What stands in the field `sanspanne`."""
    return {"seam": _fields(seam)}


def earlier_object(earlier: Earlier) -> dict[str, Any]:
    """What stands there when the whole answer was said before; the time in whole seconds since 1970."""
    return {"rung": Rung.CACHED.value, "answered_at": int(earlier.at)}


def seams_in(stream: bytes) -> Iterator[Seam]:
    """The seams of which the caller of a stream was told, out of the bytes that he got."""
    for line in stream.split(b"\n"):
        if line.startswith(b"data:") and b'"sanspanne"' in line:
            try:
                yield Seam(**msgspec.structs.asdict(msgspec.json.decode(line[5:], type=_Carrier).sanspanne.seam))
            except msgspec.MsgspecError:  # the word stands somewhere else in it
                continue


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
