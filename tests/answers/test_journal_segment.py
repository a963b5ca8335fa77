"""A segment's format: what was written is read, wherever the file ends; what was changed is never read."""

from __future__ import annotations

from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from journal_scene import KEY, opened, said

from sanspanne.answers.journal.disk import RealDisk
from sanspanne.answers.journal.segment import SegmentFile, Start, read_segment
from sanspanne.answers.records import Erased, Over, Record, encode

BLOCKS: list[list[Record]] = [
    [opened("one", 5.0), *said("one", 1)],
    [*said("one", 2, 3), opened("two", 6.0)],
    [Over("one", "whole", 7.0), Erased("two")],
]


def written(path: Path, blocks: list[list[Record]], key: bytes = KEY, number: int = 1) -> bytes:
    disk = RealDisk()
    path.unlink(missing_ok=True)
    file = SegmentFile(disk, path, key, number, Start(5.0, None))
    for records in blocks:
        file.write(encode(records))
    disk.close(file.file)
    assert path.stat().st_size == file.size or not blocks
    return path.read_bytes()


def flat(blocks: list[list[Record]]) -> list[Record]:
    return [record for records in blocks for record in records]


def test_reads_what_was_written(tmp_path: Path) -> None:
    """All records come back, in their order, and the beginning of the segment."""
    reading = read_segment(written(tmp_path / "s", BLOCKS), KEY, 1)
    assert reading.records == flat(BLOCKS)
    assert reading.start == Start(5.0, None)
    assert (reading.blocks, reading.damaged) == (4, False)


def test_a_segment_of_an_earlier_version_names_no_boot() -> None:
    """A beginning that was written before boots were named is read, as one of an unknown boot."""
    assert msgspec.msgpack.decode(msgspec.msgpack.encode([5.0, 3]), type=Start) == Start(5.0, 3, "")


def test_cut_at_every_byte_is_no_damage(tmp_path: Path) -> None:
    """Wherever a kill or a power cut ends the file, with or without zeros behind, whole blocks are read and nothing is reported."""
    data = written(tmp_path / "s", BLOCKS)
    starts = [flat(BLOCKS[:count]) for count in range(len(BLOCKS) + 1)]
    sizes = [len(written(tmp_path / "s", BLOCKS[:count])) for count in range(1, len(BLOCKS) + 1)]
    for cut in range(len(data) + 1):
        whole = sum(size <= cut for size in sizes)
        for tail in (b"", bytes(5), bytes(5000)):
            reading = read_segment(data[:cut] + tail, KEY, 1)
            # zeros may happen to stand for what was cut off
            assert reading.records in (starts[whole], starts[min(whole + 1, len(BLOCKS))])
            if not tail:
                assert (reading.records, reading.damaged) == (starts[whole], False)


def test_every_changed_byte_is_noticed(tmp_path: Path) -> None:
    """A bit that has turned anywhere is damage, and what stands before it is read."""
    data = written(tmp_path / "s", BLOCKS)
    starts = [flat(BLOCKS[:count]) for count in range(len(BLOCKS))]
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 0x10
        reading = read_segment(bytes(changed), KEY, 1)
        assert reading.damaged, place
        assert reading.records in starts


def test_block_belongs_to_its_place(tmp_path: Path) -> None:
    """A block that was moved, taken out or brought from another segment is damage."""
    data = written(tmp_path / "s", BLOCKS)
    sizes = [len(data) - len(written(tmp_path / "t", BLOCKS[:count])) for count in (1, 2)]
    second, third = data[-sizes[0] : -sizes[1]], data[-sizes[1] :]
    for changed in (data[: -sizes[0]] + third, data[: -sizes[0]] + third + second, data + third):
        assert read_segment(changed, KEY, 1).damaged


def test_other_key_or_number_opens_nothing(tmp_path: Path) -> None:
    """A segment can be opened with its own key and under its own number only."""
    data = written(tmp_path / "s", BLOCKS)
    for key, number in ((bytes(32), 1), (KEY, 2)):
        reading = read_segment(data, key, number)
        assert (reading.start, reading.records, reading.damaged) == (None, [], True)


def test_unknown_record_is_damage(tmp_path: Path) -> None:
    """What another version wrote is read up to the first thing that this one does not know."""
    disk = RealDisk()
    file = SegmentFile(disk, tmp_path / "s", KEY, 1, Start(5.0, None))
    file.write(encode(BLOCKS[0]))
    file.write(b"\x91\x92\xa4what\x01")
    disk.close(file.file)
    reading = read_segment((tmp_path / "s").read_bytes(), KEY, 1)
    assert (reading.records, reading.blocks, reading.damaged) == (BLOCKS[0], 2, True)


@given(data=st.binary(max_size=300))
def test_any_bytes_are_read_without_an_error(data: bytes) -> None:
    """Whatever stands in a file, reading it gives nothing false and raises nothing."""
    for prefix in (b"", b"sanspanne journal 1\n"):
        assert read_segment(prefix + data, KEY, 1).records == []
