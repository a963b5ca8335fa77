"""Moves the spool into the store, in a thread of its own, every few seconds.

    each round     the segment in which was written is closed; every closed one is entered, in one transaction; then removed
    each segment   is read in pieces; an entry that begins and ends in it is written once and never looked for
    first of all   what earlier lives have left is entered, and what they left open is closed: it died with them; entries
                   that are too old are forgotten; both again once a minute

When that fails the segments stay where they are, within `shrinking.LIMIT`, and the next round tries again: the loop, and with
it every answer, never waits for the store.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

from sanspanne.errors import StoreError
from sanspanne.ledger.base import LedgerStore
from sanspanne.ledger.entries import Books
from sanspanne.ledger.records import Lines
from sanspanne.ledger.shrinking import shrink
from sanspanne.ledger.spool import Spool, lives, segments, take

log = logging.getLogger(__name__)

DAY = 86_400.0
EVERY = 3.0  # seconds: most answers then begin and end in the same round
LOOK_BACK_EVERY = 60.0  # seconds


class Keeper:
    """Keeps the books. `notice` gets a sentence when they cannot be kept, and one when they can be again.

    `adopted` is called once, when what earlier lives have left is entered.
    """

    def __init__(
        self,
        spool: Spool,
        folder: Path,
        open_store: Callable[[], LedgerStore],
        notice: Callable[[str], None],
        keep_days: int,
        wall: Callable[[], float],
        adopted: Callable[[LedgerStore], None] = lambda store: None,
    ) -> None:
        self._spool = spool
        self._folder = folder
        self._open_store = open_store
        self._notice = notice
        self._keep_seconds = keep_days * DAY
        self._wall = wall
        self._store: LedgerStore | None = None
        self._lines = Lines()
        self._adopted = adopted
        self._has_adopted = False
        self._looked_back_at = 0.0
        self._troubled = False
        self._lost = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """One last round, then no more. Waits for it, for as long as the store keeps us waiting."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        self.round()
        while not self._stopping.wait(EVERY):
            self.round()
        self.round()

    def round(self) -> None:
        """Enter what there is to enter. Never raises."""
        try:
            self._keep()
        except (StoreError, OSError) as error:
            self._trouble(error)
        except Exception as error:  # a fault of ours: the spool keeps what happened until it is mended
            if not self._troubled:
                log.exception("the ledger cannot be kept")
            self._trouble(error)
        else:
            self._mend()

    def _keep(self) -> None:
        self._spool.turn(small_too=not self._troubled)
        self._store = self._store or self._open_store()
        if self._wall() - self._looked_back_at >= LOOK_BACK_EVERY:
            self._adopt(self._store)
            self._store.forget(self._wall() - self._keep_seconds)
            self._looked_back_at = self._wall()
        if not self._has_adopted:
            self._adopted(self._store)
            self._has_adopted = True
        for segment in self._spool.closed():
            self._enter(self._store, self._spool.life, segment)
        if self._spool.trouble is not None:
            raise self._spool.trouble

    def _enter(self, store: LedgerStore, life: str, segment: Path) -> None:
        books = Books()
        with store.writing() as desk:
            for records in self._lines.pieces(segment.read_bytes()):
                books.add(desk.load(*books.lacks(life, records)))
                books.enter(life, records)
                desk.save(books.take_finished())
            desk.save(books)
        segment.unlink()

    def _adopt(self, store: LedgerStore) -> None:
        """What earlier lives have left; those that still last (a command beside a server) are left alone."""
        living = {self._spool.life}
        for life in lives(self._folder):
            lock = take(self._folder, life)
            if lock is None:
                living.add(life)
                continue
            try:
                for segment in segments(self._folder / life):
                    self._enter(store, life, segment)
                shutil.rmtree(self._folder / life)
            finally:
                os.close(lock)
        books = store.unfinished()
        for life in books.lives() - living:
            books.close(life)
        store.save(books.take_finished())

    # --- when it cannot be done

    def _trouble(self, error: Exception) -> None:
        if not self._troubled:
            self._notice(f"The ledger cannot be written: what happens is spooled, and entered later. {error}")
        self._troubled = True
        try:
            self._count_lost(shrink(self._spool.closed()))
        except OSError:
            log.debug("the spool cannot be shrunk", exc_info=True)

    def _count_lost(self, lost: int) -> None:
        if lost and not self._lost:
            self._notice(
                "The spool of the ledger is full: its oldest records are lost, one by one, until it can be entered."
            )
        self._lost += lost

    def _mend(self) -> None:
        if self._troubled:
            lost = self._lost + self._spool.take_lost()
            self._notice(
                "The ledger is written again. " + (f"{lost} records were lost." if lost else "Nothing was lost.")
            )
        self._troubled, self._lost = False, 0
