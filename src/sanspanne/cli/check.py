"""`sanspanne check`: is the configuration right, and does every target in it answer?"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from sanspanne import secrets
from sanspanne.chat import Target
from sanspanne.check import Verdict, check_target
from sanspanne.cli.context import Context
from sanspanne.cli.words import Words
from sanspanne.config import Config
from sanspanne.routing.chains import parse_target
from sanspanne.webhooks.hook import hooks_of

ONBOARD = "onboard"


def check(context: Context, config: Path | None, data: Path | None) -> int:
    """Check everything that can be checked from here; 1 if a target does not answer."""
    settings = context.config(config)
    secrets.caller_digests(settings, context.environ)  # both raise for a secret that is not where it should be
    hooks_of(settings, context.environ)
    targets = targets_of(settings)
    context.remark(on_board(settings, context, context.data_dir(data) / "models"))
    if not targets:
        context.say(context.words.no_targets)
        return 0
    verdicts = asyncio.run(_ask_all(settings, context, targets))
    show(context, verdicts)
    failed = sum(not verdict.well for verdict in verdicts)
    words = context.words
    context.remark(words.some_failed.format(failed=failed, count=len(verdicts)) if failed else words.all_well)
    return 1 if failed else 0


def on_board(config: Config, context: Context, folder: Path) -> str:
    """A sentence on the model on board: here, to be fetched, or not to be had. It never fails the check: it is the last rung."""
    from sanspanne.onboard.choose import own_file, present
    from sanspanne.onboard.supervisor import installed

    words, settings = context.words, config.onboard
    if not settings.enabled:
        return words.onboard_off
    if not installed():
        return words.onboard_without_engine
    entry = own_file(settings.path)[0] if settings.path else asyncio.run(present(settings, folder))
    if entry is not None:
        return words.onboard_here.format(name=entry.id)
    return words.onboard_to_fetch if settings.fetch else words.onboard_missing


def targets_of(config: Config) -> list[Target]:
    """Every target in any chain, each once, in the order of the file; the model on board apart."""
    entries = [entry for model in config.models.values() for entry in model.chain if entry != ONBOARD]
    return [parse_target(entry) for entry in dict.fromkeys(entries)]


def show(context: Context, verdicts: Sequence[Verdict]) -> None:
    """The table of what is known of each target, and below it what is wrong, in whole sentences."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Column, Table

    words = context.words
    table = Table(
        Column(words.target, overflow="fold"),
        words.reachable,
        words.key_valid,
        words.model_known,
        Column(words.delay, justify="right"),
        box=SIMPLE_HEAD,
        show_edge=False,
        padding=(0, 1, 0, 0),
    )
    for verdict in verdicts:
        known = (_word(fact, words) for fact in (verdict.reachable, verdict.key_valid, verdict.model_known))
        table.add_row(verdict.target, *known, _delay(verdict, words))
    Console(file=context.out).print(table)
    for verdict in verdicts:
        if not verdict.well:
            context.say(words.remark.format(target=verdict.target, sentence=verdict.sentence))


async def _ask_all(config: Config, context: Context, targets: list[Target]) -> list[Verdict]:
    from sanspanne.providers.http1 import HttpTransport
    from sanspanne.wiring import Wiring

    transport = HttpTransport(connect_seconds=config.clocks.connect)
    try:
        wiring = Wiring(config, context.environ, transport)
        questions = (check_target(wiring.endpoint(target), target, config.clocks.first_token) for target in targets)
        return await asyncio.gather(*questions)
    finally:
        await transport.close()


def _word(fact: bool | None, words: Words) -> str:
    return words.unknown if fact is None else words.yes if fact else words.no


def _delay(verdict: Verdict, words: Words) -> str:
    return "" if verdict.first_token is None else words.milliseconds.format(value=round(verdict.first_token * 1000))
