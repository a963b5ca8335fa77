"""How an answer came about: who asked, who answered, from which rung."""

from __future__ import annotations

from msgspec import Struct

from sanspanne.chat import Rung, Seam


class Caller(Struct, frozen=True):
    """Who asks, and what he wishes.

    `key` is the name of the caller's key (`local` without one); `allow` narrows the providers, None allows all; `resume` says
    what to do when his answer breaks after its first word: `auto` (continue it), `restart`, or `fail`.
    """

    key: str = "local"
    allow: frozenset[str] | None = None
    resume: str = "auto"

    def allows(self, provider: str) -> bool:
        """Whether the caller's words may go to this provider."""
        return self.allow is None or provider in self.allow


class Route(Struct):
    """Filled in while the answer is made; whole when its first meaningful frame is there."""

    target: str = ""
    rung: Rung | None = None
    attempts: int = 0
    tried: tuple[str, ...] = ()  # the targets that failed before this one
    omitted: tuple[str, ...] = ()
    seams: tuple[Seam, ...] = ()  # where another target took over
