"""A process that journals and shows until it is killed: `python journal_victim.py FOLDER`; prints what it shows."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from functools import partial
from itertools import count
from pathlib import Path

from journal_scene import KEY, opened, said

from sanspanne.answers.journal import Journal
from sanspanne.answers.records import Over


def show(line: str) -> None:
    os.write(1, f"{line}\n".encode())


async def live(folder: Path) -> None:
    journal = Journal(folder, KEY, notice=print, wall=time.time, keep_seconds=600, max_bytes=1 << 26)
    journal.open()
    for number in count():
        answer = f"answer{number}"
        journal.append(opened(answer, time.time()))
        for piece in said(answer, *range(1, 8)):
            journal.append(piece)
            journal.when_written(partial(show, f"{answer} {piece.last}"))
            await asyncio.sleep(0)
        journal.append(Over(answer, "whole", time.time()))
        journal.when_written(partial(show, f"{answer} over"))


if __name__ == "__main__":
    asyncio.run(live(Path(sys.argv[1])))
