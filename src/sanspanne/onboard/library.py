"""The models in a folder, and whether each is what it claims to be.

A file's hash is computed once and noted beside it, in `<file>.verified`, with size, time and inode: it is computed again only
when one of these has changed.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from pathlib import Path

import msgspec
from msgspec import Struct

from sanspanne.onboard.catalogue import CATALOGUE, Entry
from sanspanne.onboard.part import BLOCK


class FileState(StrEnum):
    """What is there of a model."""

    PRESENT = "present"
    PARTIAL = "partial"
    ABSENT = "absent"
    CORRUPT = "corrupt"


class Listed(Struct, frozen=True):
    """One line of `list_models`: `bytes_there` are those of the finished or the unfinished file."""

    entry: Entry
    state: FileState
    bytes_there: int


class Seal(Struct, frozen=True):
    """That the file with this size, time and inode had this hash."""

    size: int
    mtime_ns: int
    inode: int
    sha256: str


def list_models(folder: Path) -> list[Listed]:
    """Every model of the catalogue with its state in `folder`. Blocks while it hashes what it has not seen."""
    return [_listed(entry, folder) for entry in CATALOGUE]


def _listed(entry: Entry, folder: Path) -> Listed:
    paths = (folder / entry.file, folder / f"{entry.file}.part")
    there = next((path.stat().st_size for path in paths if path.exists()), 0)
    return Listed(entry, verify(entry, folder), there)


def verify(entry: Entry, folder: Path, *, again: bool = False) -> FileState:
    """What is there of `entry`. Blocks while it hashes; `again` hashes even what has not changed."""
    path = folder / entry.file
    if not path.exists():
        return FileState.PARTIAL if _begun(path) else FileState.ABSENT
    if path.stat().st_size != entry.bytes:
        return FileState.CORRUPT
    if not again and _seal_of(path) == _stamp(path, entry.sha256):
        return FileState.PRESENT
    return FileState.PRESENT if seal(path) == entry.sha256 else FileState.CORRUPT


def seal(path: Path) -> str:
    """Hash the file, note the result beside it, and give it back."""
    stamp = _stamp(path, _sha256(path))
    _seal_path(path).write_bytes(msgspec.json.encode(stamp))
    return stamp.sha256


def _begun(path: Path) -> bool:
    return any(path.with_name(path.name + suffix).exists() for suffix in (".part", ".wheels"))


def _seal_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.verified")


def _seal_of(path: Path) -> Seal | None:
    try:
        return msgspec.json.decode(_seal_path(path).read_bytes(), type=Seal)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def _stamp(path: Path, sha256: str) -> Seal:
    seen = path.stat()
    return Seal(seen.st_size, seen.st_mtime_ns, seen.st_ino, sha256)


def _sha256(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            found.update(block)
    return found.hexdigest()
