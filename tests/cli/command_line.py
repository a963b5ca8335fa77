"""What a command leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Done(NamedTuple):
    """The exit code and all that was written to the two streams."""

    code: int
    out: str
    err: str


Cli = Callable[..., Done]
