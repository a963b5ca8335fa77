"""Answers, told to those who watch: when one begins, and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from typing import Protocol

from msgspec import Struct

from sanspanne.answers.answer import Answer
from sanspanne.answers.route import Caller, Route
from sanspanne.chat import Batches, ChatRequest, Frame, UsageSeen
from sanspanne.hooks import AnswerBegun, AnswerEnded, Hooks
from sanspanne.outcomes import reason_of
from sanspanne.stitch.said import Said


class Produce(Protocol):
    """The pipeline."""

    def __call__(
        self, request: ChatRequest, caller: Caller, answer_id: str, route: Route, said: Said | None = None
    ) -> Batches:
        """The frames of an answer; with `said`, those that follow what an earlier life delivered."""
        ...


class Ending(Struct, frozen=True, gc=False):
    """See `hooks.AnswerEnded`; `problem` is the class of the error."""

    outcome: str
    reason: str = ""
    problem: str = ""


class Telling:
    """Makes answers and tells the hooks of them. `running` counts those under way; `now` is monotonic."""

    def __init__(self, produce: Produce, hooks: Hooks, now: Callable[[], float]) -> None:
        self._produce = produce
        self._hooks = hooks
        self._now = now
        self.running = 0

    async def live(self, answer: Answer) -> Batches:
        """The answer from its first to its last batch."""
        self.running += 1
        self._hooks.tell(_begun(answer))
        started = self._now()
        last: list[Frame] = []
        ending: Ending | None = None
        try:
            produced = answer.drawn(
                lambda: self._produce(answer.request, answer.caller, answer.id, answer.route, answer.said)
            )
            async with aclosing(produced):
                async for batch in produced:
                    if answer.route.first_token is None:
                        answer.route.first_token = self._now() - started
                    last = batch
                    yield batch
            ending = _whole(answer.route)
        except Exception as error:
            ending = _failed(answer.route, error)
            raise
        finally:
            self.running -= 1
            if not answer.handed_over:
                self._hooks.tell(_ended(answer, ending or _cut(answer), self._now() - started, last))


def _begun(answer: Answer) -> AnswerBegun:
    return AnswerBegun(
        answer_id=answer.id,
        request_id=answer.request_id,
        key=answer.caller.key,
        dialect=answer.request.dialect,
        model=answer.request.model,
        stream=answer.request.stream,
        detached=answer.detached,
    )


def _whole(route: Route) -> Ending:
    return Ending("whole", route.rung.value if route.rung else "")


def _failed(route: Route, error: Exception) -> Ending:
    problem = type(error).__name__
    return Ending("broken", "broken", problem) if route.target else Ending("refused", reason_of(error), problem)


def _cut(answer: Answer) -> Ending:
    """Nobody draws it any more: its caller has left, or it was us who cut the line."""
    begun = answer.route.first_token is not None
    if answer.expired:
        return Ending("left", "expired")
    if not answer.attached:
        return Ending("left", "left_reading" if begun else "left_waiting")
    return Ending("broken", "broken") if begun else Ending("refused", "draining")


def _ended(answer: Answer, ending: Ending, seconds: float, last: list[Frame]) -> AnswerEnded:
    usage = next((event.usage for frame in last for event in frame.events if isinstance(event, UsageSeen)), None)
    return AnswerEnded(
        answer_id=answer.id,
        request_id=answer.request_id,
        key=answer.caller.key,
        dialect=answer.request.dialect,
        model=answer.request.model,
        outcome=ending.outcome,
        target=answer.route.target,
        rung=answer.route.rung.value if answer.route.rung else "",
        attempts=answer.route.attempts,
        first_token=answer.route.first_token,
        seconds=seconds,
        usage=usage,
        stream=answer.request.stream,
        error=ending.problem,
        seams=answer.route.seams,
        reason=ending.reason,
        waited=answer.route.waited,
    )
