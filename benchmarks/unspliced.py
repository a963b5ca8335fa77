"""Answers that must never be made of two: tool calls, schemas, refusals, thoughts, several choices, log-probabilities.

Every target of a case says something else, so that a mixture shows. For each kind:

    first       the first target's, whole (what was cut was not needed)
    restarted   another target's, whole, because nothing of it had reached the caller
    continued   the text before or after it was gone on with; the tool call or the thoughts are one target's
    ended       ended with an error, and not as if it were whole
    spliced     a mixture
"""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct
from rich.console import Console
from rich.table import Table

from benchmarks.cut_cases import PLAYERS, SEED, Case, Player
from benchmarks.runner import Played, run
from benchmarks.texts import ENGLISH, FRENCH, prose
from sanspanne.testing import Answer, Continuing, Cut, Script, ToolUse, cut_shapes, unworded

TOOLS = [{"type": "function", "function": {"name": "note", "parameters": {"type": "object"}}}]
CLAUDE_TOOLS = [{"name": "note", "input_schema": {"type": "object"}}]
SCHEMA = {"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "object"}}}
OPENAI = Player("openai", "openai", "gpt-4o")
CLAUDE = Player("anthropic", "anthropic", "claude-sonnet-5")
GEMINI = Player("gemini", "gemini", "gemini-2.5-flash-lite")
MISTRAL = Player("mistral", "mistral", "mistral-small-latest")
HOSTED = Player("openai-compatible", "openai-compatible", "open-model-70b")
ANYBODY = (*PLAYERS["anchor"][:4], *PLAYERS["prefill"])
REFUSED = ("refusal", "content_filter")


class Kind(Struct, frozen=True):
    """One kind: who can serve it, what callers ask for by dialect."""

    name: str
    first: tuple[Player, ...]
    others: tuple[Player, ...]
    fields: dict[str, dict[str, Any]]


TOOL_FIELDS = {"openai_chat": {"tools": TOOLS}, "anthropic_messages": {"tools": CLAUDE_TOOLS}}
BOTH: dict[str, dict[str, Any]] = {"openai_chat": {}, "anthropic_messages": {}}
CALLERS = (OPENAI, CLAUDE, GEMINI, MISTRAL)
KINDS = (
    Kind("tool call", CALLERS, CALLERS, TOOL_FIELDS),
    Kind("text, then a tool call", CALLERS, CALLERS, TOOL_FIELDS),
    Kind("schema", (OPENAI, GEMINI, MISTRAL), (OPENAI, GEMINI, MISTRAL), {"openai_chat": {"response_format": SCHEMA}}),
    Kind("refusal", (OPENAI, CLAUDE), ANYBODY, BOTH),
    Kind("thinking", (HOSTED, CLAUDE), ANYBODY, BOTH),
    Kind("n > 1", (OPENAI, MISTRAL), (OPENAI, MISTRAL), {"openai_chat": {"n": 2}}),
    Kind("logprobs", (OPENAI, HOSTED), (OPENAI, HOSTED), {"openai_chat": {"logprobs": True}}),
)
BY_NAME = {kind.name: kind for kind in KINDS}


def cases(count: int, seed: int = SEED) -> Iterator[Case]:
    """The first `count` cases."""
    return (_case(number, random.Random(f"{seed}|unspliced|{number}")) for number in range(count))


def _case(number: int, rng: random.Random) -> Case:
    kind = KINDS[number % len(KINDS)]
    first = rng.choice(kind.first)
    dialect = rng.choice(tuple(kind.fields))
    return Case(
        number=number,
        corpus=kind.name,
        text=prose(rng.choice((FRENCH, ENGLISH)), rng),
        means="",
        first=first,
        others=tuple(rng.sample(kind.others, min(2, len(kind.others)))),
        shape=rng.choice(cut_shapes(first.scripted)),
        at=rng.random(),
        sizes=rng.choice(((1, 12), (5, 60))),
        scatter=None,
        dialect=dialect,
        fields=kind.fields[dialect],
    )


# --- what each target says


def version(case: Case, role: int) -> str:
    """What the target in place `role` says that must not be mixed with another's: differs from the first letters on."""
    rng = random.Random(f"{case.number}|{role}")
    text = " ".join(prose((FRENCH, ENGLISH)[role % 2], rng) for _ in range(rng.choice((1, 1, 2, 8))))
    match case.corpus:
        case "tool call" | "text, then a tool call" | "schema":
            return json.dumps({"who": role, "words": text}, ensure_ascii=False, separators=(",", ":"))
        case _:
            return f"{role}: {text}"


def answer(case: Case, role: int) -> Answer:
    """What the target in place `role` plays."""
    own = version(case, role)
    match case.corpus:
        case "tool call":
            return Answer("", tool_calls=[ToolUse("note", own)])
        case "text, then a tool call":
            return Continuing(case.text, tool_calls=[ToolUse("note", own)], sizes=case.sizes, seed=role)
        case "refusal":
            return Continuing(case.text, sizes=case.sizes) if role else Answer("", refusal=own)
        case "thinking":
            return Continuing(case.text, thinking=own if role < 2 else (), sizes=case.sizes, seed=role)
        case _:
            return Continuing(own, sizes=case.sizes)


async def outcomes(count: int, seed: int = SEED) -> AsyncIterator[tuple[str, Played]]:
    """Play `count` cases; the verdict on each."""

    def scripts(role: int, case: Case) -> list[Script]:
        said = answer(case, role)
        return [said] if role else [Cut(case.shape, case.at, said), said]

    async for played in run(cases(count, seed), scripts):
        yield judge(played), played


# --- the verdict


def judge(played: Played) -> str:
    """What to think of an answer, by what its caller has of it."""
    case, heard = played.case, played.heard
    if heard.whole == bool(heard.error) or heard.after_the_end or heard.begun > 1:
        return "spliced"
    versions = [version(case, role) for role in range(3)]
    whole = JUDGES[case.corpus](played, versions)
    if whole is None:
        return "spliced"
    if not heard.whole:
        return "ended"
    return "continued" if played.seams and whole == "continued" else whole


def _calls(played: Played, versions: list[str]) -> str | None:
    heard = played.heard
    if not heard.whole:
        return _text_and(played, all(_begins(call, versions) for call in heard.calls.values()), "ended")
    said = [versions.index(call) for call in heard.calls.values() if call in versions]
    right = len(said) == len(heard.calls) == 1
    return _text_and(played, right, ("first" if said == [0] else "restarted") if right else "")


def _text_and(played: Played, right: bool, verdict: str) -> str | None:
    """The same verdict if the text before the call is right too: once, gone on with exactly, or anew behind a note."""
    case, text = played.case, unworded(played.heard.text)
    expected = "" if case.corpus == "tool call" else case.text
    exact = all(seam.exact for seam in played.seams)
    fits = (text == expected if played.heard.whole else expected.startswith(text)) if exact else expected[:9] in text
    if not (right and fits):
        return None
    return "continued" if played.seams and text else verdict


def _texts(played: Played, versions: list[str]) -> str | None:
    """Every choice is one target's, and all are the same one's."""
    texts = list(played.heard.texts.values())
    if not played.heard.whole:
        return "ended" if all(_begins(text, versions) for text in texts) else None
    role = next((role for role, text in enumerate(versions) if all(said == text for said in texts)), None)
    expected = played.case.fields.get("n", 1)
    if role is None or len(texts) != expected:
        return None
    return "restarted" if role else "first"


def _refusal(played: Played, versions: list[str]) -> str | None:
    """A refusal that was told to be one is not gone on with; without that word nobody can know it from text."""
    case, heard = played.case, played.heard
    told = case.shape in ("no_end", "more_after_the_end", "stop_then_error") or heard.refusal
    said = heard.refusal or heard.text
    if said == case.text:
        return "restarted"
    if case.first.scripted == "anthropic" and not told:
        return "continued" if played.seams else "ended" if not heard.whole else "first"
    if played.seams and said:
        return None
    return ("first" if heard.whole else "ended") if versions[0].startswith(said) else None


def _thinking(played: Played, versions: list[str]) -> str | None:
    """The thoughts are one target's, and the text is the right one."""
    case, heard = played.case, played.heard
    text = unworded(heard.text)
    exact = all(seam.exact for seam in played.seams)
    if not _begins(heard.thought, versions) or (exact and not case.text.startswith(text)):
        return None
    if heard.whole and (text != case.text if exact else not text.endswith(case.text)):
        return None
    return "continued" if played.seams else "first" if versions[0] == heard.thought else "restarted"


def _begins(text: str, versions: list[str]) -> bool:
    return any(version.startswith(text) for version in versions)


JUDGES: dict[str, Callable[[Played, list[str]], str | None]] = {
    "tool call": _calls,
    "text, then a tool call": _calls,
    "schema": _texts,
    "refusal": _refusal,
    "thinking": _thinking,
    "n > 1": _texts,
    "logprobs": _texts,
}


def show(verdicts: Mapping[tuple[str, str], int], console: Console) -> None:
    """The table: how often each verdict was given on each kind."""
    columns = ("first", "restarted", "continued", "ended", "spliced")
    table = Table("kind", *columns)
    for kind in KINDS:
        table.add_row(kind.name, *(str(verdicts.get((kind.name, column), 0)) for column in columns))
    console.print(table)
