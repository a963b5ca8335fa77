"""What broke off, and one call that is to take it over.

Broken    an answer: what was said of it, why it broke, and what that has cost
Takeover  a call to one target, by one of the means; afterwards: done, refused, lost its place, or failed
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from sanspanne.chat import ChatRequest, Frame, ResumePoint, Rung, Target, Usage
from sanspanne.errors import ClientFault, Failure
from sanspanne.stitch.said import Said
from sanspanne.stitch.splice import Splice


class Means(StrEnum):
    """How another attempt finds its place."""

    RESUME = "resume"
    PREFILL = "prefill"
    ANCHOR = "anchor"
    RESTART = "restart"


class Step(Protocol):
    """A target that may be asked (see routing/plan.py)."""

    @property
    def target(self) -> Target: ...
    @property
    def rung(self) -> Rung: ...


class Report(Protocol):
    """What an attempt leaves behind (see attempts/attempt.py)."""

    first_token: float | None
    usage: Usage | None
    given_up: str
    resume: ResumePoint | None
    held: list[Frame]


S = TypeVar("S", bound=Step)


class Takeover(Generic[S]):
    """One call that is to finish a broken answer.

    When it did not, `failure` says why, or `lost` that it did not find its place; `declined` that it would not go on at all.

    `point` is where the target's own generation is taken up; `held` is what was held back of it before that place.
    """

    def __init__(self, step: S, means: Means, request: ChatRequest, splice: Splice) -> None:
        self.step = step
        self.means = means
        self.request = request
        self.splice = splice
        self.point: ResumePoint | None = None
        self.held: list[Frame] = []
        self.failure: Failure | None = None
        self.lost = False
        self.declined = False

    @property
    def is_done(self) -> bool:
        """Whether it has finished the answer."""
        return self.failure is None and not self.lost

    @property
    def was_refused(self) -> bool:
        """Whether the target does not take an unfinished message, whatever it could take before."""
        return self.means is Means.PREFILL and isinstance(self.failure, ClientFault) and not self.splice.joined


class Broken(Generic[S]):
    """An answer that broke off: where, why, and what had been said.

    `point` is where its target can take its stream up again, if it can; `held` what was held back before that place.
    """

    def __init__(
        self,
        said: Said,
        failure: Failure,
        step: S | None,
        usage: Usage,
        point: ResumePoint | None = None,
        held: Sequence[Frame] = (),
    ) -> None:
        self.said = said
        self.failure = failure
        self.step = step
        self.usage = usage
        self.point = point
        self.held = list(held)

    @property
    def resumable(self) -> bool:
        """Whether its target can take its stream up again."""
        return self.step is not None and self.point is not None

    @property
    def target(self) -> str:
        """Who broke off; ourselves if it was we who died."""
        return str(self.step.target) if self.step else "sanspanne"

    @property
    def reason(self) -> str:
        """The failure's name; `restart` if it was we who died."""
        return self.failure.name if self.step else "restart"
