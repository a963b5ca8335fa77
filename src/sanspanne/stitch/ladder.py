"""The ladder of means: who is asked to take over a broken answer, and how.

    resume     the target itself takes up its own generation where it broke
    prefill    a target that continues an unfinished message of the assistant
    anchor     any other: it repeats the last words, and goes on from there
    restart    the answer begins again, after a note that says so

In this order; among those who continue, the same model at another provider comes first, then who takes a prefill, then the
others, then who names sources of his own, then the target that broke, then the model on board. A prefill that is refused
leaves the anchor to try; a lost place, twice more with a longer anchor on the first target that lost it. An answer that has
named its sources is finished by nobody who names his own: his numbers would point into the first one's list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Generic

from msgspec.structs import replace

from sanspanne.chat import Capability, ChatRequest, ResumePoint, Rung, Seam, Target
from sanspanne.stitch.anchor import anchor_of, request_for
from sanspanne.stitch.border import WatchedJoint
from sanspanne.stitch.continuation import anchored, prefilled
from sanspanne.stitch.joint import AnchorJoint, Joint, PrefillJoint
from sanspanne.stitch.kinds import closed_fence
from sanspanne.stitch.languages import language_of
from sanspanne.stitch.sentences import seam_note
from sanspanne.stitch.splice import Afresh, Rules, Splice, Straight
from sanspanne.stitch.takeover import Broken, Means, S, Takeover
from sanspanne.tokens import tokens_of_prompt

MOST_CALLS = 5  # to find the place of one break; a caller waits through all of them
MOST_AGAIN = 2  # with a longer anchor, when all have lost the place
MOST_RESTARTS = 2


class Ladder(Generic[S]):
    """Makes the takeovers of one broken answer, each decided when it is asked for."""

    def __init__(
        self,
        request: ChatRequest,
        broken: Broken[S],
        others: Sequence[S],
        capabilities: Callable[[Target], frozenset[Capability]],
        same_model: Callable[[Target, Target], bool],
    ) -> None:
        self._request = request
        self._broken = broken
        self._text = broken.said.text
        self.at = len(self._text)
        self._capabilities = capabilities
        self._same_model = same_model
        self._steps = sorted(filter(self._may_go_on, others), key=self._order)
        self._failed: set[Target] = set()
        self.usage = broken.usage

    def takeovers(self, *, restart_only: bool = False) -> Iterator[Takeover[S]]:
        """All that may be tried. What must not be spliced is gone on with by its own generation, or not at all."""
        broken = self._broken
        if broken.step is not None and broken.point is not None and not restart_only:
            yield from self._tried(self._resume(broken.step, broken.point))
        if broken.said.bar:
            return
        if not restart_only:
            yield from self._continuations()
        restarts = (self._restart(step) for step in self._steps if step.target not in self._failed)
        for restart in islice(restarts, MOST_RESTARTS):
            yield from self._tried(restart)

    def _continuations(self) -> Iterator[Takeover[S]]:
        if not self._text.strip():
            return
        lost: list[S] = []
        calls = 0
        for step in self._steps:
            for takeover in self._ways(step):
                if calls == MOST_CALLS:
                    return
                calls += 1
                yield from self._tried(takeover)
                if takeover.lost and not takeover.declined:
                    lost.append(step)
        for _ in range(MOST_AGAIN):
            for step in [step for step in lost if step.target not in self._failed][:1]:
                yield from self._tried(self._anchor(step, longer=True))

    def _ways(self, step: S) -> Iterator[Takeover[S]]:
        """Prefill where it is taken, and the anchor where it is not, or was refused."""
        if self._takes_prefill(step.target):
            prefill = self._prefill(step)
            yield prefill
            if prefill.declined or not (prefill.lost or prefill.was_refused):
                return
        yield self._anchor(step)

    def _tried(self, takeover: Takeover[S]) -> Iterator[Takeover[S]]:
        yield takeover
        if takeover.failure is not None and not takeover.was_refused:
            self._failed.add(takeover.step.target)

    # --- who, and in what order

    def _may_go_on(self, step: S) -> bool:
        return not (self._broken.said.cited and self._cites(step.target))

    def _cites(self, target: Target) -> bool:
        return Capability.CITES in self._capabilities(target)

    def _order(self, step: S) -> tuple[bool, bool, bool, bool, bool]:
        broken, target = self._broken.step, step.target
        return (
            step.rung is Rung.ONBOARD,
            broken is not None and target == broken.target,
            self._cites(target),
            broken is None or not self._same_model(target, broken.target),
            not self._takes_prefill(target),
        )

    def _takes_prefill(self, target: Target) -> bool:
        return bool(self._capabilities(target) & {Capability.PREFILL, Capability.PREFIX})

    # --- the calls

    def _resume(self, step: S, point: ResumePoint) -> Takeover[S]:
        takeover = self._takeover(step, Means.RESUME, self._request, Straight(), Rules(own=True))
        takeover.point, takeover.held = point, self._broken.held
        return takeover

    def _prefill(self, step: S) -> Takeover[S]:
        echoes = Capability.PREFIX in self._capabilities(step.target)
        joint = WatchedJoint(PrefillJoint(self._text, echoes=echoes), self._text)
        return self._takeover(step, Means.PREFILL, prefilled(self._request, self._text), joint)

    def _anchor(self, step: S, *, longer: bool = False) -> Takeover[S]:
        anchor = anchor_of(self._text, longer=longer)
        request = anchored(self._request, self._text, anchor, request_for(anchor, self._text))
        return self._takeover(step, Means.ANCHOR, request, AnchorJoint(self._text, anchor))

    def _restart(self, step: S) -> Takeover[S]:
        rules = Rules(sources=not self._broken.said.cited)
        return self._takeover(step, Means.RESTART, self._request, Afresh(self._note(step.target)), rules)

    def _note(self, target: Target) -> str:
        """A paragraph of its own, outside of the block of code that was open; nothing where no word has been said."""
        if not self._text.strip():
            return ""
        return f"{closed_fence(self._text)}\n\n{seam_note(language_of(self._text), str(target))}\n\n"

    def _takeover(
        self, step: S, means: Means, request: ChatRequest, joint: Joint, rules: Rules | None = None
    ) -> Takeover[S]:
        seam = Seam(
            before=self._broken.target,
            after=str(step.target),
            reason=self._broken.reason,
            means=means.value,
            at=self.at,
            exact=True,
        )
        if rules is None:
            rules = Rules(sources=not self._broken.said.cited, may_be_empty=not self._text.rstrip()[-1:].isalnum())
        rules = replace(rules, prompt=tokens_of_prompt(request.size))
        return Takeover(step, means, request, Splice(joint, seam, self.usage, rules))
