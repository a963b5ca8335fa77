"""A small share of the live traffic keeps the standbys warm, where the operator allows it (`[models.NAME] warm = 0.02`).

    credit <- credit + warm    for each request; a whole one sends the request to the next standby, in turn

A standby that has answered all along has known limits and warm caches, and its first real minute is not its first at all. It
costs what the standby costs and moves data there: so the operator must ask for it. Exact, and without chance; the credit is kept
while no standby is fit, but never more than one request's.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from sanspanne.chat import Target
from sanspanne.routing.chains import Chain

WHOLE = 1_000_000  # the credit is counted in millionths, which add up exactly


class Turn(Struct):
    """Whose turn it is among the standbys of one chain."""

    credit: int = 0
    last: int = 0  # the place in the chain of the one who had it


class Warm:
    """The turns of every chain that is kept warm: as many as are configured."""

    def __init__(self) -> None:
        self._turns: dict[tuple[Target, ...], Turn] = {}

    def is_due(self, chain: Chain) -> bool:
        """Count one request of `chain`; whether a standby is due."""
        turn = self._turns.setdefault(chain.targets, Turn())
        turn.credit = min(turn.credit, WHOLE) + round(chain.warm * WHOLE)
        return turn.credit >= WHOLE

    def take(self, chain: Chain, standbys: Sequence[Target]) -> Target | None:
        """The one among `standbys`, which are in the order of the chain, whose turn it is; only when one is due."""
        if not standbys:
            return None
        turn = self._turns[chain.targets]
        turn.credit -= WHOLE
        later = (target for target in standbys if chain.targets.index(target) > turn.last)
        standby = next(later, standbys[0])
        turn.last = chain.targets.index(standby)
        return standby
