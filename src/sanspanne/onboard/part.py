"""A file in the making: `<file>.part` grows beside the place where the finished file will stand, hashed as it is written."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import BinaryIO

from sanspanne.errors import SanspanneError
from sanspanne.onboard.catalogue import Entry

BLOCK = 1 << 20


class SourceFailed(SanspanneError):
    """A source could not deliver the file; the message is a sentence that names the source."""


class Part:
    """The unfinished file of `entry` in `folder`. Its methods block: call them in a thread."""

    def __init__(self, entry: Entry, folder: Path) -> None:
        self.entry = entry
        self.target = folder / entry.file
        self.path = folder / f"{entry.file}.part"
        self.etag_path = folder / f"{entry.file}.part.etag"
        self.size = 0
        self._hash = hashlib.sha256()
        self._file: BinaryIO | None = None

    def resume(self) -> None:
        """Go on after what an earlier run has written; reads it again, because the hash must cover it."""
        self._hash = hashlib.sha256()
        self._file = self.path.open("a+b")
        self._file.seek(0)
        while block := self._file.read(BLOCK):
            self._hash.update(block)
        self.size = self._file.tell()
        if self.size > self.entry.bytes:
            self.restart()

    def restart(self) -> None:
        """Throw away what was written, and begin again."""
        self.close()
        self._file = self.path.open("wb")
        self._hash, self.size = hashlib.sha256(), 0
        self.etag = ""

    def write(self, data: bytes) -> None:
        """Append `data`. Raises `SourceFailed` when that is more than the file has."""
        assert self._file
        if self.size + len(data) > self.entry.bytes:
            self.delete()
            raise SourceFailed(f"it sent more than the {self.entry.bytes} bytes of {self.entry.file}")
        self._file.write(data)
        self._hash.update(data)
        self.size += len(data)

    @property
    def etag(self) -> str:
        """The hub's mark of the version that was begun, or ""."""
        return self.etag_path.read_text("utf-8") if self.etag_path.exists() else ""

    @etag.setter
    def etag(self, value: str) -> None:
        if value:
            self.etag_path.write_text(value, "utf-8")
        else:
            self.etag_path.unlink(missing_ok=True)

    def finish(self) -> Path:
        """Put the file in its place if it is the right one; else delete it and raise `SourceFailed`."""
        assert self._file
        found = self._hash.hexdigest()
        if self.size != self.entry.bytes or found != self.entry.sha256:
            size = self.size
            self.delete()
            raise SourceFailed(
                f"it delivered another file ({size} bytes, sha256 {found}) where {self.entry.bytes} bytes with sha256 "
                f"{self.entry.sha256} were expected; it was deleted"
            )
        self._file.flush()
        os.fsync(self._file.fileno())
        self.close()
        os.replace(self.path, self.target)
        self.etag = ""
        return self.target

    def delete(self) -> None:
        """Leave nothing behind."""
        self.close()
        self.size = 0
        self.path.unlink(missing_ok=True)
        self.etag = ""

    def leave(self) -> None:
        """Close the file; what is written stays for the next run, if it is anything."""
        self.close()
        if not self.size:
            self.delete()

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()
            self._file = None
