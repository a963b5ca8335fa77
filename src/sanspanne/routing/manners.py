"""In what order the targets of a chain are asked, once things have happened to them.

    affinity   a conversation that another target took stays with it            (affinity.py)
    fail-back  who has just come back gets his share, and else stands last      (failback.py)
    warmth     a share of the requests begins with a standby                    (warm.py)

Nobody is ever taken out of the order, and the model on board keeps its place: it is the hosted targets that change theirs. Those
that are out stay at its head: nobody gets to them there, but that they were wanted is seen, and brings the probes by which they
come back. While nothing has happened the order is the chain's, and asking costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile

from sanspanne.chat import ChatRequest, Target
from sanspanne.errors import ContentRefused, Overloaded, ServerFault, Stalled
from sanspanne.hooks import AttemptEnded, Fact, TargetMoved
from sanspanne.routing.affinity import Affinity
from sanspanne.routing.chains import ONBOARD, Chain, parse_target
from sanspanne.routing.failback import FailBack
from sanspanne.routing.warm import Warm

OUTAGE = frozenset(failure.name for failure in (ServerFault, Overloaded, Stalled))
ANSWERED = frozenset(("answered", ContentRefused.name))  # who refuses by his policy is well


class Manners:
    """The order of the targets. `is_fit(target)` says that nothing at all stands against a target, `is_at_ease(target)` that it
    could do with more traffic; `now` is in seconds.

    An observer of the hooks: what happens to the targets it learns from there.
    """

    def __init__(
        self,
        now: Callable[[], float],
        is_fit: Callable[[Target], bool],
        is_at_ease: Callable[[Target], bool] = lambda target: True,
    ) -> None:
        self._failback = FailBack(now)
        self._affinity = Affinity(now)
        self._warm = Warm()
        self._is_fit = is_fit
        self._is_at_ease = is_at_ease

    def order(self, chain: Chain, targets: Sequence[Target], request: ChatRequest, caller_key: str) -> Sequence[Target]:
        """`targets`, which are those of `chain` that may and can serve the request, in the order in which to ask them.

        Counts one request against the shares: to be called once for each.
        """
        if not (self._failback.returning or self._affinity.kept or chain.warm):
            return targets
        self._failback.look_after_all()
        hosted = [target for target in targets if target != ONBOARD]
        taken = self._taken(hosted, request, caller_key)
        if taken is not None:
            hosted = self._led_by(taken, hosted)
        hosted = self._returning_last(hosted)
        standby = self._standby(chain, hosted) if chain.warm and taken is None else None
        if standby is not None:
            hosted = self._led_by(standby, hosted)
        places = iter(hosted)
        return [target if target == ONBOARD else next(places) for target in targets]

    def settled(self, request: ChatRequest, caller_key: str, target: Target, is_fallback: bool) -> None:
        """`target` has said the first word of the answer; `is_fallback` if it is not the first of its chain."""
        kept = self._affinity.kept
        if target == ONBOARD or not (kept or (is_fallback and self._failback.is_incident)):
            return
        conversation = self._affinity.conversation(request, caller_key)
        if not is_fallback:
            self._affinity.forget(conversation)
        elif self._failback.is_incident or conversation in kept:
            self._affinity.note(conversation, target)

    def observe(self, fact: Fact) -> None:
        """See `hooks.Observer`."""
        if isinstance(fact, TargetMoved):
            self._failback.moved(fact)
        elif self._failback.returning and isinstance(fact, AttemptEnded) and not fact.probe:
            self._ended(parse_target(fact.target), fact.outcome)

    def _ended(self, target: Target, outcome: str) -> None:
        if outcome in OUTAGE:
            self._failback.failed(target)
        elif outcome in ANSWERED:
            self._failback.answered(target)
        else:
            self._failback.unheard(target)

    def _taken(self, hosted: list[Target], request: ChatRequest, caller_key: str) -> Target | None:
        """Who took the conversation, if he can be asked. One that has no answer yet only begins, be it with the same words."""
        if not self._affinity.kept or not any(message.role == "assistant" for message in request.messages):
            return None
        target = self._affinity.target_of(self._affinity.conversation(request, caller_key))
        return target if target in hosted and not self._failback.is_out(target) else None

    def _returning_last(self, hosted: list[Target]) -> list[Target]:
        """Those on their way back behind the others, but for one whose request this would be, and is by his share.

        While others carry the load, that is: where the next of them has enough to do the limit alone holds back who returns.
        """
        others = [target for target in hosted if self._is_fit(target) and not self._failback.is_returning(target)]
        if not others or not self._is_at_ease(others[0]):
            return hosted
        early, late = [], []
        is_led = False
        for target in hosted:
            is_back = not self._failback.is_returning(target)
            if is_back or (not is_led and self._failback.may_lead(target)):
                early.append(target)
                is_led = is_led or not self._failback.is_out(target)
            else:
                late.append(target)
        return early + late

    def _standby(self, chain: Chain, hosted: list[Target]) -> Target | None:
        if not self._warm.is_due(chain):
            return None
        behind = [target for target in hosted if not self._failback.is_out(target)][1:]
        fit = [target for target in behind if self._is_fit(target) and not self._failback.is_returning(target)]
        return self._warm.take(chain, sorted(fit, key=chain.targets.index))

    def _led_by(self, target: Target, hosted: list[Target]) -> list[Target]:
        out = list(takewhile(self._failback.is_out, hosted))
        return [*out, target, *(other for other in hosted[len(out) :] if other != target)]
