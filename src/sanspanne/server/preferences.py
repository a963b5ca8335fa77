"""The `Prefer` header (RFC 7240): how a caller would like to be served, if that is possible.

    Prefer      =  preference, preference ...        the first of a name counts
    preference  =  name [ "=" value ] *( ";" parameter )        a value is a token or a quoted string

Who does not understand a preference passes over it: nothing in this header is ever an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

LONGEST_WAIT = 3600.0  # seconds
LONGEST = 1000  # characters that are read of it
_PIECES = re.compile(r'((?:"(?:[^"\\]|\\.)*"|[^,"]|")*)(?:,|$)')  # a comma in a quoted string parts nothing
# nothing is read in two ways (`++`, `*+`): what fits nothing is passed over at once, however long it is
_NAME, _VALUE = r"([!#$%&'*+.^_`|~0-9A-Za-z-]++)", r"""("(?:[^"\\]|\\.)*+"|[^\s";]*+)"""
_PREFERENCE = re.compile(rf"\s*+{_NAME}\s*+(?:=\s*+{_VALUE}\s*+)?(?:;.*)?", re.DOTALL)
_SECONDS = re.compile(r"[0-9]{1,9}")


class Preferences(Struct, frozen=True):
    """`respond_async`: rather than wait, or be refused, he comes again. `wait`: for so many seconds he waits gladly."""

    respond_async: bool = False
    wait: float | None = None


def read_preferences(value: str) -> Preferences:
    """The preferences that are known here. Never raises."""
    found: dict[str, str] = {}
    for name, said in _preferences(value):
        found.setdefault(name, said)
    seconds = found.get("wait", "")
    wait = min(float(seconds), LONGEST_WAIT) if _SECONDS.fullmatch(seconds) else None
    return Preferences("respond-async" in found, wait)


def _preferences(value: str) -> Iterator[tuple[str, str]]:
    for piece in _PIECES.findall(value[:LONGEST]):
        if read := _PREFERENCE.fullmatch(piece):
            yield read[1].lower(), (read[2] or "").strip('"')
