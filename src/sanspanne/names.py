"""Names of answers and requests: nobody can guess one, and they sort by the time when they were given.

    name = prefix + milliseconds since 1970 (12 hexadecimal digits) + chance (16 of them)

A new row then goes to the end of an index and not to any place in it, which spares the ledger more than half of its work.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable


def new_name(prefix: str, wall: Callable[[], float] = time.time) -> str:
    """A name that begins with `prefix`, for example `ans_`; `wall` gives the seconds since 1970."""
    return prefix + int(wall() * 1000).to_bytes(6).hex() + os.urandom(8).hex()
