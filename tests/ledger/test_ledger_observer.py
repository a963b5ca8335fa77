"""The ledger of a running process: one write per turn, progress while attempts run, never in anybody's way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from ledger_helpers import begun, ended, over, store_in, tried

from sanspanne.chat import Seam
from sanspanne.hooks import AnswerEnded, Notice
from sanspanne.ledger import ledger as ledger_module
from sanspanne.ledger.ledger import Ledger
from sanspanne.ledger.prices import Prices
from sanspanne.ledger.reading import find
from sanspanne.ledger.records import Lines
from sanspanne.ledger.spool import Spool, lives, segments

STORY = [begun(), tried(), over(), ended()]


class Desk:
    """A ledger whose keeper moves nothing, so that the spool can be read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: dict[int, tuple[int, int]] = {}
        self.notices: list[str] = []
        prices = Prices({}, {}.get)
        self.ledger = Ledger(folder, store_in(folder), prices, self.running.items, self.notices.append)
        self.ledger._keeper.start = lambda: None  # type: ignore[method-assign]
        self.ledger._keeper.stop = lambda: None  # type: ignore[method-assign]

    def spooled(self) -> list[str]:
        root = self.folder / "ledger"
        read = (path.read_bytes() for life in lives(root) for path in segments(root / life))
        return [type(record).__name__ for data in read for record in Lines().read(data)]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A ledger that has begun."""
    desk = Desk(tmp_path)
    desk.ledger.start()
    yield desk
    await desk.ledger.stop()


async def test_one_write_per_turn(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """All facts of one turn of the loop are written together, at its end."""
    writes: list[bytes] = []
    monkeypatch.setattr(Spool, "append", lambda spool, data: writes.append(data))
    for fact in STORY:
        desk.ledger.observe(fact)
    assert writes == []
    await asyncio.sleep(0)
    assert [data.count(b"\n") for data in writes] == [4]


async def test_progress_is_spooled_while_attempts_run(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What running attempts have said is spooled again and again, when it has grown; no more once none runs."""
    monkeypatch.setattr(ledger_module, "PROGRESS", 0.001)
    desk.running[1] = (0, 0)
    desk.ledger.observe(tried())
    wrote = asyncio.Event()
    add = desk.ledger._spool.append

    def append(data: bytes) -> None:
        add(data)
        wrote.set()

    monkeypatch.setattr(desk.ledger._spool, "append", append)
    await wrote.wait()
    for said in (10, 20):
        wrote.clear()
        desk.running[1] = (said, 0)
        await wrote.wait()
    assert desk.spooled() == ["AttemptOpened", "AttemptSaid", "AttemptSaid"]
    desk.running.clear()
    while desk.ledger._timer is not None:
        await asyncio.sleep(0)


async def test_what_is_no_business_of_the_ledger(desk: Desk) -> None:
    """Notices and facts before the start or after the end are not noted."""
    desk.ledger.observe(Notice("something"))
    await desk.ledger.stop()
    desk.ledger.observe(begun())
    await asyncio.sleep(0)
    assert desk.spooled() == []


async def test_no_word_of_a_caller_is_kept_at_length(desk: Desk) -> None:
    """What a caller calls a model is cut short; the spool has no other text of his."""
    fact = AnswerEnded("ans_1", "req_1", "k", "d", "m" * 10_000, "refused")
    desk.ledger.observe(fact)
    await asyncio.sleep(0)
    (path,) = [path for life in lives(desk.folder / "ledger") for path in segments(desk.folder / "ledger" / life)]
    assert len(path.read_bytes()) < 400


async def test_from_fact_to_account(tmp_path: Path) -> None:
    """With its keeper a ledger enters what happened; seams and sums are read back; the spool is empty in the end."""
    notices: list[str] = []
    prices = Prices({}, {"a": "local"}.get)
    ledger = Ledger(tmp_path, store_in(tmp_path), prices, lambda: (), notices.append)
    ledger.start()
    seam = Seam("a/m", "b/m", "timeout", "anchor", 12, exact=True)
    for fact in [begun(), tried(), over(outcome="timeout", said=40), tried(number=2), over(number=2, said=400)]:
        ledger.observe(fact)
    ledger.observe(AnswerEnded("ans_1", "req_1", "laptop", "openai_chat", "gpt", "whole", "a/m", seams=(seam,)))
    await ledger.stop()
    account = find(tmp_path, store_in(tmp_path), "ans_1")
    assert account is not None
    assert [one.means for one in account.answer.seams] == ["anchor"]
    assert (account.total.input, account.total.output, account.total.cost) == (200, 110, 0)
    assert lives(tmp_path / "ledger") == []
    assert notices == []


async def test_folder_that_cannot_be_written_hurts_nobody(tmp_path: Path) -> None:
    """Where nothing can be written the ledger takes note all the same, and says so once."""
    (tmp_path / "data").write_text("a file in the way")
    told = asyncio.Event()
    notices: list[str] = []

    def notice(sentence: str) -> None:
        notices.append(sentence)
        told.set()

    ledger = Ledger(tmp_path / "data", store_in(tmp_path / "data"), Prices({}, {}.get), lambda: (), notice)
    ledger.start()
    for fact in STORY:
        ledger.observe(fact)
    await told.wait()
    await ledger.stop()
    assert len(notices) == 1
    assert "cannot be written" in notices[0]
