"""Who comes to the gate, and with what: the plan of his answer, whose steps are attempts that could be made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, Self, TypeVar

from msgspec import Struct

from sanspanne.admission.limit.limiter import Permit
from sanspanne.admission.priority import Priority
from sanspanne.chat import Target
from sanspanne.errors import Failure

S = TypeVar("S", bound="Step")
S_co = TypeVar("S_co", bound="Step", covariant=True)


class Room(Protocol):
    """Room that is held for one attempt: a permit."""

    def release(self, failure: Failure | None = None, *, answered: bool = False) -> None: ...


class Step(Protocol):
    """One attempt that could be made (see routing/plan.py)."""

    @property
    def target(self) -> Target: ...
    @property
    def permit(self) -> Room | None: ...
    def permitted(self, permit: Permit) -> Self: ...


class Plan(Protocol[S_co]):
    """Whom an answer may ask (see routing/plan.py). `own`: the target whose own traffic it is."""

    targets: Sequence[Target]

    @property
    def own(self) -> Target: ...
    def steps(self, failures: Sequence[Failure]) -> Iterator[S_co]: ...
    def step(self, target: Target) -> S_co: ...


class Waits(Protocol):
    """Where the seconds are noted that an answer spends in the queue."""

    waited: float


class Asker(Struct):
    """Who asks for room. `wait`: seconds within which he wants to be begun, None: as long as is usual; `kept`: at any time.

    `priority` is asked for if he has to wait, and `route` is told how long he `waited`.
    """

    answer_id: str
    tenant: str
    priority: Callable[[], Priority] = lambda: Priority.INTERACTIVE
    tokens: int = 0
    wait: float | None = None
    kept: bool = False
    route: Waits | None = None
