"""The plan of one answer: which targets are asked, in what order.

the chain of the model
  minus those the caller does not allow         none left: 403
  minus those that could not serve the request  none left: 400 with the field that stands against it
  minus those that cannot be asked just now     looked at again at each step, because it changes
and, when all of them have failed, the last one once more if the budget for second tries allows it
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, Self

from msgspec import Struct

from sanspanne.chat import Capability, ChatRequest, Rung, Target
from sanspanne.errors import CallerError, ContentRefused, Failure, Obstacle, Overloaded, ServerFault, invalid_request
from sanspanne.routing.chains import ONBOARD, Chain

LONGEST_PAUSE = 0.5


Order = Callable[[Chain, Sequence[Target], ChatRequest, str], Sequence[Target]]


class Permit(Protocol):
    """Room at a target that is held for one attempt."""

    def release(self, failure: Failure | None = None, *, answered: bool = False) -> None: ...


class Step(Struct, frozen=True):
    """One attempt to be made, after `pause` seconds; with a `permit` if its target's room is counted and was found already."""

    target: Target
    rung: Rung
    pause: float = 0.0
    permit: Permit | None = None

    def permitted(self, permit: Permit) -> Self:
        """The same, with room."""
        return type(self)(self.target, self.rung, self.pause, permit)


class Health(Protocol):
    """What is known of the targets (see attempts/standing.py)."""

    def obstacle(self, target: Target) -> Obstacle | None:
        """Why a target must not be asked now."""
        ...

    def want(self, target: Target) -> None:
        """A request would have used this target."""
        ...

    def hope(self, target: Target) -> bool:
        """Whether a target that is out may well be back soon."""
        ...


class Plan:
    """Whom one answer may ask. `targets` in order; `left_out` says of each target that was not asked, why."""

    def __init__(self, targets: Sequence[Target], chain: Chain, health: Health, may_repeat: Callable[[], bool]) -> None:
        self.targets = targets
        self._chain = chain
        self._health = health
        self._may_repeat = may_repeat
        self.hedge = chain.hedge
        self.left_out: dict[Target, Obstacle] = {}

    @property
    def own(self) -> Target:
        """The target whose own traffic this is."""
        return self._chain.targets[0]

    @property
    def skipped(self) -> list[tuple[str, Obstacle]]:
        """Those that were left out, and why."""
        return [(str(target), obstacle) for target, obstacle in self.left_out.items()]

    def step(self, target: Target) -> Step:
        """The attempt at one of its targets."""
        return Step(target, self._rung(target))

    def steps(self, failures: Sequence[Failure]) -> Iterator[Step]:
        """Who may be asked now, best first, each decided when it is asked for; `failures` is what was met so far."""
        if self.targets[0] != self.own and self.own in self.targets:
            self._may_be_asked(
                self.own
            )  # who has had to stand back is wanted all the same, or nobody would ever probe it
        for target in self.targets:
            if failures and any(failure.target == str(target) for failure in failures):
                continue
            if self._may_be_asked(target):
                yield self.step(target)
        again = self._again(failures)
        if again is not None:
            yield again

    def standby(self, after: Target) -> Target | None:
        """The next hosted target that may be asked now: who hedges for `after`."""
        position = self.targets.index(after)
        usable = (target for target in self.targets[position + 1 :] if self._health.obstacle(target) is None)
        return next((target for target in usable if target != ONBOARD), None)

    def others(self, broken: Target | None, failures: Sequence[Failure]) -> list[Step]:
        """Who could take over now that `broken` has broken off in mid-answer, best first.

        The chain in its order without those that have failed already, and `broken` itself last, if it is hosted and nothing
        stands against it: a cut stream is often the connection's fault. None: it was we who broke off. Behind them all those
        who are out and may well be back in a moment: somebody is reading. That the others were wanted is told.
        """
        failed = {str(broken), *(failure.target for failure in failures)}
        fresh = [target for target in self.targets if str(target) not in failed]
        if broken is not None and broken != ONBOARD:
            fresh.append(broken)
        now = [target for target in fresh if self._may_be_asked(target)]
        soon = [
            target for target in self.targets if target not in now and target != ONBOARD and self._is_hoped_for(target)
        ]
        return [self.step(target) for target in now + soon]

    def is_final(self, failure: Failure, failures: Sequence[Failure]) -> bool:
        """Whether a failure ends the answer: what the first target says of the request itself, the others would say too.

        In an outage, met now or known before, it is different: a standby that cannot take the request must not turn an
        outage into a 400. What anyone refuses by his policy is final: asking on would go round that policy.
        """
        if isinstance(failure, ContentRefused):
            return True
        return not failure.fails_over and len(failures) == 1 and not self.left_out

    def _may_be_asked(self, target: Target) -> bool:
        obstacle = self._health.obstacle(target)
        if obstacle is None:
            return True
        self._health.want(target)
        self.left_out[target] = obstacle
        return False

    def _is_hoped_for(self, target: Target) -> bool:
        return self._health.obstacle(target) is not None and self._health.hope(target)

    def _rung(self, target: Target) -> Rung:
        if target == ONBOARD:
            return Rung.ONBOARD
        return Rung.PRIMARY if target == self.own else Rung.FALLBACK

    def _again(self, failures: Sequence[Failure]) -> Step | None:
        if len(self.targets) != 1 or len(failures) != 1 or not isinstance(failures[0], ServerFault | Overloaded):
            return None
        target = self.targets[0]
        if target == ONBOARD or self._health.obstacle(target) is not None or not self._may_repeat():
            return None
        return Step(target, self._rung(target), pause=random.uniform(0, LONGEST_PAUSE))


class Planner:
    """Makes plans. `capabilities(target)` says what a target can do; `order` puts them in another order (see manners.py)."""

    def __init__(
        self,
        find: Callable[[str], Chain],
        capabilities: Callable[[Target], frozenset[Capability]],
        health: Health,
        may_repeat: Callable[[], bool],
        order: Order = lambda chain, targets, request, key: targets,
    ) -> None:
        self._find = find
        self._order = order
        self._capabilities = capabilities
        self._health = health
        self._may_repeat = may_repeat

    def plan(self, request: ChatRequest, allow: frozenset[str] | None, key: str = "") -> Plan:
        """The plan for a request of the caller with this `key`.

        Raises `CallerError` when no target of the chain could ever serve it.
        """
        chain = self._find(request.model)
        allowed = [target for target in chain.targets if allow is None or target.provider in allow]
        if not allowed:
            raise _none_allowed(request, chain)
        able = [target for target in allowed if self._is_able(target, request)]
        if not able:
            raise self._unable(allowed[0], request)
        return Plan(self._order(chain, able, request, key), chain, self._health, self._may_repeat)

    def _is_able(self, target: Target, request: ChatRequest) -> bool:
        return not request.needs or request.needs.keys() <= self._capabilities(target)

    def _unable(self, target: Target, request: ChatRequest) -> CallerError:
        can = self._capabilities(target)
        need, field = next((need, field) for need, field in request.needs.items() if need not in can)
        if target == ONBOARD:
            return _beyond_the_model_on_board(field)
        return invalid_request(
            f"No target behind the model {request.model!r} can serve {field!r} ({need}). "
            "Leave it out, or choose a model whose chain has a target that can.",
            param=field,
            code="unsupported_parameter",
        )


def _beyond_the_model_on_board(field: str) -> CallerError:
    """The contract: a request with tools, images or a schema gets 503 rather than a small model's guess."""
    return CallerError(
        503,
        "unavailable",
        f"Only the model on board is there, and it serves plain text: it cannot serve {field!r}. "
        'Configure a provider that can, for example [providers.openai] kind = "openai".',
        param=field,
        code="onboard_plain_text_only",
        should_retry=False,
    )


def _none_allowed(request: ChatRequest, chain: Chain) -> CallerError:
    providers = ", ".join(dict.fromkeys(target.provider for target in chain.targets))
    return CallerError(
        403,
        "permission",
        f"x-sanspanne-allow leaves no target of the model {request.model!r}: its chain has {providers}. "
        f"For example: x-sanspanne-allow: {chain.targets[0].provider}",
        should_retry=False,
    )
