"""Whatever happens to the process and to the disk, in whatever order: nothing false is kept, and nothing shown is lost."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from journal_scene import Scene, hurried, turn
from msgspec import Struct, structs

from sanspanne.answers.journal import Journal
from sanspanne.answers.journal.writer import REST_SECONDS
from sanspanne.answers.records import Erased, Kept, Over, Record, Said

ANSWERS = ["a", "b", "c"]


class Told(Struct):
    """What the world saw of one answer: its bytes as appended, how many of them were shown, how it ended."""

    appended: bytes = b""
    shown: bytes = b""
    over: Over | None = None
    erased: bool = False
    holed: bool = False  # the disk failed while it was under way


class World:
    """Answers that are made, lives of a process that come and go, and what must be true of each new one."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self.scene = Scene(folder, max_bytes=max_bytes)
        self.journal: Journal = self.scene.journal()
        self.told: dict[str, Told] = {}
        self.count = 0
        self.names: dict[str, str] = {}  # who plays "a" now
        self.journal.open()

    def append(self, record: Record) -> None:
        self.journal.append(record)

    def open(self, role: str) -> None:
        self.count += 1
        answer = f"{role}{self.count}"
        self.names[role] = answer
        self.told[answer] = Told()
        self.append(self.scene.opened(answer))

    def say(self, role: str, size: int) -> None:
        answer = self.names[role]
        told = self.told[answer]
        data = f"<{answer} {len(told.appended)}>".encode() * size
        told.appended += data
        seen = told.appended
        self.append(Said(answer, len(seen), data))
        self.journal.when_written(lambda: setattr(told, "shown", seen))

    def end(self, role: str) -> None:
        answer = self.names.pop(role)
        record = self.scene.over(answer)
        self.append(record)
        self.journal.when_written(lambda: setattr(self.told[answer], "over", record))

    def erase(self, role: str) -> None:
        answer = self.names.pop(role)
        self.append(Erased(answer))
        self.journal.when_written(lambda: setattr(self.told[answer], "erased", True))

    async def act(self, deed: str, role: str, size: int) -> None:
        if deed == "fail":
            self.scene.disk.broken = {("write", "short", "create")[size % 3]}
        elif deed == "mend":
            self.scene.disk.broken = set()
            self.scene.wall.now += REST_SECONDS + 1  # so long nothing is tried
        elif deed == "wait":
            self.scene.wall.now += size * 7
        elif deed == "turn":
            await turn()
        elif deed in ("restart", "kill"):
            await self.live_again(kill=deed == "kill")
        elif role not in self.names:
            self.open(role)
        else:
            {"say": lambda: self.say(role, size), "end": lambda: self.end(role), "erase": lambda: self.erase(role)}[
                deed
            ]()
        if self.scene.disk.broken:
            for told in self.told.values():
                told.holed |= told.over is None or told.shown != told.appended

    async def live_again(self, kill: bool) -> None:
        """The process dies at this very moment, or closes the journal; then the next one looks what is there."""
        journal = self.journal
        if kill:
            self.scene = self.scene.killed()
            told = {answer: structs.replace(t) for answer, t in self.told.items()}
            await journal.close()
            self.told = told
        else:
            await journal.close()
            self.scene.disk.broken = set()
        self.journal = self.scene.journal()
        self.check({kept.opened.answer_id: kept for kept in self.journal.open()})

    def check(self, found: dict[str, Kept]) -> None:
        now = self.scene.wall.now
        for answer, kept in found.items():
            self.check_one(self.told[answer], kept)
        assert not any(one for one in found if one not in self.told)
        for answer in self.told.keys() - found.keys():
            told = self.told[answer]
            expired = told.over is not None and told.over.at + self.scene.keep <= now
            dropped = told.over is not None and self.scene.max_bytes < 10_000
            erased = told.erased
            unseen = not told.shown and told.over is None  # the world never heard of it
            assert expired or dropped or erased or unseen or told.holed, f"{answer} was shown and is lost"
        self.told = {answer: self.told[answer] for answer in found}
        for answer, kept in found.items():
            if kept.over is None:
                self.told[answer].appended = self.told[answer].shown = b"".join(one.data for one in kept.said)
        self.names = {
            role: answer for role, answer in self.names.items() if answer in found and found[answer].over is None
        }

    def check_one(self, told: Told, kept: Kept) -> None:
        text = b"".join(piece.data for piece in kept.said)
        assert not told.erased or told.holed, "what was to be forgotten is kept"
        assert told.appended.startswith(text), "something is kept that was not said"
        if kept.over is not None and kept.over.state == "whole":
            assert text == told.appended, "a part of an answer is called whole"
        elif kept.over is not None:
            assert told.holed, "an answer is called broken for no reason"
        else:
            assert text.startswith(told.shown), "what was shown is to be said again"
            assert told.over is None, "an answer that had ended is to be gone on with"
        if not told.holed:
            assert text.startswith(told.shown), "something that was shown is not kept"


deeds = st.lists(
    st.tuples(
        st.sampled_from(
            ["say"] * 6 + ["turn"] * 4 + ["end", "end", "erase", "wait", "fail", "mend", "restart", "kill"]
        ),
        st.sampled_from(ANSWERS),
        st.integers(1, 30),
    ),
    max_size=60,
)


@settings(max_examples=400)
@given(deeds=deeds, small=st.booleans())
def test_every_next_life_finds_what_was_shown_and_nothing_false(deeds: list[tuple[str, str, int]], small: bool) -> None:
    """After any deeds, deaths and failures of the disk, what is kept is true, whole only if it is, and has all that was shown."""

    async def play() -> None:
        with tempfile.TemporaryDirectory() as folder:
            world = World(Path(folder) / "journal", 4000 if small else 1 << 26)
            for deed, role, size in deeds:
                await world.act(deed, role, size)
            await world.act("kill", "a", 1)
            await world.act("restart", "a", 1)
            await world.journal.close()

    hurried(play())
