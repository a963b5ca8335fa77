"""The journal as others use it: written before it is shown, once a turn, readable by nobody else, by one process only."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from journal_scene import KEY, Scene, hurried, said, text, turn

from sanspanne.answers.journal import Journal
from sanspanne.answers.journal.disk import this_boot
from sanspanne.answers.records import Erased, Record
from sanspanne.errors import StoreError


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path / "data" / "journal")


def test_one_write_for_a_turn_and_then_what_is_shown(scene: Scene) -> None:
    """All that is appended in one turn goes out in one write, and only then the calls come, in their order."""

    async def play() -> None:
        journal = scene.journal()
        assert journal.open() == []
        for answer in ("one", "two"):
            for record in (scene.opened(answer), *said(answer, 1)):
                journal.append(record)
                journal.when_written(partial(scene.disk.log.append, f"show {answer} {type(record).__name__}"))
        assert scene.disk.log == []
        await turn()
        shown = ["show one Opened", "show one Said", "show two Opened", "show two Said"]
        assert scene.disk.log == ["create", "write", *shown]
        journal.append(said("one", 2)[0])
        await turn()
        assert scene.disk.log[6:] == ["write"]
        await journal.close()

    hurried(play())


@pytest.mark.parametrize(
    ("before", "now", "torn"), [("a", "a", False), ("a", "b", True), ("", "b", False), ("a", "", False)]
)
def test_an_answer_of_another_boot_is_torn(scene: Scene, before: str, now: str, torn: bool) -> None:
    """Only where both boots are known and differ may words be lost; not those of an answer that this boot has gone on with."""

    async def play() -> None:
        scene.boot = before
        journal = scene.journal()
        journal.open()
        for record in (scene.opened("silent"), scene.opened("one"), *said("one", 1), scene.opened("two")):
            journal.append(record)
        await journal.close()
        scene.boot = now
        journal = scene.journal()
        kept = {one.opened.answer_id: one for one in journal.open()}
        assert {answer: one.torn for answer, one in kept.items()} == {"silent": torn, "one": torn, "two": torn}
        for record in said("two", 1001):
            journal.append(record)
        await journal.close()
        kept = await scene.left()
        assert {answer: one.torn for answer, one in kept.items()} == {"silent": torn, "one": torn, "two": False}

    hurried(play())


def test_a_boot_has_one_name(tmp_path: Path) -> None:
    """Two looks give the same name, without a line end; a system without such names gives none."""
    assert this_boot() == this_boot() == this_boot().strip()
    (tmp_path / "boot_id").write_text("8f0b\n")
    assert (this_boot(tmp_path / "boot_id"), this_boot(tmp_path / "none")) == ("8f0b", "")


def test_what_is_appended_while_showing_goes_into_the_next_write(scene: Scene) -> None:
    """A call may append: its record is written in the next turn, and its own call comes after that."""

    async def play() -> None:
        journal = scene.journal()
        journal.open()
        journal.append(scene.opened("one"))
        order: list[str] = []

        def again() -> None:
            journal.append(said("one", 1)[0])
            journal.when_written(lambda: order.append(scene.disk.log[-1]))
            order.append("first")

        journal.when_written(again)
        await turn()
        await turn()
        assert order == ["first", "write"]
        assert scene.disk.log.count("write") == 2
        await journal.close()
        assert text((await scene.left())["one"]) == b"<one says 1>"

    hurried(play())


def test_call_that_fails_stops_no_other(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """A caller who cannot be shown something costs the others nothing, and the log has it."""

    async def play() -> None:
        journal = scene.journal()
        journal.open()
        shown: list[str] = []
        journal.append(scene.opened("one"))
        journal.when_written(lambda: shown.append("before"))
        journal.when_written(lambda: 1 // 0)
        journal.when_written(lambda: shown.append("after"))
        await turn()
        assert shown == ["before", "after"]
        await journal.close()

    hurried(play())
    assert "ZeroDivisionError" in caplog.text


def test_nothing_can_be_read_on_the_disk(scene: Scene) -> None:
    """No word of a question or of an answer, no id and no header stands in the files, and they are open to their owner alone."""

    async def play() -> None:
        journal = scene.journal()
        journal.open()
        for record in (scene.opened("secret_answer"), *said("secret_answer", 1, 2)):
            journal.append(record)
        await journal.close()

    hurried(play())
    (path,) = scene.folder.iterdir()
    data = path.read_bytes()
    assert not any(
        word in data for word in (b"secret_answer", b"says", b"messages", b"accept", b"openai", b"local", b"req_")
    )
    assert path.stat().st_mode & 0o777 == 0o600
    assert [place.stat().st_mode & 0o777 for place in (scene.folder, scene.folder.parent)] == [0o700, 0o700]


def test_close_is_safe_and_final(scene: Scene) -> None:
    """Closing sees everything to the disk; from then on, and before opening, nothing can be appended; closing again is nothing."""

    async def play() -> None:
        journal = scene.journal()
        with pytest.raises(StoreError, match="not open"):
            journal.append(Erased("one"))
        await journal.close()
        journal.open()
        journal.append(scene.opened("one"))
        await journal.close()
        assert scene.disk.log == ["create", "write", "sync", "sync"]
        with pytest.raises(StoreError, match="not open"):
            journal.when_written(lambda: None)
        await journal.close()

    hurried(play())


def test_second_process_is_refused_with_a_sentence(scene: Scene) -> None:
    """One process per folder: another one is told so, and may have it when the first has let go."""

    async def play() -> None:
        journal = scene.journal()
        journal.open()
        with pytest.raises(StoreError, match="in use by another process"):
            scene.journal().open()
        await journal.close()
        assert await scene.left() == {}

    hurried(play())


def test_folder_that_cannot_be_used_is_a_sentence(scene: Scene) -> None:
    """Where there can be no folder, the message names it and shows another way."""
    scene.folder.parent.mkdir()
    scene.folder.write_text("a file")

    async def play() -> None:
        with pytest.raises(StoreError, match="--data"):
            scene.journal().open()

    hurried(play())


def test_synced_soon_and_off_the_loop(scene: Scene) -> None:
    """While something is written it is seen to the disk, once for many writes, without anybody asking."""

    async def play() -> None:
        journal = scene.journal()
        journal.open()
        for record in (scene.opened("one"), *said("one", 1, 2, 3)):
            journal.append(record)
            await turn()
        while "sync" not in scene.disk.log:
            await asyncio.sleep(1)
        assert scene.disk.log.count("write") == 4
        await journal.close()

    hurried(play())


def test_cipher_is_loaded_with_the_first_record(tmp_path: Path) -> None:
    """Who journals nothing does not pay for the cipher."""
    code = (
        "import asyncio, sys, time, pathlib\n"
        "from sanspanne.answers.journal import Journal\n"
        "async def main():\n"
        f"    journal = Journal(pathlib.Path({str(tmp_path)!r}), bytes(32), notice=print, wall=time.time,"
        " keep_seconds=1, max_bytes=1 << 20)\n"
        "    journal.open()\n"
        "    await journal.close()\n"
        "asyncio.run(main())\n"
        "assert not [name for name in sys.modules if name.startswith('cryptography')]\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_answers_come_oldest_first(scene: Scene) -> None:
    """What is left is given in the order in which the answers began, with exactly what each of them said."""

    async def play() -> None:
        journal: Journal = scene.journal(KEY)
        journal.open()
        records: list[Record] = []
        for answer in ("c", "a", "b"):
            records.append(scene.opened(answer))
            scene.wall.now += 1
        for number in (1, 2, 3):
            records += [said(answer, number)[0] for answer in "abc"]
        records.append(scene.over("b"))
        for record in records:
            journal.append(record)
            await turn()
        await journal.close()
        left = await scene.left()
        assert list(left) == ["c", "a", "b"]
        assert all(kept.said == said(answer, 1, 2, 3) for answer, kept in left.items())
        assert [kept.over and kept.over.state for kept in left.values()] == [None, None, "whole"]

    hurried(play())
