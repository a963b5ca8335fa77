"""The ledger of a running process: an observer of the hooks.

    fact -> record -> one `write` to the spool at the end of the loop's turn -> (in another thread) the store

While attempts run, what they have said so far is spooled once a second, so that a death in mid-answer leaves it behind. Probes
belong to no answer and are not entered.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from sanspanne.hooks import Fact
from sanspanne.ledger.base import LedgerStore
from sanspanne.ledger.keeper import Keeper
from sanspanne.ledger.noting import record_of
from sanspanne.ledger.prices import Prices
from sanspanne.ledger.records import AttemptOpened, AttemptSaid, Lines, Record
from sanspanne.ledger.spool import Spool

FOLDER = "ledger"
PROGRESS = 1.0  # seconds

Running = Iterable[
    tuple[int, tuple[int, int]]
]  # attempts by their numbers: characters said, and those of dense scripts


Earlier = Callable[[LedgerStore, str], Callable[[], None]]


class Ledger:
    """`start` before use, `stop` after it. `prices` may be exchanged at any time.

    `earlier` is called once, in the keeper's thread, when all that earlier lives have left is in the store: with that store and
    the name of this life. What it gives is called on the loop.
    """

    def __init__(
        self,
        data_dir: Path,
        open_store: Callable[[], LedgerStore],
        prices: Prices,
        running: Callable[[], Running],
        notice: Callable[[str], None],
        *,
        earlier: Earlier | None = None,
        keep_days: int = 180,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.prices = prices
        self._running = running
        self._notice = notice
        self._wall = wall
        self._records: list[Record] = []
        self._told: dict[int, tuple[int, int]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._earlier = earlier
        self._lines = Lines()
        folder = data_dir / FOLDER
        self._spool = Spool(folder, f"{int(wall() * 1000):013d}-{os.getpid()}")
        self._keeper = Keeper(
            self._spool, folder, open_store, self._notice_from_thread, keep_days, wall, self._read_earlier
        )

    def start(self) -> None:
        """Begin to take note; what an earlier life has left is entered in the background."""
        self._loop = asyncio.get_running_loop()
        self._keeper.start()

    async def stop(self) -> None:
        """Enter what there is."""
        if self._loop is None:
            return
        self._flush()
        if self._timer is not None:
            self._timer.cancel()
        await asyncio.to_thread(self._keeper.stop)
        self._loop = None
        self._flush()
        self._spool.close()

    def observe(self, fact: Fact) -> None:
        """Take note of `fact`; never blocks for longer than a write to a file."""
        loop = self._loop
        if loop is None or (record := record_of(fact, self._wall(), self.prices.of)) is None:
            return
        self._add(record, loop)
        if self._timer is None and type(record) is AttemptOpened:
            self._timer = loop.call_later(PROGRESS, self._progress)

    def _add(self, record: Record, loop: asyncio.AbstractEventLoop) -> None:
        if not self._records:
            loop.call_soon(self._flush)
        self._records.append(record)

    def _flush(self) -> None:
        records, self._records = self._records, []
        if records:
            self._spool.append(self._lines.write(records))

    def _progress(self) -> None:
        """Spool what running attempts have said since the last time; again in a second, as long as there are any."""
        self._timer, loop = None, self._loop
        if loop is None:
            return
        running = dict(self._running())
        for number, said in running.items():
            if said[0] and said != self._told.get(number):
                self._add(AttemptSaid(self._wall(), number, *said), loop)
        self._told = running
        if running:
            self._timer = loop.call_later(PROGRESS, self._progress)

    def _read_earlier(self, store: LedgerStore) -> None:
        if self._earlier is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(self._earlier(store, self._spool.life))

    def _notice_from_thread(self, sentence: str) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._notice, sentence)
