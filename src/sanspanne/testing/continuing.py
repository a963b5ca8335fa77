"""A script that goes on with answers which others began, as far as its provider can, and goes wrong as real models do.

    fresh     a question                              the text
    prefill   a beginning that the provider continues what is left of the text, or what a quirk makes of it
    anchor    a request for the last words            these words, then what is left; or what a quirk makes of it
    again     a beginning that it takes for history   the text from the top

What it says is settled by the request, the seed and (with `numbers`) the number of the call alone, not by the order in which
requests come. It knows the place by the text that it was given, never by what somebody says of it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct, structs

from sanspanne.testing.answer import Answer
from sanspanne.testing.asked import Said, Source, ToolUse, words
from sanspanne.testing.conversation import Conversation, conversation
from sanspanne.testing.quirks import ANCHOR_QUIRKS, PREFILL_QUIRKS, Quirk, Task, spoilt
from sanspanne.testing.recording import Call
from sanspanne.testing.script import Stage
from sanspanne.testing.wires.base import Reply
from sanspanne.testing.wires.prefill import taking
from sanspanne.testing.wording import unworded, worded

Means: TypeAlias = Literal["fresh", "prefill", "anchor", "again"]
REMEMBERED = 60  # characters by which it finds its place again in a beginning that is not its own text


class Play(Struct, frozen=True, kw_only=True):
    """What one call was to say: `text`, of which `rest` is the answer after what it was given (`partial`).

    `repeats` stands before it where the provider says the beginning again. `quirk` is how it went wrong, if it did.
    `number` is the call's, 0 without numbers.
    """

    means: Means
    question: str
    partial: str = ""
    rest: str
    text: str
    repeats: str = ""
    quirk: Quirk | None = None
    number: int = 0


class Continuing(Answer):
    """An answer of which any part may have been given already.

    text     what it says to a fresh question, or a function from the question to that
    quirks   how it goes wrong, with probability `rate`, when it is to go on: one of these that fit the occasion
    sizes    the fewest and the most characters in a piece; (1, 1) is one piece per character
    numbers  gives each call a number and a wording of its own (see wording.py); several scripts may share it
    seed     settles the pieces and the quirks

    With `scatter` every write is of its own, so that characters arrive in halves. Else as `Answer`. `plays` has what each
    call said.
    """

    def __init__(
        self,
        text: str | Callable[[str], str],
        *,
        quirks: Sequence[Quirk] = (),
        rate: float = 1.0,
        sizes: tuple[int, int] = (1, 12),
        numbers: Iterator[int] | None = None,
        seed: int = 0,
        thinking: str | Sequence[str] = (),
        tool_calls: Sequence[ToolUse] = (),
        sources: Sequence[Source] = (),
        delay: float = 0.0,
        gap: float = 0.0,
        scatter: int | None = None,
    ) -> None:
        super().__init__(
            "",
            thinking=thinking,
            tool_calls=tool_calls,
            sources=sources,
            delay=delay,
            gap=gap,
            scatter=scatter,
        )
        self.quirks, self.rate, self.sizes, self.numbers, self.seed = tuple(quirks), rate, sizes, numbers, seed
        self.plays: dict[Call, Play] = {}
        self._source = text if callable(text) else lambda question: text

    async def play(self, stage: Stage) -> None:
        if (refusal := self.refusal_of(stage)) is not None:
            return await stage.reply(refusal)
        return await super().play(stage)

    def refusal_of(self, stage: Stage) -> Reply | None:
        """What the provider says if it will not take the conversation as it stands."""
        put = conversation(stage.call.body)
        taken = self._taking(stage) if put.partial is not None and put.anchor is None else None
        return taken if isinstance(taken, Reply) else None

    def said(self, stage: Stage) -> Said:
        said = super().said(stage)
        rng = self._rng(self.play_of(stage), "pieces")
        return structs.replace(said, pieces=cut_up(said.text, self.sizes, rng), tokens=len(said.pieces))

    def words(self, stage: Stage, calls: bool) -> tuple[str, ...]:
        play = self.play_of(stage)
        return words(play.repeats + play.text)

    async def _write(self, stage: Stage, data: bytes) -> None:
        rng = self._rng(self.play_of(stage), f"writes {stage.connection.sent}")
        while self.scatter and len(data) > 1:
            size = rng.randint(1, self.scatter)
            await stage.connection.send(data[:size])
            await asyncio.sleep(0)  # a turn of the loop: what comes next is not read together with it
            data = data[size:]
        await stage.connection.send(data)

    # --- what it says

    def play_of(self, stage: Stage) -> Play:
        """What it says to this call."""
        if stage.call not in self.plays:
            self.plays[stage.call] = self._settle(stage, conversation(stage.call.body))
        return self.plays[stage.call]

    def _settle(self, stage: Stage, put: Conversation) -> Play:
        number = next(self.numbers) if self.numbers else 0
        text = self._source(put.question)
        taken = "answers" if put.partial is None or put.anchor is not None else self._taking(stage)
        if put.partial is None or (put.anchor is None and taken == "answers"):
            top = self._in_words(text, number)
            means: Means = "fresh" if put.partial is None else "again"
            return Play(means=means, question=put.question, partial="", rest=top, text=top, number=number)
        given = put.partial[: put.partial.rfind(put.anchor) + len(put.anchor)] if put.anchor else put.partial
        rest = self._in_words(text[place_in(text, unworded(given)) :], number)
        task = Task(put.partial, put.anchor or "", rest, self._in_words(text, number))
        play = Play(
            means="prefill" if put.anchor is None else "anchor",
            question=put.question,
            partial=put.partial,
            rest=rest,
            text=task.anchor + rest,
            repeats=put.partial if taken == "repeats" else "",
            number=number,
        )
        return self._spoil(play, task)

    def _spoil(self, play: Play, task: Task) -> Play:
        fitting = ANCHOR_QUIRKS if play.means == "anchor" else PREFILL_QUIRKS
        quirks = [quirk for quirk in self.quirks if quirk in fitting]
        rng = self._rng(play, "quirk")
        if not quirks or rng.random() >= self.rate:
            return play
        quirk = rng.choice(quirks)
        return structs.replace(play, quirk=quirk, text=spoilt(quirk, task, rng))

    def _taking(self, stage: Stage) -> object:
        call = stage.call
        return taking(stage.wire.kind, stage.asked.model, call.path, call.body, thinks=bool(self.thinking))

    def _in_words(self, text: str, number: int) -> str:
        return worded(text, number) if self.numbers else text

    def _rng(self, play: Play, purpose: str) -> random.Random:
        return random.Random(f"{self.seed}|{purpose}|{play.question}|{play.means}|{len(play.partial)}")


def place_in(text: str, partial: str) -> int:
    """How much of `text` is said already in `partial`; by its last characters, if it says something else before them."""
    if text.startswith(partial):
        return len(partial)
    for length in range(min(REMEMBERED, len(partial)), 0, -1):
        found = text.rfind(partial[-length:])
        if found >= 0:
            return found + length
    return 0


def cut_up(text: str, sizes: tuple[int, int], rng: random.Random) -> tuple[str, ...]:
    """The text in pieces of so many characters."""
    pieces = []
    place = 0
    while place < len(text):
        size = rng.randint(*sizes)
        pieces.append(text[place : place + size])
        place += size
    return tuple(pieces)
