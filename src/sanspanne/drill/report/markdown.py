"""The report for a pull request or a CI summary: the same facts in Markdown, with small bars of block characters.

What scenarios and providers say has its marks escaped, and is torn where GitHub would make a mention or a link of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sanspanne.drill.report.comparison import comparison_table, kept_sentences
from sanspanne.drill.report.facts import Facts
from sanspanne.drill.report.markup import clean
from sanspanne.drill.report.method import command, compressed_said, method_sentences, notes, particular, promise_rows
from sanspanne.drill.report.series import goodput
from sanspanne.drill.report.verdict import lede, not_kept, verdict
from sanspanne.drill.result import Report

BLOCKS = "▁▂▃▄▅▆▇█"
MARKS = re.compile(r"([\\`*_\[\]<>#|~$&])")
LINKED = re.compile(r"[@#]|:(?=//)|www(?=\.)", re.IGNORECASE)


def markdown(report: Report, language: str) -> str:
    """The whole text, in English (`en`) or French (`fr`)."""
    facts = Facts(report, language)
    badge = ("✅ " if report.passed else "❌ ") if report.promises else ""
    missed = [plain(facts.say("broken_promises")), _list(not_kept(facts))] if not_kept(facts) else []
    blocks = [
        f"## {plain(facts.title)}",
        f"{badge}**{plain(verdict(facts))}**",
        *missed,
        plain(lede(facts)),
        _list(facts.outage(each) for _, found in facts.lanes for each in found),
        *_comparison(facts),
        *_promises(facts),
        *_method(facts),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def plain(untrusted: str) -> str:
    """Text that shows its marks in place of obeying them; on one line."""
    return LINKED.sub("\\g<0>\u2060", MARKS.sub(r"\\\1", clean(untrusted)))


def sparkline(rates: Sequence[float], high: float) -> str:
    """Eight heights of blocks; the highest is `high`."""
    top = max(high, 1e-9)
    return "".join(BLOCKS[min(len(BLOCKS) - 1, int(max(0.0, rate) / top * len(BLOCKS)))] for rate in rates)


def _comparison(facts: Facts) -> list[str]:
    if not facts.report.runs:
        return []
    heads, rows = comparison_table(facts)
    good = [goodput(run, facts.report, facts.windows) for run in facts.report.runs]
    high = max((rate for rates in good for rate in rates), default=0.0)
    drawn = [sparkline(rates, high) for rates in good]
    lines = [[*row, spark] for row, spark in zip(rows, drawn, strict=False)]
    rest = [[*row, ""] for row in rows[len(drawn) :]]
    table = _table([*heads, facts.say("trend")], [*lines, *rest])
    return [f"### {plain(facts.say('comparison_title'))}", table, *(plain(each) for each in kept_sentences(facts))]


def _promises(facts: Facts) -> list[str]:
    if not facts.report.promises:
        return []
    heads = [facts.say(head) for head in ("promise", "measured", "limit", "kept_head")]
    return [f"### {plain(facts.say('promises_title'))}", _table(heads, promise_rows(facts))]


def _method(facts: Facts) -> list[str]:
    particulars = [facts.say("pair", name=name, value=value) for name, value in particular(facts)]
    said = [each for _, lines in notes(facts) for each in lines]
    return [
        f"### {plain(facts.say('compressed_title'))}",
        plain(compressed_said(facts)),
        f"### {plain(facts.say('method_title'))}",
        plain(" ".join([facts.say("method_patience"), *method_sentences(facts)])),
        _list([*particulars, *said]),
        f"### {plain(facts.say('again_title'))}",
        f"    {clean(command(facts.report))}",
    ]


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = ["---", *["---:"] * (len(heads) - 1)]
    lines = [[plain(head) for head in heads], rule, *([plain(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _list(items: Iterable[str]) -> str:
    return "\n".join(f"* {plain(each)}" for each in items)
