"""Failures that only OpenAI Responses has words for."""

from __future__ import annotations

import json

from sanspanne.testing.answer import Answer
from sanspanne.testing.breaks import upto
from sanspanne.testing.script import Script, Stage
from sanspanne.testing.wires.base import Piece, Reason, Told
from sanspanne.testing.wires.openai_responses_events import written


class FlatError(Script):
    """An error event after so many pieces, in the flat shape of the API reference; then the end of the stream."""

    def __init__(self, reason: Reason | str = Reason.SERVER_ERROR, *, after: int = 0, answer: Answer | None = None):
        self.reason, self.after, self.answer = Reason(reason), after, answer or Answer()

    async def play(self, stage: Stage) -> None:
        said = upto(self.answer.pieces(stage), self.after)
        self.answer.begin(stage)
        await self.answer.send(stage, [*said, Piece("end", self.event(stage, said))])
        stage.connection.end()

    def event(self, stage: Stage, said: list[Piece]) -> bytes:
        """The event in which it says so."""
        told = stage.wire.told(self.reason)
        message = told.message.format(model=stage.asked.model)
        number = next_number(said)
        return written(
            {"type": "error", "code": _code(told), "message": message, "param": None, "sequence_number": number}
        )


class ResponseFailed(FlatError):
    """The response itself says, after so many pieces, that it has failed."""

    def event(self, stage: Stage, said: list[Piece]) -> bytes:
        told = stage.wire.told(self.reason)
        error = {"code": _code(told), "message": told.message.format(model=stage.asked.model)}
        response = {"id": f"resp_{stage.id}", "object": "response", "status": "failed", "error": error, "output": []}
        return written({"type": "response.failed", "sequence_number": next_number(said), "response": response})


def next_number(said: list[Piece]) -> int:
    """The number of the event that follows these pieces of a stream."""
    last = json.loads(said[-1].data.partition(b"data: ")[2]) if said else {"sequence_number": -1}
    return int(last["sequence_number"]) + 1


def _code(told: Told) -> str:
    return str(told.code or told.type)
