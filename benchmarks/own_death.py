"""`python -m benchmarks.own_death [--kills N] [--terms N] [--seed S]`: the process is killed again and again under load.

A real `sanspanne serve` over scripted providers, asked by callers of both dialects, some twenty at once: detached and attached,
streams and JSON bodies, some of them cut by their provider as well. At random moments it is killed (also while it starts), or
stopped with a short drain, and begins again at once; the callers come back as callers do. For every answer (see
mortal_verdict.py) the events have numbers without a gap or a repetition, a replay gives the same, and the text is traced to the
very calls that said it.

It fails when an answer is wrong, when a detached one is not finished (calls of tools may end honestly), when the journal outgrows
its bounds or can be read, or when an upstream call is left running for nobody.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.mortal import Mortal
from benchmarks.mortal_callers import Had, attached, detached
from benchmarks.mortal_cases import Case, Part, Troupe, case_of, configuration, players
from benchmarks.mortal_verdict import judge
from benchmarks.texts import ENGLISH, FRENCH
from sanspanne.testing import ScriptedProvider

SEED = 20240611
DETACHED, ATTACHED = 14, 5  # callers at once
LIFE = 1.8  # seconds at most, from the moment when it serves
AT_START = 0.1  # of the kills come while it starts
KEEP_MB, DRAIN_SECONDS = 32.0, 1.0
PATIENCE = 90.0  # seconds for what runs after the last death
LET_GO = 3.0  # seconds until the providers have noticed that nobody listens
VERDICTS = ("unbroken", "sewn", "note", "ended", "broken off", "wrong")


class Toll:
    """What became of the answers, and what else was seen."""

    def __init__(self) -> None:
        self.verdicts: dict[str, Counter[str]] = {}
        self.stages: Counter[str] = Counter()
        self.problems: list[str] = []
        self.calls: Counter[str] = Counter()
        self.met: Counter[str] = Counter()  # deaths that answers of this kind met
        self.journal = 0
        self.exits: list[int] = []

    def add(self, case: Case, part: Part, had: Had) -> None:
        """One answer is over."""
        verdict, wrong = judge(case, part, had)
        row = self.verdicts.setdefault(case.kind, Counter())
        row[verdict] += 1
        self.calls[case.kind] += len(part.calls)
        self.met[case.kind] += max(had.lives, default=0) - min(had.lives, default=0)
        if wrong:
            self.problems.append(
                f"{case.kind}, case {case.number} ({case.corpus}, {case.model}, cut {case.cut!r}), lives {had.lives}, "
                f"calls in {part.lives}: {wrong}"
            )


class Load:
    """Callers who ask one question after the other until they are told to stop."""

    def __init__(self, served: Mortal, troupe: Troupe, toll: Toll, seed: int) -> None:
        self._served, self._troupe, self._toll, self._seed = served, troupe, toll, seed
        self._numbers = count(1)
        self.running: dict[int, Part] = {}
        self.stops = False

    async def caller(self, *, is_detached: bool) -> None:
        """One of them."""
        while not self.stops:
            case = case_of(next(self._numbers), self._seed, detached=is_detached)
            part = Part(case, lambda: self._served.life)
            self._troupe.parts[case.question] = self.running[case.number] = part
            had = await (detached(case, self._served, self._seed) if is_detached else attached(case, self._served))
            del self.running[case.number]
            part.over_in = self._served.life
            self._toll.add(case, part, had)

    def count_stages(self) -> None:
        """Where a death meets the answers that are under way."""
        self._toll.stages.update(part.stage for part in self.running.values() if part.case.detached)


async def deaths(served: Mortal, load: Load, toll: Toll, kills: int, terms: int, rng: random.Random) -> None:
    """So many lives, each of which ends too early; the last one goes on."""
    ends = ["kill"] * kills + ["term"] * terms
    rng.shuffle(ends)
    for number, end in enumerate(ends):
        await served.begin()
        if end == "kill" and rng.random() < AT_START:
            await asyncio.sleep(rng.uniform(0, 1.0))
        else:
            await served.serves()
            await asyncio.sleep(rng.uniform(0, LIFE))
        load.count_stages()
        if end == "kill":
            await served.kill()
        else:
            toll.exits.append(await served.stop())
        toll.journal = max(toll.journal, served.journal())
        toll.problems += [f"others can read {path}" for path in served.readable()]
        if number % 20 == 19:
            print(
                f"{number + 1} of {len(ends)}, {sum(r.total() for r in toll.verdicts.values())} answers",
                file=sys.stderr,
            )
    await served.begin()
    await served.serves()


async def run(kills: int, terms: int, seed: int, folder: Path) -> tuple[Toll, Mortal]:
    """The whole story."""
    troupe, toll = Troupe(), Toll()
    async with AsyncExitStack() as stack:
        servers = {name: await stack.enter_async_context(ScriptedProvider(name, script=troupe)) for name in players()}
        served = Mortal(folder, configuration(servers, keep_mb=KEEP_MB, drain_seconds=DRAIN_SECONDS))
        stack.callback(served.abandon)
        load = Load(served, troupe, toll, seed)
        callers = [
            asyncio.create_task(load.caller(is_detached=number < DETACHED)) for number in range(DETACHED + ATTACHED)
        ]
        await deaths(served, load, toll, kills, terms, random.Random(seed))
        load.stops = True
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*callers)
        toll.problems += await asked_for_nobody(troupe)
        toll.exits.append(await served.stop())
    toll.problems += checked_files(served, toll)
    return toll, served


async def asked_for_nobody(troupe: Troupe) -> list[str]:
    """Calls that go on although every answer is over, and answers that were asked for again after their end."""
    parts = troupe.parts.values()
    again = [part.case.number for part in parts if part.over_in and max(part.lives, default=0) > part.over_in]
    try:
        async with asyncio.timeout(LET_GO):
            for part in parts:
                for call in part.calls:
                    await call.wait_until_over()
    except TimeoutError:
        return [
            f"left running for nobody: {call!r}" for part in parts for call in part.calls if call.outcome == "running"
        ]
    return [f"asked for again after its end: case {number}" for number in again]


OUR_WORDS = {"question"}  # the store's own, for a column


def checked_files(served: Mortal, toll: Toll) -> list[str]:
    """What is wrong with what lies on the disk."""
    problems = [f"exit code {code} after SIGTERM" for code in toll.exits if code]
    if toll.journal > KEEP_MB * 1024 * 1024:
        problems.append(f"the journal has grown to {toll.journal} bytes")
    words = {word for text in FRENCH + ENGLISH for word in re.findall(r"\w{8}", text)} - OUR_WORDS
    pattern = re.compile(b"|".join(re.escape(word.encode()) for word in sorted(words)))
    for path in [path for path in served.data.rglob("*") if path.is_file()] + [served.log]:
        if found := pattern.search(path.read_bytes()):
            problems.append(f"{path.name} has words of an answer: {found[0].decode()!r}")
    return problems


def show(toll: Toll, served: Mortal, seconds: float) -> None:
    """The tables."""
    console = Console(width=140)
    table = Table("answers", *VERDICTS, "deaths met each", "calls each")
    for kind, row in sorted(toll.verdicts.items()):
        total = row.total()
        shown = [str(row[verdict]) for verdict in VERDICTS]
        table.add_row(kind, *shown, f"{toll.met[kind] / total:.2f}", f"{toll.calls[kind] / total:.2f}")
    console.print(table)
    stages = ", ".join(f"{stage} {number}" for stage, number in toll.stages.most_common())
    console.print(f"deaths met detached answers: {stages}")
    console.print(f"serving again after {spread(served.starts)}; ended after SIGTERM in {spread(served.stops)}")
    console.print(
        f"{served.life} lives in {seconds:.0f} s; the journal's largest size {toll.journal / 1e6:.1f} MB of {KEEP_MB:.0f}"
    )
    for problem in toll.problems[:40]:
        console.print(problem, markup=False, highlight=False)
    console.print(f"{len(toll.problems)} problems" if toll.problems else "All promises kept.")


def spread(times: Sequence[float]) -> str:
    """The smallest, the median and the largest of them."""
    ordered = sorted(times)
    return f"{ordered[0]:.2f} / {statistics.median(ordered):.2f} / {ordered[-1]:.2f} s"


async def main(arguments: Sequence[str]) -> int:
    """Run it, and say what came of it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.own_death", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="kill -9")
    parser.add_argument("--terms", type=int, default=15, help="SIGTERM with a short drain")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args(arguments)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        toll, served = await run(options.kills, options.terms, options.seed, Path(folder))
        show(toll, served, time.perf_counter() - began)
    return 1 if toll.problems else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
