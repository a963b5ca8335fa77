"""What is asked while the process is killed again and again, and who answers it.

Every call says the answer in words of its own (`sanspanne.testing.wording`): what a caller has in the end can be traced to the
character, and only what was journalled can match. A case is settled by the seed and its number alone.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

from msgspec import Struct, structs

from benchmarks.cut_cases import DIALECTS, PLAYERS, Player
from benchmarks.texts import TEXTS
from sanspanne.testing import Answer, Call, Continuing, Cut, Piece, Said, Script, ScriptedProvider, Stage, ToolUse
from sanspanne.testing.conversation import conversation

CUTS = ("reset", "close", "half_chunk", "bad_chunk", "error", "clean")
TOOLS = [{"type": "function", "function": {"name": "note", "parameters": {"type": "object"}}}]
CLAUDE_TOOLS = [{"name": "note", "input_schema": {"type": "object"}}]

_OPENAI, _CLAUDE, _GEMINI, _, _ = PLAYERS["anchor"]
_OLLAMA, _, _VLLM, _OLD_CLAUDE, _MISTRAL, _ = PLAYERS["prefill"]
CHAINS: dict[str, tuple[Player, ...]] = {
    "anchor": (_OPENAI, _CLAUDE, _GEMINI),
    "prefill": (_OPENAI, _VLLM, _OLLAMA),
    "claude": (_OLD_CLAUDE, _MISTRAL),
    "tools": (_OPENAI, _CLAUDE),
}


class Case(Struct, frozen=True, kw_only=True):
    """One answer. `cut`: how the provider who begins it breaks it off, at which share of its bytes; `tail` seconds lie between
    the last word and the stop, and between the stop and the end; other times are in seconds too."""

    number: int
    corpus: str
    text: str
    model: str
    dialect: str
    stream: bool
    detached: bool
    cut: str = ""
    at: float = 0.0
    delay: float
    gap: float
    tail: float
    sizes: tuple[int, int]

    @property
    def question(self) -> str:
        """What is asked; no other case asks it."""
        return f"Question {self.number} : que s'est-il passé ?"

    @property
    def path(self) -> str:
        """Where it is asked."""
        return "/v1/chat/completions" if self.dialect == "openai_chat" else "/v1/messages"

    @property
    def calls_tools(self) -> bool:
        """Whether the answer ends in the call of a tool."""
        return self.model == "tools"

    @property
    def kind(self) -> str:
        """What it counts as."""
        what = "tool call" if self.calls_tools else f"stream, {self.dialect}" if self.stream else "JSON body"
        return f"{'detached' if self.detached else 'attached'} {what}"

    def body(self) -> bytes:
        """The request's."""
        fields: dict[str, Any] = {"model": self.model, "stream": self.stream}
        fields["messages"] = [{"role": "user", "content": self.question}]
        if self.dialect == "anthropic_messages":
            fields["max_tokens"] = 4000
        if self.calls_tools:
            fields["tools"] = TOOLS if self.dialect == "openai_chat" else CLAUDE_TOOLS
        return json.dumps(fields).encode()


def case_of(number: int, seed: int, *, detached: bool) -> Case:
    """Case `number`."""
    rng = random.Random(f"{seed}|{number}")
    corpus = rng.choice(tuple(TEXTS))
    model = "tools" if detached and rng.random() < 0.06 else rng.choice(("anchor", "prefill", "claude"))
    return Case(
        number=number,
        corpus=corpus,
        text=TEXTS[corpus](rng),
        model=model,
        dialect=rng.choice(DIALECTS),
        stream=model == "tools" or rng.random() < 0.85,
        detached=detached,
        cut=rng.choice(CUTS) if model != "tools" and rng.random() < 0.15 else "",
        at=rng.random(),
        delay=rng.choice((0.0, rng.uniform(0, 0.3))),
        gap=rng.choice((0.0, 0.004, 0.01)),
        tail=rng.choice((0.0, 0.0, rng.uniform(0, 0.25))),
        sizes=rng.choice(((1, 12), (5, 40), (5, 40))),
    )


class Telling(Continuing):
    """An answer in words of this call's own, which pauses also before its stop and before its end."""

    def __init__(self, case: Case, on_stage: Callable[[str], None]) -> None:
        calls = [ToolUse("note", {})] if case.calls_tools else []
        super().__init__(
            case.text, sizes=case.sizes, numbers=count(1), delay=case.delay, gap=case.gap, tool_calls=calls
        )
        self._tail = case.tail
        self._on_stage = on_stage

    def said(self, stage: Stage) -> Said:
        """A tool is called with arguments that tell which call says so."""
        said = super().said(stage)
        number = self.play_of(stage).number
        return structs.replace(said, tool_calls=tuple(ToolUse(c.name, arguments(number)) for c in said.tool_calls))

    async def send(self, stage: Stage, pieces: Sequence[Piece]) -> None:
        """At the answer's own pace."""
        fresh = self.play_of(stage).means == "fresh"
        self._on_stage("before the first word" if fresh else "in a seam")
        first = True
        for piece in pieces:
            if piece.role == "say":
                await stage.pause(self.delay if first else self.gap)
            elif piece.role != "begin":
                self._on_stage(f"before the {piece.role}")
                await stage.pause(self._tail)
            await self._write(stage, piece.data)
            if piece.role == "say" and first:
                self._on_stage("in the text" if fresh else "in the rest")
                first = False
        self._on_stage("all said")


def arguments(number: int) -> dict[str, Any]:
    """What a tool is called with by call `number`: more than is held back, so that deaths meet it half said."""
    return {"who": number, "words": f"note {number} " * 350}


class Part(Script):
    """What the providers play in one case. `lives` says in which life of the process each call came."""

    def __init__(self, case: Case, life: Callable[[], int]) -> None:
        self.case = case
        self._stage = "not asked yet"
        self.telling = Telling(case, self._on_stage)
        self.lives: list[int] = []
        self.calls: list[Call] = []
        self.over_in: int | None = None  # in which life its caller had the end
        self._life = life
        self._cut = bool(case.cut)

    async def play(self, stage: Stage) -> None:
        """The first call that begins the answer is cut, if the case is one that is."""
        self.lives.append(self._life())
        self.calls.append(stage.call)
        if self._cut and conversation(stage.call.body).partial is None:
            self._cut = False
            await Cut(self.case.cut, self.case.at, self.telling).play(stage)
            self._on_stage("cut off")
        else:
            await self.telling.play(stage)

    @property
    def stage(self) -> str:
        """How far it has come in this life."""
        return "waiting after a death" if self.lives and self.lives[-1] < self._life() else self._stage

    def _on_stage(self, stage: str) -> None:
        self._stage = stage


class Troupe(Script):
    """All providers: they know the case by its question. Anything else that is asked is a probe."""

    def __init__(self) -> None:
        self.parts: dict[str, Part] = {}

    async def play(self, stage: Stage) -> None:
        """One call."""
        part = self.parts.get(conversation(stage.call.body).question)
        await (part or Answer("ok")).play(stage)


def players() -> dict[str, Player]:
    """Who is in the chains, by the name of its provider in the configuration."""
    return {player.scripted: player for chain in CHAINS.values() for player in chain}


def configuration(servers: Mapping[str, ScriptedProvider], *, keep_mb: float, drain_seconds: float) -> str:
    """The file for a process over these servers."""
    lines = [
        f"[server]\ndrain_seconds = {drain_seconds}\n[answers]\nkeep_mb = {keep_mb}\n[onboard]\nenabled = false",
        *(
            f'[providers.{name}]\nkind = "{player.kind}"\nbase_url = "{servers[name].base_url}"\nkey_env = "KEY"'
            for name, player in players().items()
        ),
    ]
    for model, chain in CHAINS.items():
        targets = [f"{player.scripted}/{player.model}" for player in chain]
        lines.append(f"[models.{model}]\nchain = {json.dumps(targets)}\nonboard = false")
    return "\n".join(lines) + "\n"
