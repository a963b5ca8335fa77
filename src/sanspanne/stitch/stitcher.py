"""One answer from several attempts: what breaks off is finished by another.

    broken --> (may it be continued? is there budget?) --> takeover --joined--> the rest of the answer --> whole
                                                              |  lost, failed        |
                                                              +--> next takeover     +--> broken again (at most twice)
    no takeover is left --> the failure itself: an honest end with what there is

What the caller has been given is never taken back, and what cannot be shown to go on from its last character is never passed
on as if it did: then the answer begins again after a visible note, or ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing
from typing import Generic

from msgspec.structs import replace

from sanspanne.chat import Batches, Capability, ChatRequest, Target, Usage
from sanspanne.errors import ContentRefused, Failure
from sanspanne.stitch.ladder import Ladder
from sanspanne.stitch.lost import Declined, LostPlace
from sanspanne.stitch.splice import summed
from sanspanne.stitch.takeover import Broken, Means, Report, S, Takeover
from sanspanne.tokens import estimated_tokens, tokens_of_prompt

LENGTH = ("too_long", "too_large")  # refusals of this one request: they say nothing about unfinished messages


class Climb(Generic[S]):
    """The takeovers of one break, tried in turn, and what came of them."""

    def __init__(
        self,
        ladder: Ladder[S],
        broken: Broken[S],
        tried: Iterator[Takeover[S]],
        run: Callable[[Takeover[S]], tuple[Batches, Report]],
    ) -> None:
        self._ladder = ladder
        self._broken = broken
        self.tried = tried
        self.run = run
        self.is_done = False
        self.broken_again: Broken[S] | None = None

    def note(self, takeover: Takeover[S], report: Report) -> None:
        """A takeover has ended: with the answer, without having joined it, or in the middle of its part."""
        self.is_done = takeover.is_done
        if _has_cost_nothing(takeover, report):
            return
        said = self._broken.said
        usage = summed(self._ladder.usage, _spent_by(takeover, said.text[self._ladder.at :], report.usage))
        self._ladder.usage = usage
        if takeover.failure is not None and takeover.splice.joined:
            self.broken_again = Broken(said, takeover.failure, takeover.step, usage, report.resume, report.held)


class Stitcher(Generic[S]):
    """Finishes broken answers. `pay` takes one call out of the budget; `learn` hears of a target that refuses prefills."""

    def __init__(
        self,
        capabilities: Callable[[Target], frozenset[Capability]],
        same_model: Callable[[Target, Target], bool],
        learn: Callable[[Target], None],
        pay: Callable[[], bool],
        continuations: int,
    ) -> None:
        self._capabilities = capabilities
        self._same_model = same_model
        self._learn = learn
        self._pay = pay
        self._continuations = continuations

    async def finish(
        self,
        request: ChatRequest,
        broken: Broken[S],
        others: Callable[[Broken[S]], Sequence[S]],
        run: Callable[[Takeover[S]], tuple[Batches, Report]],
        *,
        wish: str = "auto",
    ) -> Batches:
        """The rest of a broken answer. Raises the failure that broke it when nobody could go on with it.

        `others` gives the targets that may be asked, `run` asks one of them; `wish` is the caller's `x-sanspanne-resume`.
        """
        for _ in range(self._continuations):
            if not may_go_on(request, broken, wish):
                break
            ladder = Ladder(request, broken, others(broken), self._capabilities, self._same_model)
            tried = self._paid(ladder.takeovers(restart_only=wish == "restart"))
            climb = Climb(ladder, broken, tried, run)
            async with aclosing(self._climbed(climb)) as batches:
                async for frames in batches:
                    broken.said.see(frames)
                    yield frames
            if climb.is_done:
                return
            if climb.broken_again is None:
                break
            broken = climb.broken_again
        raise broken.failure

    async def _climbed(self, climb: Climb[S]) -> Batches:
        """What passes of the first takeover that finds its place; how it ended is noted in `climb`."""
        for takeover in climb.tried:
            batches, report = climb.run(takeover)
            async with aclosing(self._spliced(takeover, batches, report)) as spliced:
                async for frames in spliced:
                    yield frames
            climb.note(takeover, report)
            if takeover.is_done or takeover.splice.joined:
                return

    def _paid(self, takeovers: Iterator[Takeover[S]]) -> Iterator[Takeover[S]]:
        for takeover in takeovers:
            if not self._pay():
                return
            yield takeover

    async def _spliced(self, takeover: Takeover[S], batches: Batches, report: Report) -> Batches:
        """What passes of one takeover; how it ended is noted in it."""
        try:
            async with aclosing(batches), aclosing(_passed(takeover, batches, report)) as passed:
                async for frames in passed:
                    yield frames
        except Failure as failure:
            takeover.failure = failure
            if takeover.was_refused and failure.reason not in LENGTH:
                self._learn(takeover.step.target)


async def _passed(takeover: Takeover[S], batches: Batches, report: Report) -> Batches:
    async for batch in batches:
        try:
            frames = takeover.splice.frames(batch)
        except LostPlace as lost:
            takeover.lost, takeover.declined = True, isinstance(lost, Declined)
            report.given_up = str(lost)
            return
        if frames:
            yield frames


def may_go_on(request: ChatRequest, broken: Broken[S], wish: str) -> bool:
    """Whether another attempt may take over. What a provider has refused by its policy is not asked for elsewhere."""
    if wish == "fail" or not request.stream or isinstance(broken.failure, ContentRefused):
        return False
    return broken.resumable or broken.said.bar is None


def _has_cost_nothing(takeover: Takeover[S], report: Report) -> bool:
    """Whether the call was refused, or never answered: then nobody has read a token of it."""
    silent = report.first_token is None and report.usage is None and not takeover.splice.joined
    return silent and takeover.failure is not None


def _spent_by(takeover: Takeover[S], said: str, seen: Usage | None) -> Usage:
    """What a takeover that broke off in its turn has cost: its own generation, taken up again, reads no prompt anew."""
    usage = spent(takeover.request, said, seen)
    return Usage(output=estimated_tokens(said)) if takeover.means is Means.RESUME else usage


def spent(request: ChatRequest, said: str, seen: Usage | None) -> Usage:
    """The tokens of an attempt that broke off: what it told of them, and an estimate of what it did not."""
    seen = seen or Usage()
    return replace(
        seen, input=seen.input or tokens_of_prompt(request.size), output=max(seen.output, estimated_tokens(said))
    )
