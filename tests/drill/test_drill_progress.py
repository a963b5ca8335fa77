"""How a running drill is shown."""

from __future__ import annotations

import io

from rich.console import Console
from rich.live import Live

from sanspanne.drill.progress import Goodput, Screen, shown
from sanspanne.drill.result import ProviderTick
from sanspanne.drill.scenario import Burst, LoadPlan, ProviderPlan, Scenario, Words
from sanspanne.drill.stage.stage import Moment
from sanspanne.drill.wording import drill_words

SCENARIO = Scenario(
    "s", Words("S"), 30.0, ("openai",), LoadPlan(burst=(Burst(at=0, count=1),)), {"openai": ProviderPlan("openai")}
)


def moment(at: float, whole: int = 0, *, up: bool = True) -> Moment:
    """One moment with one provider."""
    tick = ProviderTick(at, "openai", up, 5 if up else 0, 3, 2, 17, 0)
    return Moment(at, 40, whole, 7, 1, broken=2, kept=3, rungs={"primary": 4, "fallback": 9}, providers=[tick])


def test_goodput_is_that_of_the_last_five_seconds() -> None:
    """What was reached long ago does not count, and the next contender begins at nothing."""
    goodput = Goodput()
    values = [goodput.after(moment(at, whole)) for at, whole in ((0.0, 0), (2.0, 10), (8.0, 40), (13.0, 40))]
    assert values == [0.0, 5.0, 5.0, 0.0]
    assert goodput.after(moment(0.5, 0)) == 0.0
    assert goodput.after(moment(1.0, 4)) == 4.0


def test_where_there_is_no_terminal_there_is_one_line_a_second() -> None:
    """Each line has the time, the counts and every provider; moments in between are left out."""
    out = io.StringIO()
    with shown(out, SCENARIO, drill_words("en")) as progress:
        for at in (0.0, 0.5, 1.0, 1.5, 2.1):
            progress.show("sanspanne", moment(at, 4, up=at < 2))
        progress.show("litellm", moment(0.0))
    lines = out.getvalue().splitlines()
    assert [line.split(" of ")[0] for line in lines] == [
        "sanspanne · 0",
        "sanspanne · 1",
        "sanspanne · 2",
        "litellm · 0",
    ]
    assert "40 asked · 4 whole (4.0/s) · 7 waiting · 1 refused · 2 broken · 3 kept · openai up 3/5" in lines[1]
    assert "openai DOWN 3/0" in lines[2]


def test_french_lines_are_french() -> None:
    """Words and decimals are those of the language."""
    out = io.StringIO()
    with shown(out, SCENARIO, drill_words("fr")) as progress:
        progress.show("sanspanne", moment(2.0, 5, up=False))
        progress.show("no gateway", moment(3.0, 5, up=False))
    assert "sans passerelle · 3 sur" in out.getvalue()
    assert "40 demandées · 5 entières (2,5/s)" in out.getvalue()
    assert "openai EN PANNE" in out.getvalue()


def test_a_terminal_shows_the_providers_and_the_rungs() -> None:
    """The live table has the time, each provider's state and load, and how many answers came from which rung."""
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100, color_system=None)
    with Live(console=console, auto_refresh=False) as live:
        Screen(live, SCENARIO, drill_words("en")).show("sanspanne", moment(12.0, 9, up=False))
    said = out.getvalue()
    for part in ("sanspanne · 12 of 30 s", "Rungs: fallback 9 · primary 4", "DOWN", "3/0", "17"):
        assert part in said
