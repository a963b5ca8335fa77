r"""Half characters in what callers send.

A program that cuts a JavaScript string in the middle of an emoji sends `\ud83d` without its second half. That is no character
and our decoder refuses it; the user should not lose his question over it, so a half becomes U+FFFD, "replacement character",
and the request is read once more. In what providers send, a half is damage and stays it: there it would hide a lost character.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from sanspanne.errors import CallerError

T = TypeVar("T")

# Escapes one after the other, so that a backslash which is itself escaped begins none.
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


def whole_characters(body: bytes) -> bytes:
    """The JSON text with each half of a character replaced."""
    return _ESCAPE.sub(lambda found: rb"\ufffd" if found["half"] else found[0], body)


def read_leniently(read: Callable[[bytes], T], body: bytes) -> T:
    """What `read` makes of the body; of the body with its half characters replaced, if that is what it stumbles over."""
    try:
        return read(body)
    except CallerError:
        mended = whole_characters(body)
        if mended == body:
            raise
        return read(mended)
