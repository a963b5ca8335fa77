"""How an answer came about: who asked, who answered, from which rung."""

from __future__ import annotations

from msgspec import Struct

from sanspanne.chat import Rung, Seam


class Caller(Struct, frozen=True):
    """Who asks, and what he wishes.

    `key` is the name of the caller's key (`local` without one); `allow` narrows the providers, None allows all; `resume` says
    what to do when his answer breaks after its first word: `auto` (continue it), `restart`, or `fail`. `priority` lowers the
    class of his key; `wait`: seconds within which his answer is to begin, None: the usual ones; `kept`: his question may be
    answered at any time; `earlier`: rather than none he takes his own earlier answer to the same question.
    """

    key: str = "local"
    allow: frozenset[str] | None = None
    resume: str = "auto"
    priority: str = "normal"
    wait: float | None = None
    kept: bool = False
    earlier: bool = False

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
    answered_at: float | None = None  # of an answer from the rung `cached`: when it was given first, seconds since 1970
    waited: float = 0.0  # seconds in the queue
    first_token: float | None = None  # seconds until its first word, the wait among them
