"""A spool that cannot be entered must not fill the disk.

below the limit    nothing is touched
above it           the progress of attempts goes, from the oldest segments on: their ends will tell more
still above it     the oldest segments go as they are, and the operator is told how many records that were
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sanspanne.ledger.records import AttemptSaid, Lines

LIMIT = 64 * 1024 * 1024  # bytes
THIN = ".thin"


def shrink(segments: Sequence[Path], limit: int = LIMIT) -> int:
    """Bring closed segments (oldest first) to at most `limit` bytes. Gives back how many records were lost."""
    sizes = {path: path.stat().st_size for path in segments}
    for path in segments:
        if sum(sizes.values()) > limit and path.suffix != THIN:
            size = sizes.pop(path)
            thinner = _without_progress(path)
            sizes[thinner] = min(size, thinner.stat().st_size)
    lost = 0
    for path in sorted(sizes):
        if sum(sizes.values()) > limit:
            lost += path.read_bytes().count(b"\n")
            path.unlink()
            del sizes[path]
    return lost


def _without_progress(path: Path) -> Path:
    lines = Lines()
    kept = lines.write(record for record in lines.read(path.read_bytes()) if not isinstance(record, AttemptSaid))
    thinner = path.with_name(path.name + THIN)
    beside = path.with_name(f"thinner-{path.name}")  # a name that is no segment's
    beside.write_bytes(kept)
    beside.chmod(0o600)
    beside.rename(thinner)
    path.unlink()
    return thinner
