"""Which model comes on board: the user's own file, the one he names, or the best that is there or can be had."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sanspanne.config import OnboardConfig
from sanspanne.errors import ConfigError
from sanspanne.onboard.catalogue import CATALOGUE, Entry, File, best_small, find
from sanspanne.onboard.library import FileState, verify


def own_file(configured: str) -> tuple[Entry, Path]:
    """An entry for a GGUF file of the user's own. Its hash is his business. Raises `ConfigError` if it is not there."""
    path = Path(configured).expanduser()
    if not path.is_file():
        raise ConfigError(
            f'onboard.path is "{path}", and there is no such file; expected a GGUF file, e.g. "/models/my.gguf"'
        )
    entry = Entry(
        id=path.stem,
        alias=path.stem.lower(),
        file=path.name,
        bytes=path.stat().st_size,
        sha256="",
        licence="unknown",
        licence_url="",
        params=0.0,
        languages=(),
        context=0,
        sources=(File(str(path)),),
    )
    return entry, path


def candidates(config: OnboardConfig) -> tuple[Entry, ...]:
    """What may be fetched, best first. Raises `ConfigError` for a name that the catalogue lacks."""
    return best_small() if config.model == "auto" else (find(config.model),)


async def present(config: OnboardConfig, folder: Path) -> Entry | None:
    """The model that is there already; with "auto" the largest, because somebody has fetched it on purpose."""
    wanted = CATALOGUE if config.model == "auto" else candidates(config)
    for entry in sorted(wanted, key=lambda entry: -entry.params):
        if await asyncio.to_thread(verify, entry, folder) is FileState.PRESENT:
            return entry
    return None
