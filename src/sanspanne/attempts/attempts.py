"""The attempts of all answers: one entry that runs a try, learns from it and tells what happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import aclosing
from itertools import count
from typing import Any, Protocol

from sanspanne.attempts.attempt import LOST_ANSWER, Attempt
from sanspanne.attempts.clocks import Clocks, Limits, Profile, profile_of
from sanspanne.attempts.report import Report
from sanspanne.attempts.standing import Standing, Standings
from sanspanne.attempts.upstream import Endpoint
from sanspanne.attempts.watchdog import LATE
from sanspanne.chat import Batches, ChatRequest, ResumePoint, Target
from sanspanne.errors import Failure
from sanspanne.hooks import AttemptBegun, AttemptEnded, Hooks
from sanspanne.tokens import tokens_of_prompt

# An answer that broke after its first word is finished by another target: it counts a quarter against its own, so that ten in a
# row take it out, and more than 40 % over a longer time (see cuts.py).
BROKEN_SHARE = 0.25


class Reasoning(Protocol):
    """An endpoint that knows whether a model thinks before it speaks."""

    def reasons(self, model: str) -> bool: ...


class KnownEndpoint(Endpoint, Reasoning, Protocol):
    """What the attempts need of a provider over a transport."""

    def limits(self, headers: Mapping[str, str]) -> Any:
        """What the headers say of our quota, for those who know what that is; None if they say nothing."""
        ...


class Attempts:
    """Runs attempts. `endpoint(target)` gives the provider and transport of a target.

    `running` has those under way by their numbers, which `numbers` gives out: each of the process has one of its own.
    `on_first_word` is told the first-token time, in seconds, of every streamed attempt that is not the rest of another;
    `on_limits` what a response's headers say of our quota, refusals included.
    """

    def __init__(
        self,
        endpoint: Callable[[Target], KnownEndpoint],
        clocks: Clocks,
        standings: Standings,
        hooks: Hooks,
        now: Callable[[], float],
        lag: Callable[[], float] = lambda: 0.0,
        numbers: Iterator[int] | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._clocks = clocks
        self._standings = standings
        self._hooks = hooks
        self._now = now
        self._lag = lag
        self._numbers = numbers or count(1)
        self.running: dict[int, Attempt] = {}
        self.on_first_word: Callable[[Target, float], None] = lambda target, seconds: None
        self.on_limits: Callable[[Target, Any], None] = lambda target, state: None

    async def run(
        self,
        request: ChatRequest,
        target: Target,
        answer_id: str,
        report: Report,
        point: ResumePoint | None = None,
    ) -> Batches:
        """One try at `target`, in batches; `report` is filled in as it goes. Raises a `Failure`.

        With a `point` the target takes up the answer that it was giving: the frames that follow it, of the same generation.
        """
        endpoint = self._endpoint(target)
        profile = self._profile(request, target, endpoint)
        limits = self._clocks.limits(profile, request.max_tokens)
        standing, started = self._standings.of(target), self._now()
        attempt = self._attempt(request, target, endpoint, limits, report, point)
        standing.waiting.add(attempt)
        number = self._begin(attempt, answer_id, target, request, rest=point is not None)
        outcome, reason = "left", ""
        try:
            async with aclosing(attempt.run()) as batches:
                async for batch in batches:
                    if attempt in standing.waiting:
                        self._speaks(attempt, target, standing, stream=request.stream)
                    yield batch
            outcome = "answered"
            self._learn(target, profile, report, is_rest=point is not None)
        except Failure as failure:
            outcome, reason = failure.name, failure.reason
            cut = report.first_token is not None
            self._standings.failed(target, failure, share=_share(failure, report), cut=cut)
            raise
        finally:
            if outcome == "left" and report.given_up:
                outcome, reason = "given_up", report.given_up
            standing.waiting.discard(attempt)
            standing.speaking.discard(attempt)
            del self.running[number]
            self._tell(answer_id, number, attempt, target, request, outcome, reason, self._now() - started)

    def _attempt(
        self,
        request: ChatRequest,
        target: Target,
        endpoint: KnownEndpoint,
        limits: Limits,
        report: Report,
        point: ResumePoint | None,
    ) -> Attempt:
        standing, started = self._standings.of(target), self._now()

        def suspect() -> None:
            speaks = self._now() - standing.spoke_at < limits.suspicion / 2
            if not speaks and self._lag() < LATE:  # else it is full, or we are late
                self._standings.suspect(target, limits.patience)

        def heed(headers: Mapping[str, str]) -> None:
            if (state := endpoint.limits(headers)) is not None:
                self.on_limits(target, state)

        def pardon(reason: str) -> float:
            return self._pardon(standing, limits, started) if reason == "first_token" else 0.0

        return Attempt(request, target, endpoint, limits, suspect, report, self._lag, point, heed, pardon)

    def _pardon(self, standing: Standing, limits: Limits, started: float) -> float:
        """Seconds more for a first word: half as long again where others have got theirs in that time."""
        now, more = self._now(), limits.first_token / 2
        is_full = now - standing.spoke_at < more and now - started + more <= limits.longest
        return more if is_full else 0.0

    def _speaks(self, attempt: Attempt, target: Target, standing: Standing, *, stream: bool) -> None:
        """Its first word has come."""
        standing.waiting.discard(attempt)
        standing.speaking.add(attempt)
        standing.spoke_at = self._now()
        seconds = attempt.report.first_token
        if stream and not attempt.is_rest and seconds is not None:
            self.on_first_word(target, seconds)

    def _begin(self, attempt: Attempt, answer_id: str, target: Target, request: ChatRequest, *, rest: bool) -> int:
        number = next(self._numbers)
        self.running[number] = attempt
        prompt = 0 if rest else tokens_of_prompt(request.size)
        self._hooks.tell(AttemptBegun(answer_id, number, str(target), prompt, rest=rest))
        return number

    def _profile(self, request: ChatRequest, target: Target, endpoint: Reasoning) -> Profile:
        asked = request.reasoning is not None and request.reasoning.enabled
        reasoning = asked or endpoint.reasons(target.model)
        return profile_of(str(target), stream=request.stream, reasoning=reasoning, size=request.size)

    def _learn(self, target: Target, profile: Profile, report: Report, *, is_rest: bool) -> None:
        self._standings.answered(target)
        if report.first_token is not None and not is_rest:
            self._clocks.first_token(profile, report.first_token)
        if profile.stream:
            self._clocks.longest_gap(profile.target, report.longest_gap)

    def _tell(
        self,
        answer_id: str,
        number: int,
        attempt: Attempt,
        target: Target,
        request: ChatRequest,
        outcome: str,
        reason: str,
        seconds: float,
    ) -> None:
        report = attempt.report
        usage = None if attempt.is_rest else report.usage  # that of a rest is the whole's, and its beginning was told
        said, dense = attempt.said
        self._hooks.tell(
            AttemptEnded(
                answer_id=answer_id,
                target=str(target),
                outcome=outcome,
                reason=reason,
                status=report.status,
                first_token=report.first_token,
                longest_gap=report.longest_gap if request.stream else None,
                seconds=seconds,
                usage=usage,
                stream=request.stream,
                number=number,
                said=said,
                dense=dense,
            )
        )


def _share(failure: Failure, report: Report) -> float:
    """How much of a failure's weight counts. That an answer was not kept says nothing about the next one."""
    if failure.reason == LOST_ANSWER:
        return 0.0
    return 1.0 if report.first_token is None else BROKEN_SHARE
