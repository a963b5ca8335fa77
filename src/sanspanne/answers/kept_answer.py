"""The answer to a question that is kept while nobody can answer it (`Prefer: respond-async`).

    asked --its first word in time--> an answer like any other
      |
      +-- not in time --> kept, its caller comes again --> running --> whole | broken | refused
                            |
                            +-- nobody could answer for too long --> expired

While it is kept the question stands in the store of kept questions; from the first word on the answer is in the journal.
"""

from __future__ import annotations

import asyncio
import math

from sanspanne.answers import records
from sanspanne.answers.book import Book, Unwritten
from sanspanne.answers.opening import opened
from sanspanne.answers.question import Question
from sanspanne.answers.recorded import Desk, RecordedAnswer
from sanspanne.answers.records import Opened, Told
from sanspanne.answers.rendering import Rendering
from sanspanne.answers.state import State
from sanspanne.chat import Frame, Rung


class KeptAnswer(RecordedAnswer):
    """An answer for which its caller need not wait. `expires` is in seconds since 1970.

    `is_stored`: it outlives this process. `is_deferred`: its caller was told to come again.
    """

    def __init__(
        self, answer_id: str, question: Question, desk: Desk, book: Book, rendering: Rendering, created: float
    ) -> None:
        super().__init__(answer_id, question, desk, Unwritten(), rendering, created)
        self._journal = book
        self._known = asyncio.Event()  # it has its first word, or has ended
        self.expires = math.inf
        self.is_stored = False
        self.is_deferred = False

    @property
    def status(self) -> str:
        """How it stands, in one word."""
        return "kept" if self.is_deferred and self.is_waiting else self.state.value

    @property
    def is_waiting(self) -> bool:
        """Whether it has no word yet, and may still get one."""
        return not self._known.is_set()

    def defer(self) -> None:
        """Its caller is told to come again; from here on it goes on without him."""
        self.is_deferred = self.detached = True
        self.attached = False

    async def begins(self, seconds: float) -> bool:
        """Whether it has its first word, or its end, within so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._known.wait()
        except TimeoutError:
            return False
        return True

    def detach(self, book: Book, opened: Opened) -> None:
        """Go on also without followers. Of what was not begun there is nothing to be written."""
        if self._known.is_set():
            super().detach(book, opened)
        self.detached = True

    def in_journal(self) -> None:
        """An earlier life has begun it, and the journal has what it said."""
        self.defer()
        self._book = self._journal
        if self.recording.size:
            self._known.set()

    def expire(self, told: Told) -> None:
        """Nobody could answer it for too long: who asks for it is `told`."""
        self._given_up_as, self.told, self._unsaid, self.expired = State.EXPIRED, told, True, True
        self.cancel()

    def has_ended(self, ending: records.Over) -> None:
        """An earlier life ended it so."""
        super().has_ended(ending)
        self._known.set()

    def end(self, state: State) -> None:
        """It is over, and nothing follows."""
        self._label()
        super().end(state)
        self._known.set()

    def _has_begun(self, batch: list[Frame]) -> None:
        self._known.set()
        self._label()
        if self.detached and isinstance(self._book, Unwritten):
            self.detach(self._journal, opened(self))
        super()._has_begun(batch)

    def _label(self) -> None:
        """From which rung it came, if anybody gave it; an earlier answer stays one, however late it is given."""
        if self.is_deferred and self.route.target and self.route.rung is not Rung.CACHED:
            self.route.rung = Rung.DEFERRED
