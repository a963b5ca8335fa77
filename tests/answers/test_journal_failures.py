"""When the disk fails, answers go on, one notice says so, and what has a hole is never presented as whole."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from journal_scene import KEY, Scene, hurried, said, text, turn

from sanspanne.answers.journal import Journal
from sanspanne.answers.journal.disk import RealDisk
from sanspanne.answers.journal.segment import SegmentFile, Start
from sanspanne.answers.records import Erased, Kept, Record, encode


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path / "j")


async def write(journal: Journal, *records: Record) -> None:
    for record in records:
        journal.append(record)
    await turn()


def state(kept: Kept) -> str:
    return kept.over.state if kept.over else ""


@pytest.mark.parametrize("what", ["write", "short"])
def test_answers_go_on_when_nothing_can_be_written(scene: Scene, what: str) -> None:
    """A full disk holds no caller up and is told of once; who was under way is broken after our death, even if it never mends."""

    async def play() -> None:
        journal = scene.journal()
        journal.open()
        shown: list[int] = []
        await write(journal, scene.opened("done"), *said("done", 1), scene.over("done"))
        await write(journal, scene.opened("one"), *said("one", 1))
        scene.disk.broken = {what}
        for number in range(2, 12):
            journal.append(said("one", number)[0])
            journal.when_written(lambda number=number: shown.append(number))  # type: ignore[misc]
            await turn()
            scene.wall.now += 1
        assert shown == list(range(2, 12))
        left = await scene.killed().left()
        assert (state(left["one"]), text(left["one"])) == ("broken", b"<one says 1>")
        assert (state(left["done"]), text(left["done"])) == ("whole", b"<done says 1>")
        await journal.close()

    hurried(play())
    (notice,) = scene.notices
    assert "cannot be written" in notice
    assert "says" not in notice


@pytest.mark.parametrize("what", [{"write"}, {"short"}, {"create"}, {"write", "rename"}, {"sync"}])
def test_writing_begins_again_and_the_hole_stays_known(scene: Scene, what: set[str]) -> None:
    """After an outage new answers are kept whole; those that were under way in it are broken, though their end was written."""

    async def play() -> None:
        journal = scene.journal()
        journal.open()
        await write(journal, scene.opened("one"), *said("one", 1))
        scene.wall.now += 61  # so that a new segment is needed
        scene.disk.broken = what
        await write(journal, *said("one", 2))
        while not scene.notices:
            await asyncio.sleep(1)
        scene.disk.broken = set()
        await write(journal, *said("one", 3), scene.opened("early"))  # it still rests
        scene.wall.now += 4
        await write(journal, *said("one", 4), *said("early", 1), scene.opened("two"))
        await write(journal, scene.over("one"), *said("two", 1), scene.over("two"), scene.over("early"))
        await journal.close()
        for _ in range(2):
            left = await scene.left()
            assert list(left) == ["one", "two"]
            assert state(left["one"]) == "broken"
            assert text(left["one"]) in (b"<one says 1>", b"<one says 1><one says 2>")
            assert (state(left["two"]), text(left["two"])) == ("whole", b"<two says 1>")

    hurried(play())
    assert len(scene.notices) == 1


def test_hole_of_an_answer_that_an_earlier_life_began(scene: Scene) -> None:
    """An answer that is gone on with after a death, on a disk that fails, is broken after the next one."""

    async def play() -> None:
        journal = scene.journal()
        journal.open()
        await write(journal, scene.opened("one"), *said("one", 1))
        await journal.close()
        scene.disk.broken = {"create"}
        journal = scene.journal()
        assert [kept.over for kept in journal.open()] == [None]
        await write(journal, *said("one", 2))
        await journal.close()
        scene.disk.broken = set()
        left = await scene.left()
        assert (state(left["one"]), text(left["one"])) == ("broken", b"<one says 1>")

    hurried(play())


def test_file_with_a_hole_outlasts_what_it_breaks(scene: Scene) -> None:
    """The mark of a hole is kept for as long as an older file has a beginning that it breaks."""

    async def play() -> None:
        journal = scene.journal()
        journal.open()
        await write(journal, scene.opened("long"), scene.opened("one"), *said("one", 1))
        scene.wall.now += 61
        scene.disk.broken = {"write"}
        await write(journal, *said("one", 2), scene.over("one"))
        scene.disk.broken = set()
        scene.wall.now += scene.keep + 1
        await write(journal, *said("long", 1))
        await asyncio.sleep(60)  # long enough for a sweep
        await journal.close()
        left = await scene.left()
        assert [kept for kept in left.values() if kept.over is None] == []

    hurried(play())


def test_what_was_to_be_erased_in_an_outage_is_erased_after_it(scene: Scene) -> None:
    """Who asks to be forgotten while the disk fails is forgotten as soon as it can be written again."""

    async def play() -> None:
        journal = scene.journal()
        journal.open()
        await write(journal, scene.opened("one"), *said("one", 1), scene.over("one"))
        scene.disk.broken = {"write"}
        await write(journal, Erased("one"))
        scene.disk.broken = set()
        scene.wall.now += 4
        await write(journal, scene.opened("two"))
        await journal.close()
        assert list(await scene.left()) == ["two"]

    hurried(play())


async def two_segments(scene: Scene) -> list[Path]:
    """`one` stands in both files, `early` has ended in the first, `late` stands in the second."""
    journal = scene.journal()
    journal.open()
    await write(journal, scene.opened("early"), *said("early", 1), scene.over("early"))
    await write(journal, scene.opened("one"), *said("one", 1))
    await write(journal, *said("one", 2))
    scene.wall.now += 61
    await write(journal, *said("one", 3), scene.opened("late"))
    await write(journal, *said("late", 1), scene.over("one"), scene.over("late"))
    await journal.close()
    return sorted(scene.folder.iterdir())


def damage(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def test_damaged_block_breaks_who_was_under_way(scene: Scene) -> None:
    """What stands before a damaged block is used, and reported once; nothing is put together across it."""

    async def play() -> None:
        first, _ = await two_segments(scene)
        damage(first, -1)
        for lives in (1, 2):
            left = await scene.left()
            assert {answer: (state(kept), text(kept)) for answer, kept in left.items()} == {
                "early": ("whole", b"<early says 1>"),
                "one": ("broken", b"<one says 1>"),
                "late": ("whole", b"<late says 1>"),
            }
            assert len(scene.notices) == lives
        assert str(first) in scene.notices[0]

    hurried(play())


def test_lost_end_of_a_segment_breaks_who_was_under_way(scene: Scene) -> None:
    """After a power cut a later file may be whole and an earlier one not: nothing is put together across the gap."""

    async def play() -> None:
        first, _ = await two_segments(scene)
        first.write_bytes(first.read_bytes()[:-10])
        left = await scene.left()
        assert (state(left["one"]), text(left["one"])) == ("broken", b"<one says 1>")
        assert state(left["late"]) == "whole"

    hurried(play())
    assert scene.notices == []


def test_segment_that_cannot_be_opened_is_set_aside(scene: Scene) -> None:
    """With another key nothing is found and nothing is lost: the files are renamed, told of once, and deleted in their time."""

    async def play() -> None:
        scene.wall.now = time.time() - 61  # the time of a file's name cannot be set by hand
        await two_segments(scene)
        assert await scene.left(bytes(32)) == {}
        assert scene.files() == ["0000000001.unreadable", "0000000002.unreadable"]
        assert len(scene.notices) == 1
        assert "data key" in scene.notices[0]
        journal = scene.journal(bytes(32))
        assert journal.open() == []
        await write(journal, scene.opened("new"))
        await journal.close()
        assert scene.files()[-1] == "0000000003.journal"
        assert len(scene.notices) == 1
        scene.wall.now += scene.keep + 60
        assert list(await scene.left(bytes(32))) == ["new"]
        assert scene.files() == ["0000000003.journal"]

    hurried(play())


def test_unreadable_segment_in_the_middle_is_a_hole(scene: Scene) -> None:
    """Who was under way when a segment is missing is broken, and stays so."""

    async def play() -> None:
        journal = scene.journal()
        journal.open()
        await write(journal, scene.opened("one"), *said("one", 1))
        for number in (2, 3):
            scene.wall.now += 61
            await write(journal, *said("one", number))
        await write(journal, scene.over("one"))
        await journal.close()
        damage(scene.folder / "0000000002.journal", 60)
        for _ in range(2):
            left = await scene.left()
            assert (state(left["one"]), text(left["one"])) == ("broken", b"<one says 1>")

    hurried(play())


def test_other_files_are_left_alone(scene: Scene) -> None:
    """What is not ours in the folder is neither read nor deleted."""
    scene.folder.mkdir()
    (scene.folder / "notes.txt").write_text("mine")
    assert hurried(scene.left()) == {}
    assert scene.files() == ["notes.txt"]


def test_empty_segment_of_a_death_is_swept(scene: Scene) -> None:
    """A file that was made and never written, because we died, is deleted without a word."""
    scene.folder.mkdir()
    disk = RealDisk()
    disk.close(SegmentFile(disk, scene.folder / "0000000001.journal", KEY, 1, Start(0.0, None)).file)
    assert hurried(scene.left()) == {}
    assert (scene.files(), scene.notices) == ([], [])


def test_cut_at_every_byte_gives_a_beginning_of_each_answer(scene: Scene) -> None:
    """Wherever the last file ends, each answer is a beginning of what it said, and whole only with its end."""
    scene.folder.mkdir()
    path = scene.folder / "0000000001.journal"
    disk = RealDisk()
    file = SegmentFile(disk, path, KEY, 1, Start(scene.wall.now, None))
    records: list[Record] = [scene.opened("one"), scene.opened("two")]
    for number in (1, 2, 3):
        records += [*said("one", number), *said("two", number)]
    records.append(scene.over("one"))
    for record in records:
        file.write(encode([record]))
    disk.close(file.file)
    data = path.read_bytes()

    async def play() -> None:
        for cut in range(len(data) + 1):
            path.write_bytes(data[:cut])
            for answer, kept in (await scene.left()).items():
                assert kept.said == said(answer, *range(1, len(kept.said) + 1))
                assert kept.over is None or (answer, len(kept.said), cut) == ("one", 3, len(data))

    hurried(play())
    assert scene.notices == []
