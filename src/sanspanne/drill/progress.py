"""How a drill stands, while it runs: a table that is drawn anew where there is a terminal, else one plain line per second."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from sanspanne.drill.result import ProviderTick
from sanspanne.drill.scenario import Scenario
from sanspanne.drill.stage.stage import Moment
from sanspanne.drill.wording import DrillWords

OVER = 5.0  # seconds over which goodput is taken
EVERY = 1.0  # seconds between two lines


class Progress(Protocol):
    """Shows one moment."""

    def show(self, contender: str, moment: Moment) -> None: ...


class Goodput:
    """Whole answers per second, over the last seconds."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque([(0.0, 0)])

    def after(self, moment: Moment) -> float:
        """What it is now."""
        if moment.at < self._seen[-1][0]:  # the next contender has begun
            self._seen = deque([(0.0, 0)])
        self._seen.append((moment.at, moment.whole))
        while self._seen[1][0] <= moment.at - OVER:
            self._seen.popleft()
        since, whole = self._seen[0]
        return (moment.whole - whole) / (moment.at - since) if moment.at > since else 0.0


class Lines:
    """One line per second, for logs."""

    def __init__(self, out: TextIO, scenario: Scenario, words: DrillWords) -> None:
        self._out, self._scenario, self._words = out, scenario, words
        self._goodput, self._shown = Goodput(), float("-inf")

    def show(self, contender: str, moment: Moment) -> None:
        """Write it, unless a line was written within the last second."""
        goodput = self._goodput.after(moment)
        if 0 <= moment.at - self._shown < EVERY:
            return
        self._shown = moment.at
        providers = [_provider_line(tick, self._words) for tick in moment.providers]
        parts = [
            _head(contender, moment, self._scenario, self._words),
            _counts(moment, goodput, self._words),
            *providers,
        ]
        print(" · ".join(parts), file=self._out, flush=True)


class Screen:
    """A live table."""

    def __init__(self, live: Live, scenario: Scenario, words: DrillWords) -> None:
        self._live, self._scenario, self._words = live, scenario, words
        self._goodput = Goodput()

    def show(self, contender: str, moment: Moment) -> None:
        """Draw it."""
        words = self._words
        bar = Table.grid()  # a line of its own: a bar alone ends none
        bar.add_row(
            ProgressBar(total=self._scenario.seconds, completed=min(moment.at, self._scenario.seconds), width=40)
        )
        said = _counts(moment, self._goodput.after(moment), words)
        rungs = [Text(_rungs(moment, words))] if moment.rungs else []
        head = Text(_head(contender, moment, self._scenario, words))
        self._live.update(Group(head, bar, Text(said), *rungs, _table(moment, words)), refresh=True)


@contextmanager
def shown(out: TextIO, scenario: Scenario, words: DrillWords) -> Iterator[Progress]:
    """The right one of the two for `out`."""
    if not out.isatty():
        yield Lines(out, scenario, words)
        return
    with Live(console=Console(file=out), transient=True, auto_refresh=False) as live:
        yield Screen(live, scenario, words)


def _head(contender: str, moment: Moment, scenario: Scenario, words: DrillWords) -> str:
    name, seconds = words.called(contender), f"{scenario.seconds:.0f}"
    return words.contender.format(name=name, at=f"{moment.at:.0f}", seconds=seconds)


def _counts(moment: Moment, goodput: float, words: DrillWords) -> str:
    per_second = f"{goodput:.1f}"
    return words.line.format(
        asked=moment.asked,
        whole=moment.whole,
        goodput=per_second.replace(".", ",") if words.language == "fr" else per_second,
        waiting=moment.waiting,
        refused=moment.refused,
        broken=moment.broken,
        kept=moment.kept,
    )


def _rungs(moment: Moment, words: DrillWords) -> str:
    return words.rungs.format(counts=" · ".join(f"{rung} {count}" for rung, count in sorted(moment.rungs.items())))


def _provider_line(tick: ProviderTick, words: DrillWords) -> str:
    state = words.up if tick.up else words.down
    return words.provider_line.format(provider=tick.provider, state=state, active=tick.active, capacity=tick.capacity)


def _table(moment: Moment, words: DrillWords) -> Table:
    table = Table(words.provider, words.state, box=None, padding=(0, 2, 0, 0))
    for title in (words.answering, words.waits, words.calls):
        table.add_column(title, justify="right")
    for tick in moment.providers:
        state = Text(words.up, "green") if tick.up else Text(words.down, "bold red")
        busy = f"{tick.active}/{tick.capacity}"
        table.add_row(Text(tick.provider), state, busy, str(tick.waiting), str(tick.calls))
    return table
