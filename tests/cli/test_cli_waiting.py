"""Waiting at the command line: `ask` says whom it waits for, `answers show` how a kept question stands."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from command_line import Cli

from sanspanne.answers.kept_store import Row
from sanspanne.answers.route import Route
from sanspanne.chat import Event, TextDelta
from sanspanne.cli.waiting import SILENCE, Asked, Waiting
from sanspanne.hooks import AttemptBegun
from sanspanne.store.kept_questions import SqliteKeptQuestions
from sanspanne.store.sqlite import Database

FIRST = AttemptBegun("ans_1", 1, "first/gpt-4o", 10)
PROBE = AttemptBegun("", 2, "second/gpt-4o", 1, probe=True)


class Slow:
    """An answer that says its one word when it is let go."""

    def __init__(self) -> None:
        self.route = Route()
        self.go = asyncio.Event()

    async def events(self) -> AsyncIterator[Event]:
        await self.go.wait()
        yield TextDelta("Bonjour")


class Time:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.asleep, self.over = asyncio.Event(), asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.asleep.set()
        await self.over.wait()


@pytest.mark.parametrize(("facts", "target"), [([FIRST, PROBE], "first/gpt-4o"), ([PROBE], ""), ([], "")])
async def test_a_long_silence_is_remarked_on_once(facts: list[AttemptBegun], target: str) -> None:
    """After five seconds the target that was asked last is named, never one that was only probed; nobody, if none has room."""
    said, slow, passing = asyncio.Queue[str](), Slow(), Time()
    waiting = Waiting(said.put_nowait, passing.sleep)
    reading = asyncio.create_task(everything(waiting.over(slow)))
    for fact in facts:
        waiting.observe(fact)
    await passing.asleep.wait()
    passing.over.set()
    assert await asyncio.wait_for(said.get(), 10) == target
    slow.go.set()
    assert await reading == [TextDelta("Bonjour")]
    assert (said.empty(), passing.slept) == (True, [SILENCE])


async def test_a_quick_answer_is_not_remarked_on() -> None:
    """Who has his first word before that reads nothing of waiting, however long the rest takes."""
    said: list[str] = []
    slow, passing = Slow(), Time()
    slow.go.set()
    waiting = Waiting(said.append, passing.sleep)
    assert await everything(waiting.over(slow)) == [TextDelta("Bonjour")]
    passing.over.set()
    await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}), return_exceptions=True)
    assert said == []


async def everything(asked: Asked) -> list[Event]:
    """All that it says."""
    return [event async for event in asked.events()]


@pytest.fixture
def kept(tmp_path: Path) -> SqliteKeptQuestions:
    """The store of kept questions in the folder where the commands look."""
    return SqliteKeptQuestions(Database(tmp_path / "xdg" / "sanspanne"))


UNTIL = time.mktime((2026, 11, 23, 8, 45, 12, 0, 0, -1))


@pytest.mark.parametrize(
    ("over", "locale", "sentence"),
    [
        (False, "C", "The question ans_k is kept until 2026-11-23 08:45:12: nobody could answer it yet.\n"),
        (
            True,
            "C",
            "The question ans_k was kept and has ended. GET /v1/answers/ans_k gives what came of it, until 2026-11-23 08:45:12.\n",
        ),
        (
            False,
            "fr_FR.UTF-8",
            "La question ans_k est gardée jusqu’au 2026-11-23 08:45:12\u00a0: personne n’a encore pu y répondre.\n",
        ),
    ],
)
def test_a_kept_question_is_shown(cli: Cli, kept: SqliteKeptQuestions, over: bool, locale: str, sentence: str) -> None:
    """`answers show` says how a kept question stands and until when, without a server and before anybody was asked."""
    kept.put(Row("ans_k", b"owner", over, UNTIL, None, 0, b"sealed"))
    done = cli("answers", "show", "ans_k", LANG=locale)
    assert (done.code, done.out) == (0, sentence)


def test_a_kept_question_for_a_program(cli: Cli, kept: SqliteKeptQuestions) -> None:
    """`--json` gives the same as fields; a question that is not there is still an error."""
    kept.put(Row("ans_k", b"owner", False, UNTIL, None, 0, b"sealed"))
    done = cli("answers", "show", "ans_k", "--json")
    assert json.loads(done.out) == {"id": "ans_k", "kept": {"over": False, "until": UNTIL}}
    assert cli("answers", "show", "ans_other").code == 1
