"""`sanspanne drill`: the outage rehearsal."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from sanspanne.cli.context import Context
from sanspanne.cli.performing import cannot_be_written, made_writable, performed
from sanspanne.drill.progress import shown
from sanspanne.drill.reading import find, names
from sanspanne.drill.rehearsal import rehearse
from sanspanne.drill.report.comparison import comparison_table
from sanspanne.drill.report.facts import Facts
from sanspanne.drill.report.html import html
from sanspanne.drill.report.markdown import markdown
from sanspanne.drill.result import Report
from sanspanne.drill.scenario import Scenario
from sanspanne.drill.stage.contender import Contender, DrillError
from sanspanne.drill.stage.litellm import LiteLLM, find_litellm
from sanspanne.drill.stage.no_gateway import NoGateway
from sanspanne.drill.stage.sanspanne import Sanspanne
from sanspanne.drill.wording import DrillWords, drill_words
from sanspanne.errors import ConfigError

WIDE = 140  # columns, where the output is no terminal
HIGHEST_SEED = 2_000_000_000
LANGUAGES = ("en", "fr")


class Wishes(Struct, frozen=True):
    """What was asked for beside the scenario."""

    against: str = "none,litellm"
    litellm: str = ""
    seed: int | None = None
    output: Path | None = None
    json: bool = False
    only_sanspanne: bool = False
    language: str = ""


def show_list(context: Context) -> int:
    """The scenarios of the house."""
    words = drill_words(context.words.language)
    table = Table(Column(words.scenario, no_wrap=True), Column(words.lasts, justify="right"), words.about)
    table.box = SIMPLE_HEAD
    for name in names():
        scenario = find(name)
        about = _pick(scenario.about.en, scenario.about.fr, words) or _title(scenario, words)
        table.add_row(name, words.seconds.format(value=f"{scenario.seconds:.0f}"), Text(about))
    _console(context).print(table)
    return 0


def drill(context: Context, name: str, wishes: Wishes) -> int:
    """Perform a scenario and judge it: 0 if every promise was kept, 1 if one was not."""
    words = drill_words(language_of(context, wishes))
    scenario = scenario_of(context, name, wishes, words)
    contenders = _contenders(context, wishes, words)
    made_writable(folder_of(context, scenario.name, wishes))
    _announce(context, scenario, contenders, words)
    with shown(context.err, scenario, words) as progress:

        def skipped(contender: str, error: DrillError) -> None:
            context.remark(words.skipped.format(contender=contender, reason=error))

        report = performed(rehearse(scenario, contenders, progress.show, skipped, words.language))
    return conclude(context, report, wishes, words)


def conclude(context: Context, report: Report, wishes: Wishes, words: DrillWords) -> int:
    """Write the reports, show the verdict, and return the exit code."""
    paths = write(report, folder_of(context, report.scenario, wishes), words.language)
    if wishes.json:
        context.say(msgspec.json.encode(report).decode())
    else:
        _show(context, report, words)
    context.remark(words.reports.format(paths=", ".join(map(str, paths))))
    return 0 if report.passed else 1


def write(report: Report, folder: Path, language: str) -> list[Path]:
    """The three reports, in a folder that is made if it is not there. Raises `ConfigError` if it cannot be written to."""
    contents = {
        "report.html": html(report, language),
        "report.md": markdown(report, language),
        "report.json": msgspec.json.format(msgspec.json.encode(report), indent=1).decode(),
    }
    made_writable(folder)
    try:
        for name, content in contents.items():
            (folder / name).write_text(content, encoding="utf-8")
    except OSError as error:
        raise cannot_be_written(folder, error) from None
    return [folder / name for name in contents]


# --- before


def folder_of(context: Context, scenario: str, wishes: Wishes) -> Path:
    """Where the reports go."""
    return context.cwd / (wishes.output or f"drill-{scenario}")


def language_of(context: Context, wishes: Wishes) -> str:
    """The language that was asked for, else that of the terminal. Raises `ConfigError` for one that is not spoken."""
    chosen = wishes.language or context.words.language
    if chosen not in LANGUAGES:
        words = drill_words(context.words.language)
        raise ConfigError(words.wrong_language.format(language=chosen))
    return chosen


def scenario_of(context: Context, name: str, wishes: Wishes, words: DrillWords) -> Scenario:
    """The scenario that was named, with the seed that was asked for."""
    scenario = find(str(context.cwd / name) if name.endswith(".toml") else name)
    if wishes.seed is None:
        return scenario
    if not 0 <= wishes.seed <= HIGHEST_SEED:
        raise ConfigError(words.wrong_seed.format(seed=wishes.seed))
    return msgspec.structs.replace(scenario, seed=wishes.seed)


def _contenders(context: Context, wishes: Wishes, words: DrillWords) -> list[Contender]:
    """sanspanne first: it is the one that is judged."""
    contenders: list[Contender] = [Sanspanne()]
    for name in [] if wishes.only_sanspanne else filter(None, map(str.strip, wishes.against.split(","))):
        if name == "none":
            contenders.append(NoGateway())
        elif name != "litellm":
            raise ConfigError(words.unknown_contender.format(name=name))
        elif (program := find_litellm(wishes.litellm, context.environ.get("PATH", os.defpath))) is not None:
            contenders.append(LiteLLM(program))
        else:
            context.remark(words.no_litellm)
    return contenders


def _announce(context: Context, scenario: Scenario, contenders: Sequence[Contender], words: DrillWords) -> None:
    performing = ", ".join(words.called(contender.name) for contender in contenders)
    seconds = f"{scenario.seconds:.0f}"
    context.remark(words.begins.format(title=_title(scenario, words), contenders=performing, seconds=seconds))
    compressed = _pick(scenario.compressed.en, scenario.compressed.fr, words)
    if compressed:
        context.remark(words.compressed.format(what=compressed))


def _title(scenario: Scenario, words: DrillWords) -> str:
    return _pick(scenario.title.en, scenario.title.fr, words) or scenario.name


def _pick(english: str, french: str, words: DrillWords) -> str:
    return (french or english) if words.language == "fr" else (english or french)


# --- after


def _show(context: Context, report: Report, words: DrillWords) -> None:
    facts, console = Facts(report, words.language), _console(context)
    heads, rows = comparison_table(facts)
    name, *columns = heads
    compared = Table(Column(name, no_wrap=True, overflow="fold"), *columns, box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for row in rows:
        compared.add_row(*map(Text, row))
    console.print(compared)
    if report.promises:
        console.print(_promises(facts, words))
    context.say(_verdict(report, words))


def _promises(facts: Facts, words: DrillWords) -> Table:
    table = Table(words.promise, box=SIMPLE_HEAD)
    for title in (words.measured, words.promised):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column(words.kept)
    for promise in facts.report.promises:
        kept = Text(words.yes, "green") if promise.kept else Text(words.no, "bold red")
        table.add_row(Text(facts.sentence(promise)), Text(facts.value(promise)), Text(facts.limit(promise)), kept)
    return table


def _verdict(report: Report, words: DrillWords) -> str:
    broken = sum(not promise.kept for promise in report.promises)
    if not report.promises:
        return words.no_promises
    sentence = words.some_broken if broken else words.all_kept
    return sentence.format(broken=broken, count=len(report.promises))


def _console(context: Context) -> Console:
    return Console(file=context.out, width=None if context.out.isatty() else WIDE, highlight=False)
