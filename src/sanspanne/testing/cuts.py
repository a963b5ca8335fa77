"""Streams that go wrong at any byte, in every shape in which they were seen to.

from a byte on     reset close clean bad_chunk half_chunk    the connection ends there, in the words of `Break`
                   stall                                     silence
                   page                                      a page of HTML, and a proper end
                   noise                                     bytes that are no UTF-8, and then the rest
from an event on   error error_then_done                     the provider's own error under status 200
                   stop_then_error                           an end as if all had been said, then a bare error
at the end         no_stop no_end more_after_the_end         all is said, but the end is not right
"""

from __future__ import annotations

from collections.abc import Sequence

from sanspanne.testing.answer import Answer
from sanspanne.testing.breaks import HTML, Break, upto_byte
from sanspanne.testing.continuing import Continuing
from sanspanne.testing.failures import MARKERLESS
from sanspanne.testing.script import Script, Stage
from sanspanne.testing.wires.base import Piece, Reason

CONNECTIONS = ("reset", "close", "clean", "bad_chunk", "half_chunk")
SHAPES = (*CONNECTIONS, "stall", "page", "noise", "error", "error_then_done", "stop_then_error", "no_stop")
SHAPES_AT_THE_END = ("no_end", "more_after_the_end")


def cut_shapes(kind: str) -> tuple[str, ...]:
    """The shapes that are failures of this kind of provider: some have no end that could be missing."""
    ends = SHAPES_AT_THE_END if kind not in MARKERLESS else SHAPES_AT_THE_END[1:]
    return SHAPES + ends


class Cut(Script):
    """`answer`, cut in a shape of `cut_shapes` at byte `at` of its body (a share of it, if it is a fraction)."""

    def __init__(self, shape: str, at: int | float, answer: Answer) -> None:
        if shape not in SHAPES + SHAPES_AT_THE_END:
            raise ValueError(f"there is no cut {shape!r}; there are {', '.join(SHAPES + SHAPES_AT_THE_END)}")
        self.shape, self.at, self.answer = shape, at, answer

    async def play(self, stage: Stage) -> None:
        refusal = self.answer.refusal_of(stage) if isinstance(self.answer, Continuing) else None
        if refusal is not None:
            await stage.reply(refusal)
        elif self.shape in CONNECTIONS:
            await Break(self.shape, at=self.at, answer=self.answer).play(stage)  # type: ignore[arg-type]
        else:
            await self._spoil(stage)

    async def _spoil(self, stage: Stage) -> None:
        pieces = self.answer.pieces(stage)
        self.answer.begin(stage)
        await self.answer.send(stage, self._spoilt(stage, pieces))
        if self.shape == "stall":
            await stage.client_leaves()
        stage.connection.end()

    def _spoilt(self, stage: Stage, pieces: list[Piece]) -> list[Piece]:
        match self.shape:
            case "stall":
                return upto_byte(pieces, self.at)
            case "page":
                return [*upto_byte(pieces, self.at), Piece("end", HTML % {b"title": b"502 Bad Gateway"})]
            case "noise":
                return self._with_noise(pieces)
            case "error" | "error_then_done":
                error = stage.wire.failure_event(Reason.OVERLOADED, stage.asked.model)
                end = pieces[-1:] if self.shape == "error_then_done" else []
                return [*self._events(pieces), Piece("end", error), *end]
            case "stop_then_error":
                error = stage.wire.failure(Reason.OVERLOADED, stage.asked.model).body
                return [*self._events(pieces), *_without(pieces, "begin", "say"), Piece("end", error)]
            case "no_stop":
                return _without(pieces, "stop")
            case "no_end":
                return _without(pieces, "end")
            case _:
                return [*pieces, Piece("end", b"data: and then some\n\n")]

    def _with_noise(self, pieces: Sequence[Piece]) -> list[Piece]:
        before = upto_byte(pieces, self.at)
        data = b"".join(piece.data for piece in pieces)
        rest = data[sum(len(piece.data) for piece in before) :]
        return [*before, Piece("say", b"\xff\xfe"), Piece("say", rest)]

    def _events(self, pieces: Sequence[Piece]) -> list[Piece]:
        """The pieces of the beginning that are whole, and of those none that says why it stops."""
        kept = len(upto_byte(pieces, self.at)) - 1
        return [piece for piece in pieces[:kept] if piece.role not in ("stop", "end")]


def _without(pieces: Sequence[Piece], *roles: str) -> list[Piece]:
    return [piece for piece in pieces if piece.role not in roles]
