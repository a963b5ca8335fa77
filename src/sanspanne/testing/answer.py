"""The healthy script: an answer, streamed or whole, with everything that a provider can put into one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sanspanne.testing.asked import Asked, Ending, Said, Source, ToolUse, shortened, sketch, words
from sanspanne.testing.script import Script, Stage
from sanspanne.testing.wires.base import Piece

CREATED = 1_764_547_200


class Answer(Script):
    """An answer. Without `text` it names the provider and repeats the question.

    text        what it says: a string, cut into word-like pieces, or the pieces themselves
    thinking    what it thinks before it speaks, where the provider shows that
    tool_calls  the tools it calls; asked to call a tool or to fit a schema, it does so without being told
    refusal     the words with which it declines
    sources     what it cites, where the provider has citations
    delay, gap  seconds before the first piece and between pieces
    scatter     the most bytes in one write: the answer is cut at random places
    ending      the stop reason; "auto" finds the right one, None leaves it out (a fault)
    ends        False leaves the terminal marker out (a fault)
    tail        bytes after the terminal marker (a fault)
    """

    def __init__(
        self,
        text: str | Sequence[str] | None = None,
        *,
        thinking: str | Sequence[str] = (),
        tool_calls: Sequence[ToolUse] = (),
        refusal: str = "",
        sources: Sequence[Source] = (),
        delay: float = 0.0,
        gap: float = 0.0,
        scatter: int | None = None,
        ending: Ending | str | None = "auto",
        ends: bool = True,
        tail: bytes = b"",
    ) -> None:
        self.text = text
        self.thinking = words(thinking) if isinstance(thinking, str) else tuple(thinking)
        self.tool_calls, self.refusal, self.sources = tuple(tool_calls), refusal, tuple(sources)
        self.delay, self.gap, self.scatter = delay, gap, scatter
        self.ending: Any = ending
        self.ends, self.tail = ends, tail

    async def play(self, stage: Stage) -> None:
        pieces = self.pieces(stage)
        self.begin(stage)
        await self.send(stage, pieces)
        stage.connection.end()

    # --- the steps, for scripts that spoil one of them

    def pieces(self, stage: Stage) -> list[Piece]:
        """The body of the response in the pieces in which it goes out: events, or the three thirds of a JSON body."""
        said = self.said(stage)
        pieces = stage.wire.stream(said) if stage.asked.stream else thirds(stage.wire.whole(said))
        if not stage.asked.stream and not self.ends:
            pieces = pieces[:-1]
        return [*pieces, Piece("end", self.tail)] if self.tail else pieces

    def begin(self, stage: Stage) -> None:
        """Send the head of the response."""
        kind = "text/event-stream; charset=utf-8" if stage.asked.stream else "application/json"
        headers = {"content-type": kind, "cache-control": "no-cache", **stage.wire.headers(self.said(stage))}
        stage.connection.head(200, headers)

    async def send(self, stage: Stage, pieces: Sequence[Piece]) -> None:
        """Send pieces at the answer's own pace."""
        first = True
        for piece in pieces:
            if piece.role == "say":
                await stage.pause(self.delay if first else self.gap)
                first = False
            await self._write(stage, piece.data)

    async def _write(self, stage: Stage, data: bytes) -> None:
        while self.scatter and len(data) > 1:
            size = stage.random.randint(1, self.scatter)
            await stage.connection.send(data[:size])
            data = data[size:]
        await stage.connection.send(data)

    # --- what it says

    def said(self, stage: Stage) -> Said:
        """The settled answer to the question."""
        asked = stage.asked
        calls = self._calls(asked)
        pieces, cut, sequence = shortened(self.words(stage, bool(calls)), asked)
        natural: Ending = "tool_calls" if calls else "refusal" if self.refusal else "end"
        return Said(
            asked=asked,
            id=stage.id,
            created=CREATED + int(stage.call.at),
            pieces=pieces,
            thinking=self.thinking,
            refusal=self.refusal,
            tool_calls=calls,
            sources=self.sources,
            ending=(cut or natural) if self.ending == "auto" else self.ending,
            sequence=sequence,
            ends=self.ends,
        )

    def _calls(self, asked: Asked) -> tuple[ToolUse, ...]:
        if self.tool_calls or self.text is not None or self.refusal or asked.tool not in asked.tools:
            return self.tool_calls
        return (ToolUse(asked.tool, sketch(asked.tools[asked.tool], asked.question)),)

    def words(self, stage: Stage, calls: bool) -> tuple[str, ...]:
        """The pieces of text, before any limit cuts them. `calls` says that tools are called."""
        if self.text is None and (calls or self.refusal):
            return ()
        if self.text is None and stage.asked.schema is not None:
            return words(json.dumps(sketch(stage.asked.schema, stage.asked.question), ensure_ascii=False))
        text = f"{stage.name} answers: {stage.asked.question}" if self.text is None else self.text
        return words(text) if isinstance(text, str) else tuple(text)


def thirds(body: bytes) -> list[Piece]:
    """A JSON body in three pieces, so that what befalls a stream in the middle can befall it too."""
    third = len(body) // 3
    return [Piece("begin", body[:third]), Piece("say", body[third : 2 * third]), Piece("end", body[2 * third :])]
