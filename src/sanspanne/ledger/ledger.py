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

from sanspanne.hooks import AnswerBegun, AnswerEnded, AttemptBegun, AttemptEnded, Fact
from sanspanne.ledger.base import LedgerStore
from sanspanne.ledger.keeper import Keeper
from sanspanne.ledger.prices import Prices
from sanspanne.ledger.records import (
    AnswerClosed,
    AnswerOpened,
    AttemptClosed,
    AttemptOpened,
    AttemptSaid,
    Lines,
    Record,
    SeamNoted,
)
from sanspanne.ledger.spool import Spool

FOLDER = "ledger"
PROGRESS = 1.0  # seconds
LONGEST_NAME = 200  # what a caller calls a model is his own text

Running = Iterable[
    tuple[int, tuple[int, int]]
]  # attempts by their numbers: characters said, and those of dense scripts


class Ledger:
    """`start` before use, `stop` after it. `prices` may be exchanged at any time."""

    def __init__(
        self,
        data_dir: Path,
        open_store: Callable[[], LedgerStore],
        prices: Prices,
        running: Callable[[], Running],
        notice: Callable[[str], None],
        *,
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
        self._lines = Lines()
        folder = data_dir / FOLDER
        self._spool = Spool(folder, f"{int(wall() * 1000):013d}-{os.getpid()}")
        self._keeper = Keeper(self._spool, folder, open_store, self._notice_from_thread, keep_days, wall)

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
        self._spool.close()

    def observe(self, fact: Fact) -> None:
        """Take note of `fact`; never blocks for longer than a write to a file."""
        match fact:
            case AttemptBegun(probe=False):
                self._add(self._attempt_opened(fact))
                if self._timer is None and self._loop is not None:
                    self._timer = self._loop.call_later(PROGRESS, self._progress)
            case AttemptEnded(probe=False):
                self._add(self._attempt_closed(fact))
            case AnswerBegun():
                self._add(self._answer_opened(fact))
            case AnswerEnded():
                self._add(self._answer_closed(fact))

    def _add(self, record: Record) -> None:
        if self._loop is None:
            return
        if not self._records:
            self._loop.call_soon(self._flush)
        self._records.append(record)

    def _flush(self) -> None:
        records, self._records = self._records, []
        if records:
            self._spool.append(self._lines.write(records))

    def _progress(self) -> None:
        """Spool what running attempts have said since the last time; again in a second, as long as there are any."""
        self._timer = None
        running = dict(self._running())
        for number, said in running.items():
            if said[0] and said != self._told.get(number):
                self._add(AttemptSaid(self._wall(), number, *said))
        self._told = running
        if running and self._loop is not None:
            self._timer = self._loop.call_later(PROGRESS, self._progress)

    def _notice_from_thread(self, sentence: str) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._notice, sentence)

    # --- facts as records

    def _answer_opened(self, fact: AnswerBegun) -> AnswerOpened:
        return AnswerOpened(
            self._wall(),
            fact.answer_id,
            fact.request_id,
            fact.key,
            fact.dialect,
            fact.model[:LONGEST_NAME],
            fact.stream,
            fact.detached,
        )

    def _attempt_opened(self, fact: AttemptBegun) -> AttemptOpened:
        rates, local = self.prices.of(fact.target)
        return AttemptOpened(self._wall(), fact.number, fact.answer_id, fact.target, fact.prompt, rates, local)

    def _attempt_closed(self, fact: AttemptEnded) -> AttemptClosed:
        usage = fact.usage
        return AttemptClosed(
            self._wall(),
            fact.number,
            fact.answer_id,
            fact.target,
            fact.outcome,
            fact.reason,
            fact.status,
            fact.first_token,
            fact.seconds,
            None if usage is None else (usage.input, usage.output, usage.cached, usage.cache_written),
            fact.said,
            fact.dense,
        )

    def _answer_closed(self, fact: AnswerEnded) -> AnswerClosed:
        return AnswerClosed(
            self._wall(),
            fact.answer_id,
            fact.request_id,
            fact.key,
            fact.dialect,
            fact.model[:LONGEST_NAME],
            fact.outcome,
            fact.target,
            fact.rung,
            fact.first_token,
            fact.seconds,
            fact.error,
            fact.stream,
            tuple(SeamNoted(s.before, s.after, s.reason, s.means, s.at, s.exact) for s in fact.seams),
        )
