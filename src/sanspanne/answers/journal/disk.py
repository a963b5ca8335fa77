"""What the journal asks of the operating system; tests put in its place one that fails."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Protocol

from sanspanne.errors import StoreError


class Disk(Protocol):
    """Files by their descriptors. Everything raises `OSError`."""

    def create(self, path: Path) -> int:
        """A new file that only its owner can read, open for appending."""
        ...

    def write(self, file: int, data: bytes) -> int:
        """How many bytes of `data` were written."""
        ...

    def sync(self, file: int) -> None:
        """What was written survives a power cut from here on."""
        ...

    def close(self, file: int) -> None:
        """Let go of the file."""
        ...

    def rename(self, old: Path, new: Path) -> None:
        """Give a file another name."""
        ...

    def delete(self, path: Path) -> None:
        """Remove a file; one that is not there is no error."""
        ...


class RealDisk:
    """The `Disk` of this machine."""

    # not every system has the call that leaves the file's times alone
    _sync = staticmethod(getattr(os, "fdatasync", os.fsync))

    def create(self, path: Path) -> int:
        """A new file of mode 0600."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)

    def write(self, file: int, data: bytes) -> int:
        """One write(2)."""
        return os.write(file, data)

    def sync(self, file: int) -> None:
        """One fdatasync(2); blocks for milliseconds."""
        self._sync(file)

    def close(self, file: int) -> None:
        """One close(2)."""
        os.close(file)

    def rename(self, old: Path, new: Path) -> None:
        """One rename(2)."""
        os.rename(old, new)

    def delete(self, path: Path) -> None:
        """One unlink(2)."""
        path.unlink(missing_ok=True)


def this_boot(file: Path = Path("/proc/sys/kernel/random/boot_id")) -> str:
    """Names this run of the machine, from its start to its end; empty where the system has no such name."""
    try:
        return file.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):  # not Linux
        return ""


def take_folder(folder: Path) -> int:
    """The folder's descriptor, locked for this process; made with mode 0700. Raises `StoreError`."""
    try:
        for place in (folder.parent, folder):  # mkdir gives the mode to the last one only
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise StoreError(
            f"The journal of answers {folder} cannot be used: {error.strerror}. "
            "Expected a folder that this user can write to. For example: --data ~/.local/share/sanspanne"
        ) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(file)
        raise StoreError(
            f"The journal of answers {folder} is in use by another process. "
            "Expected a data folder of its own for each sanspanne that serves. For example: --data ~/sanspanne-two"
        ) from error
    return file
