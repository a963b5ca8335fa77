"""A journal on stage: a clock that is set by hand, a disk that fails when told to, a loop that does not wait."""

from __future__ import annotations

import asyncio
import errno
import shutil
from collections.abc import Coroutine
from pathlib import Path
from selectors import DefaultSelector, SelectorKey
from typing import Any, TypeVar

from sanspanne.answers.journal import Journal
from sanspanne.answers.journal.disk import RealDisk
from sanspanne.answers.records import Kept, Opened, Over, Said

T = TypeVar("T")
KEY = bytes(range(32))
KEEP = 600.0


class Wall:
    """Seconds since 1970, set by hand."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class FailingDisk(RealDisk):
    """The machine's disk, but what stands in `broken` fails; `short` writes half of what it is given and calls it a day.

    `log` has what was asked of it, in order.
    """

    def __init__(self) -> None:
        self.broken: set[str] = set()
        self.log: list[str] = []

    def _ask(self, what: str) -> None:
        self.log.append(what)
        if what in self.broken:
            raise OSError(errno.ENOSPC, "No space left on device")

    def create(self, path: Path) -> int:
        self._ask("create")
        return super().create(path)

    def write(self, file: int, data: bytes) -> int:
        self._ask("write")
        return super().write(file, data[: len(data) // 2] if "short" in self.broken else data)

    def sync(self, file: int) -> None:
        self._ask("sync")
        super().sync(file)

    def rename(self, old: Path, new: Path) -> None:
        self._ask("rename")
        super().rename(old, new)

    def delete(self, path: Path) -> None:
        self._ask("delete")
        super().delete(path)


class _Selector(DefaultSelector):
    ahead = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        ready = super().select(0 if timeout is not None else None)
        if not ready and timeout:
            self.ahead += timeout
        return ready


class HurriedLoop(asyncio.SelectorEventLoop):
    """A loop on which nobody waits for a timer: where it would sleep, its time moves on."""

    def __init__(self) -> None:
        self._ahead = _Selector()
        super().__init__(self._ahead)

    def time(self) -> float:
        return super().time() + self._ahead.ahead


def hurried(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` on a loop of its own that does not wait."""
    with asyncio.Runner(loop_factory=HurriedLoop) as runner:
        return runner.run(work)


class Scene:
    """A folder, its clock and disk, what was noticed; a `Journal` of any of its lives."""

    def __init__(self, folder: Path, *, keep: float = KEEP, max_bytes: int = 1 << 26) -> None:
        self.folder = folder
        self.keep = keep
        self.max_bytes = max_bytes
        self.boot = "boot-1"
        self.wall = Wall()
        self.disk = FailingDisk()
        self.notices: list[str] = []

    def journal(self, key: bytes = KEY) -> Journal:
        return Journal(
            self.folder,
            key,
            notice=self.notices.append,
            wall=self.wall,
            keep_seconds=self.keep,
            max_bytes=self.max_bytes,
            disk=self.disk,
            boot=self.boot,
        )

    async def left(self, key: bytes = KEY) -> dict[str, Kept]:
        """What the next life finds, by id."""
        journal = self.journal(key)
        kept = journal.open()
        await journal.close()
        return {one.opened.answer_id: one for one in kept}

    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())

    def killed(self) -> Scene:
        """What kill -9 would leave at this moment, in a folder beside this one."""
        name, _, life = self.folder.name.partition("-")
        scene = Scene(self.folder.with_name(f"{name}-{int(life or 0) + 1}"), keep=self.keep, max_bytes=self.max_bytes)
        shutil.rmtree(scene.folder, ignore_errors=True)
        shutil.copytree(self.folder, scene.folder)
        scene.wall.now = self.wall.now
        scene.boot = self.boot
        return scene

    def opened(self, answer: str) -> Opened:
        return opened(answer, self.wall.now)

    def over(self, answer: str, state: str = "whole") -> Over:
        return Over(answer, state, self.wall.now)


def opened(answer: str, at: float, body: bytes = b'{"messages": []}') -> Opened:
    return Opened(
        answer, "openai_chat", body, {"accept": "*/*"}, "local", None, "auto", "req_1", None, b"\x00" * 32, at
    )


def said(answer: str, *numbers: int) -> list[Said]:
    """One record for each number, with words that name the answer and the number."""
    return [Said(answer, number, f"<{answer} says {number}>".encode()) for number in numbers]


def text(kept: Kept) -> bytes:
    return b"".join(piece.data for piece in kept.said)


async def turn() -> None:
    """Let the loop's turn end, and what was appended in it be written."""
    await asyncio.sleep(0)
    await asyncio.sleep(0)
