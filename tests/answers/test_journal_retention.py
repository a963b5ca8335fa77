"""What is kept is bounded, in time and in bytes, and what is let go does not come back."""

from __future__ import annotations

import asyncio
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from journal_scene import KEEP, Scene, hurried, opened, said, turn

from sanspanne.answers.journal import Journal
from sanspanne.answers.journal.stock import Segment, Stock
from sanspanne.answers.records import Erased, Over, Record


async def write(journal: Journal, *records: Record) -> None:
    for record in records:
        journal.append(record)
    await turn()


def test_finished_answer_is_gone_after_its_time(tmp_path: Path) -> None:
    """Ten minutes after its end an answer cannot be found, and its file is deleted, by a process that has nothing else to do."""
    scene = Scene(tmp_path / "j")

    async def play() -> None:
        journal = scene.journal()
        journal.open()
        await write(journal, scene.opened("one"), *said("one", 1), scene.over("one"))
        scene.wall.now += KEEP - 1
        assert list(await scene.killed().left()) == ["one"]
        scene.wall.now += 1
        assert await scene.killed().left() == {}
        while scene.files():
            await asyncio.sleep(1)
        await journal.close()

    hurried(play())


def test_unfinished_answer_keeps_all_its_segments(tmp_path: Path) -> None:
    """An answer that is under way keeps what it said long ago, however old the file is."""
    scene = Scene(tmp_path / "j")

    async def play() -> None:
        journal = scene.journal()
        journal.open()
        await write(journal, scene.opened("long"))
        for number in range(1, 5):
            await write(journal, *said("long", number))
            scene.wall.now += KEEP
        await journal.close()
        assert len(scene.files()) == 4
        for _ in range(2):
            kept = (await scene.left())["long"]
            assert kept.said == said("long", 1, 2, 3, 4)
            assert kept.over is None

    hurried(play())


def test_end_in_a_segment_that_is_gone_is_not_forgotten(tmp_path: Path) -> None:
    """An answer whose end stands in a deleted file, while another keeps its beginning, is not taken for an unfinished one."""
    scene = Scene(tmp_path / "j")

    async def play() -> None:
        journal = scene.journal()
        journal.open()
        await write(journal, scene.opened("long"), scene.opened("short"), *said("short", 1))
        scene.wall.now += 61
        await write(journal, *said("short", 2), scene.over("short"))
        scene.wall.now += KEEP
        await write(journal, *said("long", 1))
        while "0000000002.journal" in scene.files():
            await asyncio.sleep(1)
        for _ in range(3):  # what erases it is kept for as long as it is needed
            scene.wall.now += KEEP
            await asyncio.sleep(60)
            assert list(await scene.killed().left()) == ["long"]
        await journal.close()
        for _ in range(3):
            assert list(await scene.left()) == ["long"]
            scene.wall.now += KEEP

    hurried(play())


def test_erased_answer_is_gone_at_once(tmp_path: Path) -> None:
    """What somebody wants forgotten is not found again, and its file goes with the next sweep if nobody else needs it."""
    scene = Scene(tmp_path / "j")

    async def play() -> None:
        journal = scene.journal()
        journal.open()
        await write(journal, scene.opened("one"), *said("one", 1), Erased("one"))
        assert await scene.killed().left() == {}
        while scene.files():
            await asyncio.sleep(1)
        await journal.close()

    hurried(play())


def test_file_that_is_to_go_goes_after_an_outage_too(tmp_path: Path) -> None:
    """What could not be deleted because the disk failed is deleted when it works again."""
    scene = Scene(tmp_path / "j")

    async def play() -> None:
        journal = scene.journal()
        journal.open()
        await write(journal, scene.opened("one"), Erased("one"))
        scene.disk.broken = {"sync"}
        while scene.disk.log.count("sync") < 3:  # of the file, of the file once more to close it, for the sweep
            await asyncio.sleep(1)
        assert scene.files()
        scene.disk.broken = set()
        while scene.files():
            await asyncio.sleep(1)
        await journal.close()

    hurried(play())


def test_bound_is_kept_by_letting_the_oldest_finished_go(tmp_path: Path) -> None:
    """However much is said, the files are never larger than the bound; the youngest answers are the ones that stay."""
    scene = Scene(tmp_path / "j", max_bytes=20_000)

    async def play() -> None:
        journal = scene.journal()
        journal.open()
        for number in range(200):
            answer = f"answer{number:03d}"
            await write(journal, scene.opened(answer), *said(answer, 1, 2, 3), scene.over(answer))
            if number % 3 == 0:
                await journal.close()  # what goes is deleted after the next fdatasync
                journal = scene.journal()
                journal.open()
            assert sum(path.stat().st_size for path in scene.folder.iterdir()) <= 20_000
        await journal.close()
        left = list(await scene.left())
        assert left == [f"answer{number:03d}" for number in range(200 - len(left), 200)]
        assert len(left) > 10

    hurried(play())
    assert scene.notices == []


def test_full_of_unfinished_answers_is_told_once_and_answers_go_on(tmp_path: Path) -> None:
    """When nothing may go, what follows is shown without being kept, with one notice; nothing kept is presented as whole."""
    scene = Scene(tmp_path / "j", max_bytes=20_000)

    async def play() -> None:
        journal = scene.journal()
        journal.open()
        shown: list[int] = []
        await write(journal, scene.opened("one"))
        for number in range(1, 500):
            journal.append(said("one", number)[0])
            journal.when_written(lambda number=number: shown.append(number))  # type: ignore[misc]
            await turn()
            scene.wall.now += 0.1
        await write(journal, scene.over("one"))
        assert shown == list(range(1, 500))
        assert sum(path.stat().st_size for path in scene.folder.iterdir()) <= 20_000
        await journal.close()
        kept = (await scene.left())["one"]
        assert kept.over is not None
        assert kept.over.state == "broken"
        assert kept.said == said("one", *range(1, len(kept.said) + 1))
        assert 50 < len(kept.said) < 499

    hurried(play())
    (notice,) = scene.notices
    assert "20000 bytes" in notice


def test_room_is_used_again_when_answers_have_ended(tmp_path: Path) -> None:
    """After it was full, the journal is written again as soon as something may go."""
    scene = Scene(tmp_path / "j", max_bytes=20_000)

    async def play() -> None:
        journal = scene.journal()
        journal.open()
        await write(journal, scene.opened("one"), *said("one", 1))
        for number in range(2, 500):
            await write(journal, *said("one", number))
        await write(journal, scene.over("one"))
        scene.wall.now += 4
        await write(journal, scene.opened("two"), *said("two", 1), scene.over("two"))
        await journal.close()
        kept = (await scene.left())["two"]
        assert kept.over is not None
        assert kept.over.state == "whole"

    hurried(play())


records = st.one_of(
    st.builds(opened, st.sampled_from("abcd"), st.just(0.0)),
    st.builds(lambda answer: said(answer, 1)[0], st.sampled_from("abcd")),
    st.builds(Over, st.sampled_from("abcd"), st.just("whole"), st.floats(0, 10)),
    st.builds(Erased, st.sampled_from("abcd")),
)


@given(shelved=st.lists(st.lists(records, max_size=5), max_size=6), before=st.floats(0, 10) | st.just(float("inf")))
def test_only_what_nobody_needs_may_go(shelved: list[list[Record]], before: float) -> None:
    """A segment that may go has no answer that is under way or ended later, and erases nothing that stands in one that stays."""
    stock = Stock()
    for number, stand in enumerate(shelved):
        segment = Segment(number, Path(str(number)))
        stock.segments.append(segment)
        for record in stand:
            stock.note(record, segment)
    going = stock.idle(before)
    staying = [segment for segment in stock.segments if segment not in going]
    under_way = stock.under_way()
    for segment in going:
        assert not segment.answers & under_way
        assert all(stock.ended[answer] <= before for answer in segment.answers)
        older = [one for one in staying if one.number < segment.number]
        assert not any(segment.erases & one.answers for one in older)
        expected = {answer for one in older for answer in one.answers & segment.answers}
        assert stock.remove(segment) == expected
    assert stock.segments == staying
    assert stock.under_way() == under_way
