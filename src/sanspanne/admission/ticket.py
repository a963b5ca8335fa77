"""One answer that asks for room, and what it is told while it waits."""

from __future__ import annotations

from math import inf

from msgspec import Struct

from sanspanne.admission.priority import Priority
from sanspanne.chat import Target


class Ticket(Struct, eq=False):
    """Times are monotonic seconds. `targets` are those that could answer, in the order of preference.

    `fresh_until`: a wait that ends by then is hardly noticed; `deadline`: after it the answer comes too late. `spills` are the
    targets among them whose own traffic it is not. `refusal` says why it was turned away, once it was: `wait_too_long`,
    `queue_full` or `shed`.
    """

    answer_id: str
    tenant: str
    priority: Priority
    targets: tuple[Target, ...]
    arrived: float
    fresh_until: float
    deadline: float = inf
    tokens: int = 0  # of the prompt, estimated
    spills: frozenset[Target] = frozenset()
    refusal: str = "wait_too_long"


class Outlook(Struct, frozen=True):
    """What somebody who waits is told: his place (1: he is next) among `of`, and for how long, in seconds; None: not known."""

    position: int
    of: int
    low: float | None = None
    high: float | None = None
