"""All answers that are under way, and those that may still be joined.

`Idempotency-Key`: within one caller's key, the same idempotency key joins the answer that it began, running or whole; with
another body it is 422. An answer that failed is forgotten, so that a repetition tries again.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable
from contextlib import aclosing

from msgspec import Struct

from sanspanne.answers.answer import Answer, SharedAnswer
from sanspanne.answers.route import Caller, Route
from sanspanne.chat import Batches, ChatRequest, Frame, UsageSeen
from sanspanne.errors import CallerError
from sanspanne.hooks import AnswerBegun, AnswerEnded, Hooks

KEPT_SECONDS = 600.0
KEPT_ANSWERS = 256
KEPT_BYTES = 32 * 1024 * 1024  # of questions and answers together
LONGEST_KEY = 255


class Begun(Struct):
    """An answer that can be joined, with the hash of the body that began it."""

    answer: SharedAnswer
    body_hash: bytes
    at: float


class Answers:
    """Opens answers. `produce(request, caller, answer_id, route)` is the pipeline."""

    def __init__(
        self,
        produce: Callable[[ChatRequest, Caller, str, Route], Batches],
        hooks: Hooks,
        now: Callable[[], float],
        new_id: Callable[[], str] = lambda: f"ans_{secrets.token_hex(12)}",
    ) -> None:
        self._produce = produce
        self._hooks = hooks
        self._now = now
        self._new_id = new_id
        self._joinable: OrderedDict[tuple[str, str], Begun] = OrderedDict()
        self.running = 0

    def open(
        self,
        request: ChatRequest,
        caller: Caller,
        *,
        request_id: str = "",
        idempotency_key: str | None = None,
        detach: bool = False,
        body_hash: bytes = b"",
    ) -> Answer:
        """A new answer, or the one that the same idempotency key began. Raises `CallerError` (400, 422)."""
        if idempotency_key is None and not detach:
            return Answer(self._new_id(), request, caller, self._live, request_id)
        if idempotency_key is None:
            return SharedAnswer(self._new_id(), request, caller, self._live, request_id, detached=True)
        if not 0 < len(idempotency_key) <= LONGEST_KEY:
            raise CallerError(400, "invalid_request", f"Idempotency-Key must have 1 to {LONGEST_KEY} characters.")
        self._forget()
        return self._join(
            (caller.key, idempotency_key),
            body_hash,
            lambda: SharedAnswer(self._new_id(), request, caller, self._live, request_id, detached=detach),
        )

    def _join(self, key: tuple[str, str], body_hash: bytes, new: Callable[[], SharedAnswer]) -> Answer:
        begun = self._joinable.get(key)
        if begun is not None and begun.body_hash != body_hash:
            raise CallerError(
                422,
                "unprocessable",
                "This Idempotency-Key was used with another body; a new question needs a new key, for example a UUID.",
                code="idempotency_key_reused",
                should_retry=False,
            )
        if begun is None:
            begun = self._joinable[key] = Begun(new(), body_hash, self._now())
        return begun.answer

    def _forget(self) -> None:
        """Drop what failed, what is too old, and the oldest when they are too many; running answers are never dropped."""
        size = sum(begun.answer.size for begun in self._joinable.values())
        for key, begun in list(self._joinable.items()):
            too_many = len(self._joinable) > KEPT_ANSWERS or size > KEPT_BYTES
            old = too_many or self._now() - begun.at > KEPT_SECONDS
            if begun.answer.over and (old or begun.answer.error is not None):
                size -= begun.answer.size
                del self._joinable[key]

    async def _live(self, answer: Answer) -> Batches:
        """The answer from its first to its last batch, told to the hooks at its end."""
        self.running += 1
        self._hooks.tell(_begun(answer))
        started = self._now()
        first_token: float | None = None
        last: list[Frame] = []
        outcome, problem = "left", ""
        try:
            produced = self._produce(answer.request, answer.caller, answer.id, answer.route)
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
            self._tell(answer, outcome, problem, first_token, self._now() - started, last)

    def _tell(
        self, answer: Answer, outcome: str, problem: str, first_token: float | None, seconds: float, last: list[Frame]
    ) -> None:
        usage = next((event.usage for frame in last for event in frame.events if isinstance(event, UsageSeen)), None)
        self._hooks.tell(
            AnswerEnded(
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
        )


def _begun(answer: Answer) -> AnswerBegun:
    return AnswerBegun(
        answer_id=answer.id,
        request_id=answer.request_id,
        key=answer.caller.key,
        dialect=answer.request.dialect,
        model=answer.request.model,
        stream=answer.request.stream,
        detached=isinstance(answer, SharedAnswer) and answer.detached,
    )
