"""The spool: nothing that was written is lost, whatever tears it, and it never grows without bounds."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_helpers import LIFE, begun, ended, lines, over, tried

from sanspanne.ledger import records as records_module
from sanspanne.ledger import spool as spool_module
from sanspanne.ledger.records import AttemptSaid, Lines
from sanspanne.ledger.shrinking import shrink
from sanspanne.ledger.spool import MOST_HELD, Spool, is_alive, lives, segments, take

STORY = [begun(), tried(), over(said=12), ended()]


def test_what_is_appended_is_there_at_once(tmp_path: Path) -> None:
    """After `append` the lines are in the file: no buffer of ours holds them back."""
    spool = Spool(tmp_path, LIFE)
    spool.append(lines(STORY))
    (segment,) = segments(tmp_path / LIFE)
    assert segment.read_bytes() == lines(STORY)
    assert segment.stat().st_mode & 0o777 == 0o600
    assert spool.closed() == []


def test_closed_segments_can_be_taken_away(tmp_path: Path) -> None:
    """A turn closes the segment in which we write; the next line goes into another one."""
    spool = Spool(tmp_path, LIFE)
    for fact in STORY:
        spool.append(lines([fact]))
        spool.turn(small_too=True)
    assert b"".join(path.read_bytes() for path in spool.closed()) == b"".join(lines([fact]) for fact in STORY)
    assert len(spool.closed()) == len(STORY)


def test_segments_have_a_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A segment that has grown large is closed at once: who enters it later never has more than that in memory."""
    monkeypatch.setattr(spool_module, "LARGEST", 2 * len(lines(STORY)))
    spool = Spool(tmp_path, LIFE)
    for _ in range(5):
        spool.append(lines(STORY))
    assert [path.read_bytes() for path in spool.closed()] == [lines(STORY) * 2] * 2
    assert segments(tmp_path / LIFE)[2].read_bytes() == lines(STORY)


def test_empty_folder_goes_with_the_life(tmp_path: Path) -> None:
    """A life that leaves nothing behind leaves no folder behind."""
    spool = Spool(tmp_path, LIFE)
    spool.append(lines(STORY))
    spool.turn(small_too=True)
    spool.closed()[0].unlink()
    assert is_alive(tmp_path, LIFE)
    spool.close()
    assert lives(tmp_path) == []


def test_lock_tells_the_living_from_the_dead(tmp_path: Path) -> None:
    """A life that lasts cannot be taken; once it is over it can, by one alone."""
    spool = Spool(tmp_path, LIFE)
    spool.append(lines(STORY))
    assert take(tmp_path, LIFE) is None
    spool.close()
    lock = take(tmp_path, LIFE)
    assert lock is not None
    assert take(tmp_path, LIFE) is None
    os.close(lock)
    assert not is_alive(tmp_path, LIFE)
    assert take(tmp_path, "9") is None


def test_torn_at_every_byte(tmp_path: Path) -> None:
    """Wherever a write is torn, all whole lines before it are read, and nothing else."""
    whole = lines(STORY)
    for cut in range(len(whole) + 1):
        read = list(Lines().read(whole[:cut]))
        kept = whole[:cut].count(b"\n")
        assert len(read) in (kept, kept + 1)  # a line that lacks nothing but its end is whole
        assert Lines().write(read)[:cut].rstrip(b"\n") == whole[: len(Lines().write(read))][:cut].rstrip(b"\n")


@given(st.integers(1, 40), st.integers(0, 4000))
def test_pieces_are_the_whole(count: int, size: int) -> None:
    """Read in pieces of any size, all records are there, in their order."""
    whole = lines(STORY * count)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records_module, "PIECE", size)
        pieces = list(Lines().pieces(whole))
    assert [record for piece in pieces for record in piece] == Lines().read(whole)
    assert len(pieces) == 1 or size < len(whole)


@given(st.binary(max_size=200))
def test_any_bytes_can_be_read(data: bytes) -> None:
    """Bytes that nobody of ours wrote are passed over."""
    assert all(Lines().write([record]) for record in Lines().read(data))


def test_full_disk_holds_lines_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines that cannot be written are held and written later, in order; those that are too many are counted."""
    spool = Spool(tmp_path, LIFE)
    full = OSError(errno.ENOSPC, "No space left on device")
    with monkeypatch.context() as patch:
        patch.setattr(spool_module.os, "write", _raising(full))
        spool.append(lines(STORY[:1]))
        assert spool.trouble is full
        spool.append(b"x" * MOST_HELD + b"\n")
        spool.append(lines(STORY[1:]))
    spool.append(b"")
    assert spool.trouble is None
    assert segments(tmp_path / LIFE)[0].read_bytes() == lines(STORY[:1]) + lines(STORY[1:])
    assert (spool.take_lost(), spool.take_lost()) == (1, 0)


def test_half_a_write_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that took only a part goes on behind it, and a segment that ends in mid-line is not closed."""
    spool, write, room = Spool(tmp_path, LIFE), os.write, [10]

    def little(fd: int, data: bytes) -> int:
        if not room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(fd, bytes(data)[: room.pop()])

    with monkeypatch.context() as patch:
        patch.setattr(spool_module.os, "write", little)
        spool.append(lines(STORY))
        spool.turn(small_too=True)
        assert spool.closed() == []
    spool.turn(small_too=True)
    assert spool.closed()[0].read_bytes() == lines(STORY)


def test_folder_that_cannot_be_made_is_trouble_and_no_more(tmp_path: Path) -> None:
    """Where no folder can be made the lines are held; when it can be made, they are written."""
    (tmp_path / "ledger").write_text("a file in the way")
    spool = Spool(tmp_path / "ledger", LIFE)
    spool.append(lines(STORY))
    assert isinstance(spool.trouble, OSError)
    (tmp_path / "ledger").unlink()
    spool.append(b"")
    assert segments(tmp_path / "ledger" / LIFE)[0].read_bytes() == lines(STORY)


def test_progress_goes_first(tmp_path: Path) -> None:
    """A spool above its limit loses the progress of its oldest segments before anything else."""
    paths = _segments(tmp_path, 4)
    size = sum(path.stat().st_size for path in paths)
    assert shrink(paths, size) == 0
    assert segments(tmp_path) == paths
    assert shrink(paths, size - 1) == 0
    left = segments(tmp_path)
    assert [path.suffix for path in left] == [".thin", ".jsonl", ".jsonl", ".jsonl"]
    assert left[0].read_bytes() == lines(STORY)


def test_then_the_oldest_go_and_are_counted(tmp_path: Path) -> None:
    """When all progress is gone, whole segments go, oldest first, and the number of lost records is told."""
    paths = _segments(tmp_path, 4)
    assert shrink(paths, 2 * len(lines(STORY))) == 2 * len(STORY)
    assert [path.read_bytes() for path in segments(tmp_path)] == [lines(STORY)] * 2
    assert shrink(segments(tmp_path), 0) == 2 * len(STORY)
    assert list(tmp_path.iterdir()) == []


def _segments(folder: Path, count: int) -> list[Path]:
    progress = Lines().write(AttemptSaid(1.0, 1, said, 0) for said in range(50))
    for number in range(1, count + 1):
        (folder / f"{number:08d}.jsonl").write_bytes(lines(STORY) + progress)
    return segments(folder)


def _raising(error: OSError):  # type: ignore[no-untyped-def]
    def write(fd: int, data: bytes) -> int:
        raise error

    return write
