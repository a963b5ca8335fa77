"""A target that was out comes back in steps, while others go on carrying the load.

    out --(closed again)--> 1 % --> 5 % --> 15 % --> 50 % --> all of the traffic that would be its own
                             ^       |       |        |
                             +-------+-------+--------+   a failure: one step back

    a step lasts   as long as the outage did, between 1 s and 180 s
    and is passed  when then min(30, the requests that it gave) have been answered without a failure; if there were none, by
                   its time alone, so that who is not asked for does not return for ever

So an outage of 5 minutes takes 12 minutes to return wholly, and a blip of 5 s takes 20 s. Everybody sent back at once is the
second outage: a provider that has just risen has cold caches, and its own backlog (OpenAI on 4 June 2024 blocked all traffic and
let it in again by degrees; Amazon's load balancers on 20 October 2025 flapped until they were stopped).

The shares are exact and without chance: the credit grows by the share at each request, and a whole one pays for a request. It
begins full, so that the first request after the return goes to the target; after a failure it begins empty.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from sanspanne.chat import Target
from sanspanne.hooks import TargetMoved
from sanspanne.routing.chains import ONBOARD, parse_target

SHARES = (1, 5, 15, 50)  # percent
WHOLE = 100
SHORTEST_STEP = 1.0
LONGEST_STEP = 180.0
ENOUGH = 30
MAX_OUT = 4096  # names of models may come from callers


class Return(Struct):
    """Where a target is on its way back. Times in seconds; `needed` is known from the moment when the time is over."""

    seconds: float
    since: float
    step: int = 0
    credit: int = WHOLE - SHARES[0]
    given: int = 0
    answered: int = 0
    needed: int | None = None

    def lead(self) -> bool:
        """Whether the next request is the target's."""
        self.credit += SHARES[self.step]
        if self.credit < WHOLE:
            return False
        self.credit -= WHOLE
        self.given += 1
        return True

    def passed_at(self, now: float) -> float | None:
        """When the step was over; None if it is not. Those who are still being answered when its time is over are waited for."""
        if now - self.since < self.seconds:
            return None
        if self.needed is None:
            self.needed = min(ENOUGH, self.given)
        if self.answered < self.needed:
            return None
        return now if self.given else self.since + self.seconds

    def begin(self, step: int, since: float) -> None:
        """From then on at that step."""
        self.step, self.since = step, since
        self.given = self.answered = 0
        self.needed = None


class FailBack:
    """The targets that are out, and those on their way back. `now` is a monotonic clock in seconds.

    `returning` has those on their way: while it is empty there is nothing to do.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._out: dict[Target, float] = {}
        self.returning: dict[Target, Return] = {}
        self._looked = now()

    @property
    def is_incident(self) -> bool:
        """Whether any target is out, or on its way back."""
        return bool(self._out or self.returning)

    def moved(self, fact: TargetMoved) -> None:
        """A target went out, or is back. The model on board has no traffic of its own to come back to."""
        target, now = parse_target(fact.target), self._now()
        self.look_after_all()
        if target == ONBOARD:
            return
        if fact.after != "closed":
            self.returning.pop(target, None)
            self._out.setdefault(target, now)
            if len(self._out) > MAX_OUT:
                del self._out[next(iter(self._out))]
        elif (since := self._out.pop(target, None)) is not None:
            self.returning[target] = Return(min(LONGEST_STEP, max(SHORTEST_STEP, now - since)), now)

    def is_out(self, target: Target) -> bool:
        """Whether the target is known to be out."""
        return target in self._out

    def is_returning(self, target: Target) -> bool:
        """Whether the target is on its way back, and may not lead whenever it would."""
        self._climb(target)
        return target in self.returning

    def may_lead(self, target: Target) -> bool:
        """Whether the next request that would be the target's own goes to it; counts one such request. True if it is not
        returning at all."""
        self._climb(target)
        back = self.returning.get(target)
        return back is None or back.lead()

    def answered(self, target: Target) -> None:
        """A request was answered by the target."""
        if (back := self.returning.get(target)) is not None:
            back.answered += 1
            self._climb(target)

    def failed(self, target: Target) -> None:
        """A request failed as in an outage: one step back, and nobody at once."""
        if (back := self.returning.get(target)) is not None:
            back.begin(max(0, back.step - 1), self._now())
            back.credit = 0

    def unheard(self, target: Target) -> None:
        """A request ended that says nothing of the target (its caller left, it was wrong): the step does not wait for it."""
        if (back := self.returning.get(target)) is not None and back.given:
            back.given -= 1
            if back.needed:
                back.needed -= 1

    def look_after_all(self) -> None:
        """Have those come back for whom nobody asks; to be called now and then while any are returning."""
        now = self._now()
        if now - self._looked >= SHORTEST_STEP:
            self._looked = now
            for target in list(self.returning):
                self._climb(target)

    def _climb(self, target: Target) -> None:
        """To the next step, as often as one is passed; behind the last the target is back."""
        back, now = self.returning.get(target), self._now()
        while back is not None and (passed := back.passed_at(now)) is not None:
            if back.step + 1 == len(SHARES):
                del self.returning[target]
                return
            back.begin(back.step + 1, passed)
