"""The spool: what one life of the process has seen, on disk before anything else is done with it.

    folder/LIFE/00000001.jsonl     written with one `write` per turn of the loop; a death of the process loses none of it
    folder/LIFE/00000002.jsonl     a segment is closed when what it holds shall be entered, and removed when it was
    folder/LIFE                    locked (flock) as long as the life lasts: who finds it unlocked has found a dead one

What cannot be written is held in memory, up to `MOST_HELD` bytes, and written as soon as it can be.
"""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path

LARGEST = 1024 * 1024  # bytes of a segment
MOST_HELD = 4 * 1024 * 1024
SUFFIX = ".jsonl"
UNDER_WAY = ".new"


class Spool:
    """The spool of this life, below `folder`. Any thread may call it."""

    def __init__(self, folder: Path, life: str) -> None:
        self.life = life
        self._root = folder
        self._folder = folder / life
        self._lock = threading.Lock()
        self._folder_fd: int | None = None
        self._fd: int | None = None
        self._number = 0
        self._size = 0
        self._held = bytearray()
        self.trouble: OSError | None = None
        self._lost = 0

    def append(self, data: bytes) -> None:
        """Write whole lines. Never raises: `trouble` says why they are held; those that are too many are lost."""
        with self._lock:
            if self._held and len(self._held) + len(data) > MOST_HELD:
                self._lost += data.count(b"\n")
            else:
                self._held += data
            self._write()
            self._end_segment(LARGEST)

    def take_lost(self) -> int:
        """How many lines were lost since this was asked last."""
        with self._lock:
            lost, self._lost = self._lost, 0
            return lost

    def turn(self, *, small_too: bool) -> None:
        """Close the segment in which we write, if it is a large one (or `small_too`) and ends with a whole line."""
        with self._lock:
            self._write()
            self._end_segment(1 if small_too else LARGEST)

    def closed(self) -> list[Path]:
        """The segments that are closed, oldest first."""
        with self._lock:
            current = None if self._fd is None else _name(self._number)
        return [path for path in segments(self._folder) if path.name != current]

    def close(self) -> None:
        """The life is over. A folder in which nothing is left goes."""
        self.turn(small_too=True)
        with self._lock:
            if self._folder_fd is not None:
                os.close(self._folder_fd)
                self._folder_fd = None
                if not segments(self._folder):
                    self._folder.rmdir()

    def _write(self) -> None:
        try:
            while self._held:
                if self._fd is None:
                    self._fd = self._next_segment()
                written = os.write(self._fd, self._held)
                self._size += written
                del self._held[:written]
            self.trouble = None
        except OSError as error:
            self.trouble = error

    def _end_segment(self, size: int) -> None:
        """Close it if it has at least that many bytes and ends with a whole line."""
        if self._fd is not None and self._size >= size and not self._held:
            os.close(self._fd)
            self._fd = None

    def _next_segment(self) -> int:
        if self._folder_fd is None:
            self._folder_fd = _new_life(self._root, self.life)
        path = self._folder / _name(self._number + 1)
        fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, 0o600)
        self._number, self._size = self._number + 1, 0
        return fd


def segments(folder: Path) -> list[Path]:
    """The segments in the folder of one life, oldest first."""
    return sorted(path for path in folder.glob(f"*{SUFFIX}*") if path.name.partition(".")[0].isdigit())


def lives(folder: Path) -> list[str]:
    """The lives that have left something, oldest first."""
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if path.is_dir() and not path.name.endswith(UNDER_WAY))


def take(folder: Path, life: str) -> int | None:
    """The lock of a life that is over, as an open file to be closed by the caller; None while it lasts, or when it has gone."""
    try:
        fd = os.open(folder / life, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(fd)
        return None
    return fd


def is_alive(folder: Path, life: str) -> bool:
    """Whether that life still lasts."""
    fd = take(folder, life)
    if fd is not None:
        os.close(fd)
        return False
    return (folder / life).exists()


def _new_life(folder: Path, life: str) -> int:
    # It gets its name when it is locked: nobody may take it for dead in between.
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    beginning = folder / (life + UNDER_WAY)
    beginning.mkdir(mode=0o700, exist_ok=True)
    fd = os.open(beginning, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        beginning.rename(folder / life)
    except OSError:
        os.close(fd)
        raise
    return fd


def _name(number: int) -> str:
    return f"{number:08d}{SUFFIX}"
