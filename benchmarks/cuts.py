"""`python -m benchmarks.cuts [--cuts N] [--seed S]`: answers cut at random bytes, and what their callers have in the end.

Whole services over scripted providers and real sockets, callers of both dialects, each answer cut at a byte and in a shape
of its own; one in ten continuations goes wrong as models do. For each kind of text and each means by which others go on:

    intact      one exact answer: no character lost, none repeated (what is cut before its first word is answered elsewhere,
                or what was cut was not needed, is not counted: it stands under `unbroken`)
    note        begun again behind a visible note, from which on it is whole
    ended       ended with an error; what was said until then is right
    corrupt     presented as right, and is not

As many answers again are of the kinds that must never be made of two (see unspliced.py).

It fails when anything is corrupt or spliced, or when less than 99 % of the cut prose is intact.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from itertools import count

from msgspec import Struct
from rich.console import Console
from rich.table import Table

from benchmarks import unspliced
from benchmarks.cut_cases import SEED, Case, cases
from benchmarks.heard import Heard
from benchmarks.runner import Played, run
from benchmarks.texts import PROSE
from sanspanne.chat import Seam
from sanspanne.testing import ANCHOR_QUIRKS, PREFILL_QUIRKS, Continuing, Cut, Play, Quirk, Script, unworded

RATE = 0.1  # of the continuations go wrong
PROMISED = 0.99  # of the prose
QUIRKS: tuple[Quirk, ...] = tuple(dict.fromkeys(ANCHOR_QUIRKS + PREFILL_QUIRKS))


class Outcome(Struct, frozen=True):
    """What became of a case: its verdict; what is wrong, if that is `corrupt`; how those went wrong who were to go on."""

    played: Played
    verdict: str
    wrong: str = ""
    quirks: tuple[str, ...] = ()


async def outcomes(block: Iterable[Case], rate: float = RATE) -> AsyncIterator[Outcome]:
    """Play cases in which this share of the continuations goes wrong."""
    numbers = count(1)
    answers: dict[int, list[Continuing]] = {}

    def scripts(role: int, case: Case) -> list[Script]:
        answer = Continuing(
            case.text,
            quirks=QUIRKS if role else (),
            rate=rate,
            sizes=case.sizes,
            scatter=case.scatter,
            numbers=numbers if case.worded else None,
            seed=role,
        )
        answers.setdefault(case.number, []).append(answer)
        if role == 0:
            return [Cut(case.shape, case.at, answer), answer]
        return [Cut(case.twice, case.twice_at, answer), answer] if case.twice and role == 1 else [answer]

    async for played in run(block, scripts):
        plays = [play for answer in answers.pop(played.case.number) for play in answer.plays.values()]
        yield judge(played, plays)


# --- the verdict


def judge(played: Played, plays: Iterable[Play]) -> Outcome:
    """What to think of an answer. Nothing is believed but the bytes that the caller has, and the text that was meant."""
    case, heard, seams = played.case, played.heard, played.seams
    wrong = "; ".join(_wrong(case, heard, seams))
    if wrong:
        verdict = "corrupt"
    elif not heard.whole:
        verdict = "ended"
    elif not all(seam.exact for seam in seams):
        verdict = "note"
    else:
        verdict = "intact" if seams else "unbroken"
    quirks = tuple(play.quirk.value for play in plays if play.quirk)
    return Outcome(played, verdict, wrong, quirks)


def _wrong(case: Case, heard: Heard, seams: tuple[Seam, ...]) -> Iterator[str]:
    if heard.whole == bool(heard.error) or heard.after_the_end:
        yield "neither a proper end nor an honest one"
    if heard.begun > 1 or len(heard.ids) > 1:
        yield f"{heard.begun} beginnings, {len(heard.ids)} ids"
    if [seam["exact"] for seam in heard.seams] != [seam.exact for seam in seams]:
        yield "the caller is told of other seams"
    if not _fits(case, heard, seams):
        yield "the text is not what it should be"


def _fits(case: Case, heard: Heard, seams: tuple[Seam, ...]) -> bool:
    """Whether the text is the right one as far as it goes: up to the note if there is one, and anew behind it."""
    said = [*_parts(heard.text, [seam.at for seam in seams if not seam.exact])]
    kept = all(case.text.startswith(unworded(part)) for part in said[:1])
    last = unworded(said[-1])
    if len(said) > 1:
        anew = case.text[:20]
        last = last[last.index(anew) :] if anew in last else "?"
    if heard.whole and not (case.max_tokens and heard.stop in ("length", "max_tokens")):
        return kept and last == case.text
    return kept and (case.text.startswith(last) or len(said) > 1)


def _parts(text: str, places: list[int]) -> Iterator[str]:
    start = 0
    for place in places:
        yield text[start:place]
        start = place
    yield text[start:]


# --- the figures


class Figures:
    """Counts outcomes by kind of text and means."""

    def __init__(self) -> None:
        self.counts: dict[tuple[str, str], Counter[str]] = {}
        self.corrupt: list[Outcome] = []

    def add(self, outcome: Outcome) -> None:
        """Count one."""
        row = self.counts.setdefault((outcome.played.case.corpus, outcome.played.case.means), Counter())
        row[outcome.verdict] += 1
        row["calls"] += outcome.played.calls
        if outcome.verdict == "corrupt":
            self.corrupt.append(outcome)

    def intact(self, corpora: Sequence[str]) -> float:
        """The share of the cut answers of these kinds of text that are intact."""
        rows = [row for (corpus, _), row in self.counts.items() if corpus in corpora]
        cut = sum(row[verdict] for row in rows for verdict in ("intact", "note", "ended", "corrupt"))
        return sum(row["intact"] for row in rows) / cut if cut else 1.0

    def kept(self) -> bool:
        """Whether the promises hold."""
        return not self.corrupt and self.intact(PROSE) >= PROMISED

    def show(self, console: Console) -> None:
        """The table, and every corrupt answer."""
        columns = ("unbroken", "intact", "note", "ended", "corrupt")
        table = Table("text", "means", *columns, "intact of cut", "calls each")
        for (corpus, means), row in sorted(self.counts.items()):
            total = sum(row[column] for column in columns)
            cut = total - row["unbroken"]
            share = f"{row['intact'] / cut:.2%}" if cut else ""
            table.add_row(corpus, means, *(str(row[c]) for c in columns), share, f"{row['calls'] / total:.2f}")
        console.print(table)
        console.print(f"prose intact: {self.intact(PROSE):.2%} (promised {PROMISED:.0%}); corrupt: {len(self.corrupt)}")
        for outcome in self.corrupt[:20]:
            console.print(explained(outcome), markup=False, highlight=False)


def explained(outcome: Outcome) -> str:
    """One outcome, so that somebody can find out."""
    case, heard = outcome.played.case, outcome.played.heard
    seams = ", ".join(f"{seam.means} at {seam.at} exact={seam.exact}" for seam in outcome.played.seams)
    return (
        f"case {case.number}: {case.corpus}, {case.first.scripted} {case.shape} at {case.at:.3f} -> "
        f"{'/'.join(p.scripted for p in case.others)} ({seams}; quirks {outcome.quirks}): {outcome.wrong}\n"
        f"  said: {heard.text!r}\n  text: {case.text!r}"
    )


async def main(arguments: Sequence[str]) -> int:
    """Run so many cuts and show what came of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cuts", description=__doc__)
    parser.add_argument("--cuts", type=int, default=10_000, help="of text, and as many of what must not be spliced")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--rate", type=float, default=RATE, help="share of the continuations that go wrong")
    parser.add_argument("--twice", type=float, default=0.0, help="share of the answers of which two targets break")
    options = parser.parse_args(arguments)
    console = Console(width=150)
    figures = Figures()
    async for outcome in outcomes(cases(options.cuts, options.seed, twice=options.twice), options.rate):
        figures.add(outcome)
    figures.show(console)
    verdicts = Counter[tuple[str, str]]()
    async for verdict, played in unspliced.outcomes(options.cuts, options.seed):
        verdicts[played.case.corpus, verdict] += 1
    unspliced.show(verdicts, console)
    return 0 if figures.kept() and not any(verdict == "spliced" for _, verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
