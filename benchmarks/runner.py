"""Plays cases: a hundred at a time on one service, in which every case has targets of its own."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import Any

from msgspec import Struct

from benchmarks.cast import SPEAKERS, Cast, request_of
from benchmarks.cut_cases import Case
from benchmarks.heard import Heard, hear
from sanspanne.answers.route import Caller
from sanspanne.app import Service
from sanspanne.chat import Seam
from sanspanne.dialects.base import Identity
from sanspanne.errors import SanspanneError, invalid_request
from sanspanne.testing import Script

BLOCK, AT_ONCE = 100, 16  # cases of one service, and of those at the same time

Scripts = Callable[[int, Case], list[Script]]  # what the target in place 0, 1, 2 of a case's chain plays, call by call


class Played(Struct, frozen=True):
    """What became of a case: what its caller has by his own reading, the seams that were made, and the upstream calls."""

    case: Case
    heard: Heard
    seams: tuple[Seam, ...]
    calls: int


async def run(cases: Iterable[Case], scripts: Scripts, **sections: Any) -> AsyncIterator[Played]:
    """Play all of them, in order; `sections` are added to the configuration."""
    async with Cast() as cast:
        rest = iter(cases)
        while block := list(islice(rest, BLOCK)):
            for played in await _block(cast, block, scripts, sections):
                yield played


async def _block(cast: Cast, block: list[Case], scripts: Scripts, sections: dict[str, Any]) -> list[Played]:
    room = asyncio.Semaphore(AT_ONCE)
    resume = {"continuations": 2 if any(case.twice for case in block) else 1, "share": 1.0}
    with tempfile.TemporaryDirectory() as folder:
        service = await cast.service(block, Path(folder), **{"resume": resume, **sections})
        await service.start()
        try:
            return await asyncio.gather(*(_play(cast, service, case, scripts, room) for case in block))
        finally:
            await service.stop()


async def _play(cast: Cast, service: Service, case: Case, scripts: Scripts, room: asyncio.Semaphore) -> Played:
    async with room:
        await cast.give(case, scripts)
        heard, seams = await _ask(service, case)
        return Played(case, heard, seams, await cast.forget(case))


async def _ask(service: Service, case: Case) -> tuple[Heard, tuple[Seam, ...]]:
    request = request_of(case)
    answer = service.answers.open(request, Caller())
    writer = SPEAKERS[case.dialect].writer(request, Identity(answer.id, request.model, 1))
    data = b""
    seams: list[Seam] = []
    try:
        async for batch in answer.follow():
            data += writer.write(batch)
            seams += [event for frame in batch for event in frame.events if isinstance(event, Seam)]
    except SanspanneError as error:
        data += writer.fail(invalid_request(f"ended: {error}"))
    return hear(case.dialect, data), tuple(seams)
