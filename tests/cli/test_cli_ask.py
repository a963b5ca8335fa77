"""`sanspanne ask`: the answer as it comes, who gave it, and no broken answer passed off as whole."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from command_line import Cli

from sanspanne.answers.route import Route
from sanspanne.chat import (
    Begun,
    Damaged,
    Ended,
    Event,
    Failed,
    Rung,
    Stop,
    Stopped,
    StopReason,
    TextDelta,
    ThinkingDelta,
)
from sanspanne.cli.ask import hear, tell, usual_model
from sanspanne.cli.context import Context
from sanspanne.cli.words import ENGLISH
from sanspanne.config import Config, ModelConfig
from sanspanne.errors import SanspanneError, ServerFault, Unanswered, WireError
from sanspanne.testing import Break, Continuing, Fail, Reason, ScriptedProvider

END = (Stopped(Stop(StopReason.END)), Ended())


class Asked:
    """A question whose answer is written in the test; an exception in it is raised."""

    def __init__(self, *script: Event | SanspanneError) -> None:
        self.route = Route(target="openai/gpt-4o", rung=Rung.FALLBACK, attempts=2)
        self._script = script

    async def events(self) -> AsyncIterator[Event]:
        for piece in self._script:
            if isinstance(piece, SanspanneError):
                raise piece
            yield piece


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context({}, tmp_path, ENGLISH, io.StringIO(), io.StringIO())


def written(stream: object) -> str:
    assert isinstance(stream, io.StringIO)
    return stream.getvalue()


async def test_whole_answer_is_written(context: Context) -> None:
    """The pieces are written as they come, thoughts are not, and the answer is whole."""
    asked = Asked(Begun("1", "m"), ThinkingDelta("hmm"), TextDelta("Bon"), TextDelta("jour\n\t!"), *END)
    assert await hear(context, asked, silent=False) == ("Bonjour\n\t!", "")
    assert written(context.out) == "Bonjour\n\t!\n"


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ((TextDelta("Bon"),), "its end never came."),
        ((TextDelta("Bon"), Failed(WireError(200, message="overloaded"))), "overloaded"),
        ((TextDelta("Bon"), Damaged("bad bytes"), *END), "bad bytes"),
        ((TextDelta("Bon"), ServerFault("The connection was reset.")), "The connection was reset."),
    ],
)
async def test_broken_answer_is_not_whole(
    context: Context, script: tuple[Event | SanspanneError, ...], reason: str
) -> None:
    """An answer that breaks keeps what it has said and is told as broken, with the reason."""
    assert await hear(context, Asked(*script), silent=False) == ("Bon", reason)


async def test_no_answer_names_every_reason(context: Context) -> None:
    """When nobody answers, what each target said and why others were not asked is told."""
    error = Unanswered([ServerFault("openai/gpt-4o: HTTP 500.")], [("llama/x", "no such capability")])
    text, fault = await hear(context, Asked(error), silent=False)
    assert text == ""
    assert "openai/gpt-4o: HTTP 500." in fault
    assert "llama/x: no such capability" in fault
    assert written(context.out) == ""


async def test_answer_does_not_steer_the_terminal(context: Context) -> None:
    """Control characters in an answer are not written to the terminal."""
    await hear(context, Asked(TextDelta("a\x1b]0;owned\x07b\x9b31m\rc"), *END), silent=False)
    assert written(context.out) == "a]0;ownedb31mc\n"


def test_route_is_told(context: Context) -> None:
    """Below the answer stands who gave it, from which rung, and after how many attempts."""
    tell(context, Route("anthropic/claude-sonnet-5", Rung.FALLBACK, 2), "", "")
    assert written(context.err) == "— anthropic/claude-sonnet-5 · fallback · 2 attempts\n"


def test_model_on_board_is_labelled(context: Context) -> None:
    """An answer of the model on board is told as such once, with its label."""
    tell(context, Route("onboard", Rung.ONBOARD, 1), "A small model wrote this.", "")
    assert written(context.err) == "— onboard · 1 attempt\nA small model wrote this.\n"


def test_model_without_a_name() -> None:
    """Without --model auto is asked where there is one, else the first of the configuration."""
    one, two = ModelConfig(("onboard",)), ModelConfig(("onboard",))
    assert usual_model(Config(models={"gpt": one, "auto": two})) == "auto"
    assert usual_model(Config(models={"gpt": one, "other": two})) == "gpt"


def configure(folder: Path, first: ScriptedProvider, second: ScriptedProvider) -> None:
    (folder / "sanspanne.toml").write_text(f"""
[providers.first]
kind = "openai"
base_url = "{first.base_url}"
[providers.second]
kind = "anthropic"
base_url = "{second.base_url}"
[models.gpt]
chain = ["first/gpt-4o", "second/claude-sonnet-5"]
onboard = false
[onboard]
enabled = false
""")


async def test_question_is_answered_by_the_next_in_the_chain(cli: Cli, tmp_path: Path) -> None:
    """With the first target down the second answers, and the line below says so."""
    async with ScriptedProvider("openai", script=Fail("overloaded")) as first, ScriptedProvider("anthropic") as second:
        configure(tmp_path, first, second)
        done = await asyncio.to_thread(cli, "ask", "Bonjour")
    assert done.code == 0
    assert done.out.strip()
    assert "— second/claude-sonnet-5 · fallback · 2 attempts" in done.err


async def test_answer_as_json(cli: Cli, tmp_path: Path) -> None:
    """With --json one object holds the answer and how it came about."""
    async with ScriptedProvider("openai") as first, ScriptedProvider("anthropic") as second:
        configure(tmp_path, first, second)
        done = await asyncio.to_thread(cli, "ask", "Bonjour", "--json")
    answer = msgspec.json.decode(done.out)
    assert (done.code, answer["whole"], answer["target"], answer["rung"]) == (0, True, "first/gpt-4o", "primary")
    assert answer["text"]
    assert done.err == ""


async def test_broken_answer_ends_with_a_sentence(cli: Cli, tmp_path: Path) -> None:
    """An answer that breaks off is shown as far as it came, told as not complete, and fails the command."""
    async with (
        ScriptedProvider("openai", script=Break("reset", after=3)) as first,
        ScriptedProvider("anthropic", script=Fail(Reason.OVERLOADED)) as second,
    ):
        configure(tmp_path, first, second)
        done = await asyncio.to_thread(cli, "ask", "Bonjour")
    assert done.code == 1
    assert done.out.strip()
    assert "The answer broke off and is not complete:" in done.err


async def test_a_seam_is_told(cli: Cli, tmp_path: Path) -> None:
    """An answer that another target finished is whole, and a line below it says who went on, and where."""
    story = "Il était une fois un petit village au bord de la mer, où personne ne comptait plus les heures du soir."
    async with (
        ScriptedProvider("openai", script=Break("reset", after=5, answer=Continuing(story))) as first,
        ScriptedProvider("anthropic", script=Continuing(story)) as second,
    ):
        configure(tmp_path, first, second)
        done = await asyncio.to_thread(cli, "ask", "Bonjour")
        as_json = await asyncio.to_thread(cli, "ask", "Bonjour", "--json")
    assert (done.code, done.out.strip()) == (0, story)
    assert "first/gpt-4o broke off; second/claude-sonnet-5 went on after" in done.err
    assert [seam["exact"] for seam in json.loads(as_json.out)["seams"]] == [True]


async def test_unknown_model_is_a_sentence(cli: Cli, tmp_path: Path) -> None:
    """A model that there is not is told in a sentence, not in a trace."""
    async with ScriptedProvider("openai") as first, ScriptedProvider("anthropic") as second:
        configure(tmp_path, first, second)
        done = await asyncio.to_thread(cli, "ask", "Bonjour", "--model", "nothing")
    assert (done.code, done.out) == (1, "")
    assert "nothing" in done.err
    assert "Traceback" not in done.err
