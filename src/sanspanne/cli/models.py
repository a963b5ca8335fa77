"""`sanspanne models list|pull|verify`."""

from __future__ import annotations

import asyncio
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Column, Table

from sanspanne.cli.context import Context
from sanspanne.cli.words import Words
from sanspanne.errors import ConfigError
from sanspanne.onboard.catalogue import BEST_SMALL, CATALOGUE, Entry
from sanspanne.onboard.library import FileState, list_models
from sanspanne.onboard.library import verify as state_of
from sanspanne.onboard.pull import Progress as Pulled
from sanspanne.onboard.pull import PullFailed
from sanspanne.onboard.pull import pull as fetch


def show(context: Context, data: Path | None) -> int:
    """A table of the catalogue, and what of it is here."""
    words = context.words
    table = Table(Column(words.name, no_wrap=True, overflow="fold"), words.size, words.licence, words.state)
    for listed in list_models(_folder(context, data)):
        entry = listed.entry
        default = f" ({words.default})" if entry.id == BEST_SMALL[0] else ""
        table.add_row(entry.id + default, _size(entry.bytes, words), entry.licence, _state(context, listed.state))
    Console(file=context.out).print(table)
    return 0


def pull(
    context: Context, name: str | None, data: Path | None, mirror: str | None, from_file: Path | None, accept: bool
) -> int:
    """Fetch a model. Without a name: the best small one whose source can be reached."""
    wanted = [_find(context, name)] if name else [_find(context, best) for best in BEST_SMALL]
    source = context.cwd / from_file if from_file else None
    _insist_on_licence(context, wanted[0], accept)
    for entry in wanted[:-1]:
        try:
            return _pull(context, entry, data, mirror, source)
        except PullFailed as failure:
            context.remark(str(failure))
    return _pull(context, wanted[-1], data, mirror, source)


def verify(context: Context, name: str | None, data: Path | None) -> int:
    """Hash the files again; 1 if one is not what it should be, or if the one that was named is not here."""
    folder = _folder(context, data)
    entries = (_find(context, name),) if name else CATALOGUE
    states = [(entry, state_of(entry, folder, again=True)) for entry in entries]
    if name is None:
        states = [(entry, state) for entry, state in states if state not in (FileState.ABSENT, FileState.PARTIAL)]
    for entry, state in states:
        context.say(_verified(context, entry, state, folder))
    if not states:
        context.say(context.words.not_there.format(name=BEST_SMALL[0]))
    return 0 if all(state is FileState.PRESENT for _, state in states) else 1


def _pull(context: Context, entry: Entry, data: Path | None, mirror: str | None, from_file: Path | None) -> int:
    words = context.words
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(file=context.err)) as bar:
        task = bar.add_task(words.pulling.format(name=entry.id), total=entry.bytes)

        def told(progress: Pulled) -> None:
            bar.update(task, completed=progress.done, total=progress.total)

        path = asyncio.run(fetch(entry, _folder(context, data), progress=told, mirror=mirror, from_file=from_file))
    context.say(words.pulled.format(name=entry.id, path=path))
    return 0


def _insist_on_licence(context: Context, entry: Entry, accepted: bool) -> None:
    if entry.accept and not accepted:
        terms = f"{entry.licence}, {entry.licence_url}"
        raise ConfigError(context.words.accept_first.format(name=entry.id, terms=terms, conditions=entry.accept))


def _verified(context: Context, entry: Entry, state: FileState, folder: Path) -> str:
    words = context.words
    template = {FileState.PRESENT: words.verified, FileState.CORRUPT: words.not_verified}.get(state, words.not_there)
    return template.format(name=entry.id, path=folder / entry.file)


def _find(context: Context, name: str) -> Entry:
    found = next((entry for entry in CATALOGUE if entry.id == name), None)
    if found is None:
        names = ", ".join(entry.id for entry in CATALOGUE)
        raise ConfigError(context.words.no_such_model.format(name=name, names=names))
    return found


def _folder(context: Context, data: Path | None) -> Path:
    return context.data_dir(data) / "models"


def _size(count: int, words: Words) -> str:
    return words.megabytes.format(count=f"{count / 1e6:,.0f}".replace(",", "\u202f"))


def _state(context: Context, state: FileState) -> str:
    words = context.words
    names = {
        FileState.PRESENT: words.present,
        FileState.ABSENT: words.absent,
        FileState.PARTIAL: words.partial,
        FileState.CORRUPT: words.damaged,
    }
    return names[state]
