"""What those beside the line may see: facts about attempts, answers and targets, told after the event.

Observers are called in turn, on the loop, and must return at once; one that raises is reported and left out of that call. Who
names the kinds of facts that it wants is told no others: this is on the path of every request.
No fact holds a word of a prompt or of an answer.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Protocol, get_args

from msgspec import Struct

from sanspanne.chat import Seam, Usage

log = logging.getLogger(__name__)


class AnswerBegun(Struct, frozen=True):
    """A request was admitted: from here on it has an answer, whatever becomes of it. `model` is the name that was asked for."""

    answer_id: str
    request_id: str
    key: str
    dialect: str
    model: str
    stream: bool = False
    detached: bool = False


class AttemptBegun(Struct, frozen=True):
    """One call to one target begins. `number` counts the attempts of the process; `prompt` estimates its tokens.

    `rest` says that the target takes up a generation of its own that broke: nothing is asked, and the prompt is not paid again.
    """

    answer_id: str
    number: int
    target: str
    prompt: int
    probe: bool = False
    rest: bool = False


class AttemptEnded(Struct, frozen=True):
    """One call to one target is over. Times are in seconds; `outcome` is `answered`, `left` or a failure's name.

    `probe` says that it was one of our own, which belongs to no answer. `said` counts the characters that were read of it,
    `dense` those among them whose script packs more into each: where a cut stream gave no `usage`, its tokens are estimated
    from them.
    """

    answer_id: str
    target: str
    outcome: str
    reason: str = ""
    status: int | None = None
    first_token: float | None = None
    longest_gap: float | None = None
    seconds: float = 0.0
    usage: Usage | None = None
    stream: bool = False
    probe: bool = False
    number: int = 0
    said: int = 0
    dense: int = 0


class AnswerEnded(Struct, frozen=True):
    """One answer is over. `outcome` is `whole`, `broken` (began, did not end), `refused` (never began) or `left`.

    `reason` is one of `outcomes.REASONS`; it was `waited` seconds in the queue.
    """

    answer_id: str
    request_id: str
    key: str
    dialect: str
    model: str
    outcome: str
    target: str = ""
    rung: str = ""
    attempts: int = 0
    status: int = 0
    first_token: float | None = None
    seconds: float = 0.0
    usage: Usage | None = None
    stream: bool = False
    error: str = ""
    seams: tuple[Seam, ...] = ()
    reason: str = ""
    waited: float = 0.0


class TargetMoved(Struct, frozen=True):
    """A target's state changed: `closed`, `open`, `suspended` (key, spend, model gone); `why` is a sentence."""

    target: str
    before: str
    after: str
    why: str


class Notice(Struct, frozen=True):
    """Something that the operator should read, as one sentence."""

    text: str
    target: str = ""


Fact = AnswerBegun | AttemptBegun | AttemptEnded | AnswerEnded | TargetMoved | Notice
KINDS: tuple[type[Fact], ...] = get_args(Fact)
REQUESTS = AnswerBegun, AttemptBegun, AttemptEnded, AnswerEnded  # what is told of every request


class Observer(Protocol):
    """Anything that wants to know."""

    def observe(self, fact: Fact) -> None:
        """Take note of `fact`; never blocks."""
        ...


class Hooks:
    """Tells every observer the facts that it wants to know."""

    def __init__(self, observers: Iterable[Observer] = ()) -> None:
        self._told: dict[type[Fact], list[Callable[[Fact], None]]] = {kind: [] for kind in KINDS}
        for observer in observers:
            self.add(observer)

    def add(self, observer: Observer, *kinds: type[Fact]) -> None:
        """From now on `observer` is told too: facts of these kinds, or all if it names none."""
        for kind in kinds or KINDS:
            self._told[kind].append(observer.observe)

    def tell(self, fact: Fact) -> None:
        """Tell all who want to know."""
        for observe in self._told[type(fact)]:
            try:
                observe(fact)
            except Exception:
                log.exception("an observer failed on %s", type(fact).__name__)
