"""The life of one answer: made once, followed by zero, one or several callers, cancelled by nobody else.

    direct      one attached caller: he draws the batches himself; no task, no queue; when he leaves, everything below is closed
    recorded    it may be followed by several, again, or by nobody

The first is here, the second in `recorded.py`.
"""

from __future__ import annotations

from collections.abc import Callable

from sanspanne.answers.route import Caller, Route
from sanspanne.chat import Batches, ChatRequest
from sanspanne.stitch.said import Said


class Answer:
    """What is known of every answer. `said` is what an earlier life of this process delivered of it.

    `attached`: a caller holds the line; if it ends before the answer does, it was not he who has left, but we who cut it.
    """

    attached = False
    detached = False
    expired = False  # a kept question that nobody could answer in time
    handed_over = False  # to the next life of this process: this one's end is not its end

    def __init__(self, answer_id: str, request: ChatRequest, caller: Caller, request_id: str = "") -> None:
        self.id = answer_id
        self.request_id = request_id
        self.request = request
        self.caller = caller
        self.route = Route()
        self.said: Said | None = None

    def drawn(self, ask: Callable[[], Batches]) -> Batches:
        """What comes of asking the pipeline."""
        return ask()


class DirectAnswer(Answer):
    """What an attached caller holds on to. `make` starts the pipeline; it is called once."""

    def __init__(
        self,
        answer_id: str,
        request: ChatRequest,
        caller: Caller,
        make: Callable[[Answer], Batches],
        request_id: str = "",
    ) -> None:
        super().__init__(answer_id, request, caller, request_id)
        self._make = make

    def follow(self) -> Batches:
        """The batches of frames. Closing the generator means that the caller has left."""
        return self._make(self)
