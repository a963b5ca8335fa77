"""`python -m benchmarks.killed`: what callers notice when 30 % of the first target's streams are killed in mid-answer.

A real gateway over two scripted providers, asked the same questions twice: once while all goes well, once while the first
target breaks three of ten streams at a random byte, in every way but silence. Shown for both runs: answers that were whole and
exact; the first token and the longest gap of an answer, median and 99th percentile; upstream calls per request, probes
included. It fails when a promise is broken.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import aiohttp
from msgspec import Struct
from rich.console import Console
from rich.table import Table

from benchmarks.failover import gateway, ready
from benchmarks.heard import hear
from benchmarks.texts import ENGLISH, FRENCH, prose
from sanspanne.testing import Answer, Continuing, Cut, Script, ScriptedProvider, Stage
from sanspanne.testing.conversation import conversation

SHARE = 0.3
SHAPES = ("reset", "close", "clean", "bad_chunk", "half_chunk", "error", "error_then_done", "page")
DELAY, GAP = 0.15, 0.02  # seconds until the first word of a healthy target, and between two
WARM, AT_ONCE = 60, 12
INTACT, LONGEST_GAP, CALLS = 0.99, 3.0, 1.35  # promised
MORE = 0.05  # seconds by which the first token's 99th percentile may differ from run to run


class Outcome(Struct, frozen=True):
    """One answer: whether it is whole and exactly the text; times in seconds."""

    intact: bool
    first_token: float
    longest_gap: float


class Run(Struct, frozen=True):
    """All answers of one run, and the upstream calls that each took."""

    name: str
    outcomes: list[Outcome]
    calls: float

    @property
    def intact(self) -> float:
        """The share of the answers that are intact."""
        return sum(outcome.intact for outcome in self.outcomes) / len(self.outcomes)

    def first_token(self, percent: int) -> float:
        """A percentile of the first token's time, in seconds."""
        return percentile([outcome.first_token for outcome in self.outcomes], percent)

    def longest_gap(self, percent: int) -> float:
        """A percentile of the longest gap in each answer, in seconds."""
        return percentile([outcome.longest_gap for outcome in self.outcomes], percent)


class Killing(Script):
    """Answers, and breaks `share` of its first answers off at a random byte; the question settles which and where."""

    def __init__(self, answer: Answer, share: float) -> None:
        self.answer, self.share = answer, share

    async def play(self, stage: Stage) -> None:
        put = conversation(stage.call.body)
        rng = random.Random(put.question)
        script: Script = self.answer
        if put.partial is None and rng.random() < self.share:
            script = Cut(rng.choice(SHAPES), rng.uniform(0.1, 0.95), self.answer)
        await script.play(stage)


def text_for(question: str) -> str:
    """The answer that is meant for a question."""
    rng = random.Random(question)
    return prose(rng.choice((FRENCH, ENGLISH)), rng)


def percentile(values: Iterable[float], percent: int) -> float:
    """The value below which `percent` of them are."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


async def ask(session: aiohttp.ClientSession, url: str, question: str) -> Outcome:
    """One question, followed to its end."""
    body = {"model": "m", "stream": True, "messages": [{"role": "user", "content": question}]}
    times = [time.perf_counter()]
    data = b""
    async with session.post(f"{url}/v1/chat/completions", json=body) as response:
        async for chunk in response.content.iter_any():
            data += chunk
            if b'"content":"' in chunk:
                times.append(time.perf_counter())
    heard = hear("openai_chat", data)
    exact = all(seam["exact"] for seam in heard.seams)
    gaps = [later - earlier for earlier, later in pairwise(times[1:])]
    intact = heard.whole and exact and heard.text == text_for(question)
    return Outcome(intact, times[1] - times[0] if len(times) > 1 else 0.0, max(gaps, default=0.0))


async def several(session: aiohttp.ClientSession, url: str, questions: Iterable[str]) -> list[Outcome]:
    """All questions, a few at a time."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(question: str) -> Outcome:
        async with room:
            return await ask(session, url, question)

    return await asyncio.gather(*(one(question) for question in questions))


async def run(name: str, share: float, count: int, second: str) -> Run:
    """Ask `count` questions while this share of the first target's streams is killed; `second` is the other's kind."""
    answer = Continuing(text_for, delay=DELAY, gap=GAP)
    async with (
        ScriptedProvider("openai", script=answer) as first,
        ScriptedProvider(second, script=answer) as other,
        aiohttp.ClientSession() as session,
    ):
        with tempfile.TemporaryDirectory() as folder:
            process, url = gateway(Path(folder), first.base_url, other.base_url)
            try:
                await ready(session, url)
                await several(session, url, (f"warm {number}" for number in range(WARM)))
                first.script = Killing(answer, share)
                calls = len(first.calls) + len(other.calls)
                outcomes = await several(session, url, (f"question {number}" for number in range(count)))
                calls = len(first.calls) + len(other.calls) - calls
            finally:
                process.stop()
    return Run(name, outcomes, calls / count)


def broken_promises(calm: Run, killed: Run) -> list[str]:
    """What was promised and not kept."""
    broken = []
    if killed.intact < INTACT:
        broken.append(f"only {killed.intact:.2%} of the answers are intact")
    if killed.first_token(99) > calm.first_token(99) + MORE:
        broken.append("the first token comes later")
    if killed.longest_gap(99) > LONGEST_GAP:
        broken.append(f"a gap of {killed.longest_gap(99):.1f} s")
    if killed.calls > CALLS:
        broken.append(f"{killed.calls:.2f} upstream calls per request")
    return broken


def show(runs: Sequence[Run]) -> None:
    """The table."""
    table = Table("run", "answers", "intact", "first token", "p99", "longest gap", "p99", "calls per request")
    for run in runs:
        times = [run.first_token(50), run.first_token(99), run.longest_gap(50), run.longest_gap(99)]
        shown = [f"{seconds * 1000:.0f} ms" for seconds in times]
        table.add_row(run.name, str(len(run.outcomes)), f"{run.intact:.2%}", *shown, f"{run.calls:.3f}")
    Console(width=130).print(table)


async def main(arguments: Sequence[str]) -> int:
    """Both runs, and what they say."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.killed", description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000)
    options = parser.parse_args(arguments)
    calm = await run("nothing killed", 0.0, options.requests, "anthropic")
    killed = await run(f"{SHARE:.0%} killed", SHARE, options.requests, "anthropic")
    show([calm, killed])
    broken = broken_promises(calm, killed)
    print("\n".join(broken) or "All promises kept.")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
