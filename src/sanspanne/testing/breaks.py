"""The failures: scripts that play every way in which a provider was seen to break.

Before an answer   Refuse  Fail  Page  Body  Hang
In an answer       Break  Stall  ErrorEvent  Garbled  Only
After an answer    StopThenError, and `Answer(ending=None)`, `Answer(ends=False)`, `Answer(tail=b"...")`
Now and then       ByModel  Sometimes
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from sanspanne.testing.answer import Answer
from sanspanne.testing.script import Script, Stage
from sanspanne.testing.wires.base import Piece, Reason, Reply

Ending: TypeAlias = Literal["clean", "close", "reset", "bad_chunk", "half_chunk"]

HTML = (
    b"<!DOCTYPE html>\n<html>\n<head><title>%(title)b</title></head>\n<body>\n<center><h1>%(title)b</h1></center>\n"
    b"<hr><center>cloudflare</center>\n</body>\n</html>\n"
)
TITLES = {200: b"Just a moment...", 502: b"502 Bad Gateway", 503: b"503 Service Temporarily Unavailable"}


class Refuse(Script):
    """Nobody is there: the connection is reset when it has been made. (`ScriptedProvider.close_port` refuses it earlier.)"""

    refuses = True
    spoils_pages = True

    async def play(self, stage: Stage) -> None:
        stage.connection.reset()


class Fail(Script):
    """The provider's own error response: for a `Reason` (or its name), or its common one with another HTTP status.

    `retry_after` in seconds replaces the provider's usual header.
    """

    def __init__(self, reason: Reason | str | int, *, retry_after: float | None = None) -> None:
        self.reason = Reason.SERVER_ERROR if isinstance(reason, int) else Reason(reason)
        self.status = reason if isinstance(reason, int) else None
        self.retry_after = retry_after
        self.spoils_pages = self.reason is Reason.AUTH or self.status == 401
        self.hides_models = self.reason is Reason.MODEL_GONE

    async def play(self, stage: Stage) -> None:
        reply = stage.wire.failure(self._reason(stage), stage.asked.model)
        headers = {**reply.headers}
        if self.retry_after is not None:
            headers["retry-after"] = f"{self.retry_after:g}"
        await stage.reply(Reply(self.status or reply.status, reply.body, headers))

    def _reason(self, stage: Stage) -> Reason:
        if self.status is None:
            return self.reason
        fitting = [reason for reason, told in stage.wire.errors.items() if told.status == self.status]
        return fitting[0] if fitting else self.reason


class Page(Script):
    """An HTML page, as a content delivery network puts in front of a provider that it cannot reach."""

    spoils_pages = True

    def __init__(self, status: int = 502, html: bytes | None = None) -> None:
        self.status = status
        self.html = html or HTML % {b"title": TITLES.get(status, b"%d: Web server is down" % status)}

    async def play(self, stage: Stage) -> None:
        headers = {"content-type": "text/html; charset=UTF-8", "server": "cloudflare", "cf-ray": "8f0a1b2c3d4e5f60-CDG"}
        await stage.reply(Reply(self.status, self.html, headers))


class Body(Script):
    """Status 200 and the right headers, then these bytes and a proper end. None stands for random bytes."""

    def __init__(self, data: bytes | None = None) -> None:
        self.data = data

    async def play(self, stage: Stage) -> None:
        Answer().begin(stage)
        await stage.connection.send(stage.random.randbytes(512) if self.data is None else self.data)
        stage.connection.end()


class Hang(Script):
    """Silence before the headers or after them: for some seconds and then the answer, or until the client leaves."""

    def __init__(
        self,
        where: Literal["before_headers", "after_headers"] = "before_headers",
        seconds: float | None = None,
        answer: Answer | None = None,
    ) -> None:
        self.where, self.seconds, self.answer = where, seconds, answer or Answer()

    async def play(self, stage: Stage) -> None:
        if self.where == "after_headers":
            self.answer.begin(stage)
        await _silence(stage, self.seconds)
        if self.where == "before_headers":
            self.answer.begin(stage)
        await self.answer.send(stage, self.answer.pieces(stage))
        stage.connection.end()


class Break(Script):
    """An answer that breaks off after so many pieces of what it says, or `at` a byte of its body (a share of it, if it is
    a fraction: 0.6); never a whole answer.

    `how` it ends: `clean` as if it were complete, `close` without the end that HTTP announces, `reset` by RST, `bad_chunk`
    with a chunk size that is no number, `half_chunk` in the middle of a chunk.
    """

    def __init__(
        self, how: Ending = "reset", *, after: int = 3, at: int | float | None = None, answer: Answer | None = None
    ) -> None:
        self.how, self.after, self.at, self.answer = how, after, at, answer or Answer()

    async def play(self, stage: Stage) -> None:
        pieces = self.answer.pieces(stage)
        self.answer.begin(stage)
        await self.answer.send(stage, upto(pieces, self.after) if self.at is None else upto_byte(pieces, self.at))
        self._end(stage)

    def _end(self, stage: Stage) -> None:
        match self.how:
            case "clean":
                stage.connection.end()
            case "reset":
                stage.connection.reset()
            case "bad_chunk":
                stage.connection.raw(b"not-a-size\r\n")
                stage.connection.hang_up()
            case "half_chunk":
                stage.connection.raw(b"400\r\n: half of wh")
                stage.connection.hang_up()
            case "close":
                stage.connection.hang_up()


class Stall(Script):
    """An answer that falls silent after so many pieces: for some seconds, then the rest; or until the client leaves."""

    def __init__(self, after: int = 3, seconds: float | None = None, answer: Answer | None = None) -> None:
        self.after, self.seconds, self.answer = after, seconds, answer or Answer()

    async def play(self, stage: Stage) -> None:
        pieces = self.answer.pieces(stage)
        said = upto(pieces, self.after)
        self.answer.begin(stage)
        await self.answer.send(stage, said)
        await _silence(stage, self.seconds)
        await self.answer.send(stage, pieces[len(said) :])
        stage.connection.end()


class ErrorEvent(Script):
    """The provider's own error under status 200: as the very first event, or after so many pieces.

    `then` comes nothing but the end of the stream, or the terminal marker too (`done`), or silence (`hang`). Without
    streaming it is an error body with status 200.
    """

    def __init__(
        self,
        reason: Reason | str = Reason.OVERLOADED,
        *,
        after: int = 0,
        then: Literal["end", "done", "hang"] = "end",
        answer: Answer | None = None,
    ) -> None:
        self.reason, self.after, self.then, self.answer = Reason(reason), after, then, answer or Answer()

    async def play(self, stage: Stage) -> None:
        self.answer.begin(stage)
        if not stage.asked.stream:
            await stage.connection.send(stage.wire.failure(self.reason, stage.asked.model).body)
            return stage.connection.end()
        pieces = self.answer.pieces(stage)
        await self.answer.send(stage, upto(pieces, self.after) if self.after else [])
        await stage.connection.send(stage.wire.failure_event(self.reason, stage.asked.model))
        if self.then == "done":
            await self.answer.send(stage, [pieces[-1]])
        if self.then == "hang":
            await stage.client_leaves()
        return stage.connection.end()


class StopThenError(Script):
    """A short answer that stops as if it were whole, and then a bare JSON error: so does an overloaded Gemini."""

    def __init__(self, reason: Reason | str = Reason.OVERLOADED, answer: Answer | None = None) -> None:
        self.reason, self.answer = Reason(reason), answer or Answer(["The"])

    async def play(self, stage: Stage) -> None:
        self.answer.begin(stage)
        await self.answer.send(stage, self.answer.pieces(stage))
        await stage.connection.send(stage.wire.failure(self.reason, stage.asked.model).body)
        stage.connection.end()


class Garbled(Answer):
    """An answer with bytes in its middle that are no UTF-8."""

    MARK, NOISE = "\ue0fe", b"\xff\xfe"

    def pieces(self, stage: Stage) -> list[Piece]:
        mark = self.MARK.encode()
        return [Piece(piece.role, piece.data.replace(mark, self.NOISE)) for piece in super().pieces(stage)]

    def words(self, stage: Stage, calls: bool) -> tuple[str, ...]:
        said = super().words(stage, calls)
        middle = len(said) // 2
        return (*said[:middle], self.MARK, *said[middle:])


class Only(Answer):
    """An answer of which only some parts arrive, such as the terminal marker alone: `Only("end")`."""

    def __init__(self, *roles: Literal["begin", "say", "stop", "end"]) -> None:
        super().__init__()
        self.roles = roles

    def pieces(self, stage: Stage) -> list[Piece]:
        return [piece for piece in super().pieces(stage) if piece.role in self.roles]


class ByModel(Script):
    """Another script for each model; `otherwise` for those that are not named."""

    def __init__(self, scripts: Mapping[str, Script], otherwise: Script | None = None) -> None:
        self.scripts, self.otherwise = dict(scripts), otherwise or Answer()

    async def play(self, stage: Stage) -> None:
        await self.scripts.get(stage.asked.model, self.otherwise).play(stage)


class Sometimes(Script):
    """A script that is played with a probability between 0 and 1; otherwise another one."""

    def __init__(self, probability: float, script: Script, otherwise: Script | None = None) -> None:
        self.probability, self.script, self.otherwise = probability, script, otherwise or Answer()

    async def play(self, stage: Stage) -> None:
        chosen = self.script if stage.random.random() < self.probability else self.otherwise
        await chosen.play(stage)


def upto(pieces: Sequence[Piece], after: int) -> list[Piece]:
    """The pieces before number `after` (from 0) of those that say something, and before any stop reason."""
    kept: list[Piece] = []
    for piece in pieces:
        says = sum(p.role == "say" for p in kept)
        if piece.role in ("stop", "end") or (piece.role == "say" and says == after):
            break
        kept.append(piece)
    return kept


def upto_byte(pieces: Sequence[Piece], at: int | float) -> list[Piece]:
    """The pieces up to byte (or share) `at` of the body, the last of them cut; at least one byte is missing in the end."""
    size = sum(len(piece.data) for piece in pieces)
    left = min(at if isinstance(at, int) else int(at * size), size - 1)
    kept: list[Piece] = []
    for piece in pieces:
        kept.append(Piece(piece.role, piece.data[:left]))
        left -= len(kept[-1].data)
    return [piece for piece in kept if piece.data]


async def _silence(stage: Stage, seconds: float | None) -> None:
    if seconds is None:
        await stage.client_leaves()
    else:
        await stage.pause(seconds)
