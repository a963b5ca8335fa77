"""What was written reaches the disk: within 100 ms, in a thread, and never on the loop.

    touched -> (100 ms) -> fdatasync of the files and of the folder -> close what is done with -> delete what may go

In this order: a segment is deleted only when the records that make it needless are safe.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct, field

from sanspanne.answers.journal.disk import Disk

EVERY = 0.1  # seconds


class _Work(Struct):
    touched: set[int] = field(default_factory=set)
    done: list[int] = field(default_factory=list)
    doomed: list[Path] = field(default_factory=list)


class Syncing:
    """One thread's worth of work at a time; `failed` is told, on the loop, what went wrong with it."""

    def __init__(self, disk: Disk, folder: int, failed: Callable[[OSError], None]) -> None:
        self._disk = disk
        self._folder = folder
        self._failed = failed
        self._work = _Work()
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    def touch(self, file: int) -> None:
        """`file` has been written to."""
        self._work.touched.add(file)
        self._plan()

    def finish(self, file: int) -> None:
        """`file` will not be written to any more: see it to the disk and close it."""
        self._work.touched.add(file)
        self._work.done.append(file)
        self._plan()

    def doom(self, path: Path) -> None:
        """Delete `path` once all that is written now is safe."""
        self._work.doomed.append(path)
        self._plan()

    async def close(self) -> None:
        """Do all that is left to do."""
        self._closing = True
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            await self._task
        await self._run()

    def _plan(self) -> None:
        if self._timer is None and self._task is None and not self._closing:
            self._timer = asyncio.get_running_loop().call_later(EVERY, self._begin)

    def _begin(self) -> None:
        self._timer = None
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        work, self._work = self._work, _Work()
        try:
            await asyncio.to_thread(self._do, work)
        except OSError as error:
            self._work.doomed += work.doomed
            self._failed(error)
        finally:
            self._task = None
        if self._work.touched or self._work.doomed:
            self._plan()

    def _do(self, work: _Work) -> None:
        try:
            for file in work.touched:
                self._disk.sync(file)
            self._disk.sync(self._folder)
        finally:
            for file in work.done:
                self._disk.close(file)
        for path in work.doomed:
            self._disk.delete(path)
