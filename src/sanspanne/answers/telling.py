"""Answers, told to those who watch: when one begins, and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from typing import Protocol

from sanspanne.answers.answer import Answer
from sanspanne.answers.route import Caller, Route
from sanspanne.chat import Batches, ChatRequest, Frame, UsageSeen
from sanspanne.hooks import AnswerBegun, AnswerEnded, Hooks
from sanspanne.stitch.said import Said


class Produce(Protocol):
    """The pipeline."""

    def __call__(
        self, request: ChatRequest, caller: Caller, answer_id: str, route: Route, said: Said | None = None
    ) -> Batches:
        """The frames of an answer; with `said`, those that follow what an earlier life delivered."""
        ...


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
        first_token: float | None = None
        last: list[Frame] = []
        outcome, problem = "left", ""
        try:
            produced = answer.drawn(
                lambda: self._produce(answer.request, answer.caller, answer.id, answer.route, answer.said)
            )
            async with aclosing(produced):
                async for batch in produced:
                    if first_token is None:
                        first_token = self._now() - started
                    last = batch
                    yield batch
            outcome = "whole"
        except Exception as error:
            outcome, problem = ("broken" if answer.route.target else "refused"), type(error).__name__
            raise
        finally:
            self.running -= 1
            if not answer.handed_over:
                self._hooks.tell(_ended(answer, outcome, problem, first_token, self._now() - started, last))


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


def _ended(
    answer: Answer, outcome: str, problem: str, first_token: float | None, seconds: float, last: list[Frame]
) -> AnswerEnded:
    usage = next((event.usage for frame in last for event in frame.events if isinstance(event, UsageSeen)), None)
    return AnswerEnded(
        answer_id=answer.id,
        request_id=answer.request_id,
        key=answer.caller.key,
        dialect=answer.request.dialect,
        model=answer.request.model,
        outcome=outcome,
        target=answer.route.target,
        rung=answer.route.rung.value if answer.route.rung else "",
        attempts=answer.route.attempts,
        first_token=first_token,
        seconds=seconds,
        usage=usage,
        stream=answer.request.stream,
        error=problem,
        seams=answer.route.seams,
    )
