"""Tickets and a clock for tests of those who wait."""

from itertools import count
from math import inf

from sanspanne.admission.priority import Priority
from sanspanne.admission.ticket import Ticket
from sanspanne.chat import Target

A, B = Target("a", "m"), Target("b", "m")
_names = count()


def ticket(
    tenant: str = "one",
    priority: Priority = Priority.INTERACTIVE,
    *,
    targets: tuple[Target, ...] = (A,),
    arrived: float = 0.0,
    fresh: float = 5.0,
    deadline: float = inf,
    tokens: int = 100,
) -> Ticket:
    """`fresh` and `deadline` are seconds after its arrival."""
    return Ticket(str(next(_names)), tenant, priority, targets, arrived, arrived + fresh, arrived + deadline, tokens)
