"""The charts of each provider's load under each contender, and of the gateway's queue."""

from __future__ import annotations

from collections.abc import Sequence

from sanspanne.drill.report.charts import Plot, area, axis, bounded, line, panel, roof, steps, strokes
from sanspanne.drill.report.facts import Facts
from sanspanne.drill.report.figure import figure, grid, key, over_time, panel_of, shade, titled
from sanspanne.drill.report.markup import NOTHING, Markup, join, short, tag, text
from sanspanne.drill.report.outages import down_times
from sanspanne.drill.report.series import Load, highest, loads
from sanspanne.drill.result import ProviderTick, Run

MOST_TIMES_CAPACITY = 3  # a queue without bound would flatten everything else
MOST_PROVIDERS = 8
LOWEST = 2.0  # the least height of a chart of whole numbers
AIR = 1.25  # above the capacity, for the marks of rejected calls


def load_figure(facts: Facts) -> Markup:
    """For each provider a row, in it a panel for each contender."""
    names = dict.fromkeys(tick.provider for run in facts.report.runs for tick in _ticks(facts, run))
    if not names:
        return NOTHING
    rows = [_provider(facts, name) for name in list(names)[:MOST_PROVIDERS]]
    entries = [("surface good", facts.say("load_key")), ("line limit", facts.say("capacity_key"))]
    entries += [("marks bad", facts.say("rejected_key"))]
    return figure(facts, "load", facts.say("load_said"), key(entries), *rows)


def _provider(facts: Facts, name: str) -> Markup:
    by_run = [(run, [tick for tick in _ticks(facts, run) if tick.provider == name]) for run in facts.report.runs]
    seen = [(run, ticks) for run, ticks in by_run if ticks]
    capacity = max(tick.capacity for _, ticks in seen for tick in ticks)
    active = roof([tick.active for _, ticks in seen for tick in ticks])
    high = max(AIR * capacity, min(active, bounded(capacity) * MOST_TIMES_CAPACITY))
    plot = Plot(facts.until, max(high, LOWEST), 84.0)
    panels = [_panel(facts, run, ticks, plot) for run, ticks in seen]
    return join([tag("h3", text(short(name))), tag("div", *panels, class_="beside")])


def _ticks(facts: Facts, run: Run) -> list[ProviderTick]:
    return [tick for tick in run.providers if tick.at <= facts.until]


def _panel(facts: Facts, run: Run, ticks: Sequence[ProviderTick], plot: Plot) -> Markup:
    name, said = facts.contender(run.contender), _counts(facts, ticks, plot)
    alternative = facts.say("load_alt", provider=short(ticks[0].provider), contender=name, said=said)
    behind = join([shade(down_times(ticks, plot.seconds), plot), grid(facts, plot)])
    drawn = panel(plot, alternative, behind=behind, shapes=_shapes(loads(ticks), plot))
    return tag("div", titled(name, said, drawn), axis(plot, facts.voice.seconds), class_="panels")


def _shapes(pieces: Sequence[Load], plot: Plot) -> Markup:
    active = [(piece.at, float(piece.active)) for piece in pieces]
    capacity = [(piece.at, float(piece.capacity)) for piece in pieces]
    rejected = [piece.at for piece in pieces if piece.rejected]
    return join(
        [
            area(active, plot, "surface good"),
            line(active, plot, "line edge"),
            steps(capacity, plot, "line limit"),
            strokes(rejected, plot, "marks bad"),
        ]
    )


def _counts(facts: Facts, ticks: Sequence[ProviderTick], plot: Plot) -> str:
    number = facts.voice.number
    calls, rejected = max(tick.calls for tick in ticks), max(tick.rejected for tick in ticks)
    said = [facts.say("load_counts", calls=number(calls), rejected=number(rejected))]
    crashes, active = max(tick.crashes for tick in ticks), max(tick.active for tick in ticks)
    said += [facts.say("load_crashed", crashes=number(crashes))] if crashes else []
    said += [facts.say("load_above", active=number(active))] if active > plot.high else []
    return ", ".join(said)


def queue_figure(facts: Facts) -> Markup:
    """Who waits in the gateway and what is kept; nothing if no contender has a queue."""
    runs = [run for run in facts.report.runs if any(tick.waiting or tick.kept for tick in run.queue)]
    if not runs:
        return NOTHING
    plot = Plot(
        facts.until, roof([most for run in runs for tick in run.queue for most in (tick.waiting, tick.kept)]), 120.0
    )
    panels = [_queue(facts, run, plot) for run in runs]
    entries = [("surface good", facts.say("waiting_key"))]
    entries += [("line kept", facts.say("kept_key"))] if any(tick.kept for run in runs for tick in run.queue) else []
    return figure(facts, "queue", facts.say("queue_said"), over_time(facts, plot, panels), key(entries))


def _queue(facts: Facts, run: Run, plot: Plot) -> Markup:
    seen = [tick for tick in run.queue if tick.at <= facts.until]
    waiting = highest([(tick.at, float(tick.waiting)) for tick in seen])
    kept = highest([(tick.at, float(tick.kept)) for tick in seen])
    most = [facts.voice.number(max((value for _, value in points), default=0.0)) for points in (waiting, kept)]
    name, said = facts.contender(run.contender), facts.say("queue_alt", waiting=most[0], kept=most[1])
    shapes = [area(waiting, plot, "surface good"), line(waiting, plot, "line edge")]
    shapes += [line(kept, plot, "line kept")] if any(value for _, value in kept) else []
    return titled(name, said, panel_of(facts, plot, facts.say("pair", name=name, value=said), shapes))
