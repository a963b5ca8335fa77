"""The entries of the ledger, and how records become entries.

    answer    open -> closed                                    | the process died: `died`
    attempt   open -> said so far -> closed, and then settled   | the process died: `died`, settled from what it had said

Records may be entered again, after a death between entering them and dropping them: the same entries come of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from sanspanne.ledger.records import (
    AnswerClosed,
    AnswerOpened,
    AttemptClosed,
    AttemptOpened,
    AttemptSaid,
    Rates,
    Record,
    SeamNoted,
)
from sanspanne.ledger.settling import Settled, settle

DIED = "died"

AttemptKey = tuple[str, int]  # the life of the process, and the number of the attempt in it


class AnswerEntry(Struct, gc=False):
    """One answer. Times are seconds since 1970, durations seconds; `outcome` is empty while it runs.

    `reason` is one of `outcomes.REASONS`; it was `waited` seconds in the queue.
    """

    id: str
    life: str
    begun_at: float
    request: str = ""
    key: str = ""
    dialect: str = ""
    model: str = ""
    stream: bool = False
    detached: bool = False
    outcome: str = ""
    target: str = ""
    rung: str = ""
    first_token: float | None = None
    seconds: float | None = None
    error: str = ""
    seams: tuple[SeamNoted, ...] = ()
    reason: str = ""
    waited: float = 0.0


class AttemptEntry(Struct, gc=False):
    """One attempt; `seen_at` is when it was last heard of. Tokens and cost are there once it is over."""

    life: str
    number: int
    answer: str
    target: str
    begun_at: float
    seen_at: float
    prompt: int = 0
    rates: Rates | None = None
    local: bool = False
    rest: bool = False
    said: int = 0
    dense: int = 0
    outcome: str = ""
    reason: str = ""
    status: int | None = None
    first_token: float | None = None
    seconds: float | None = None
    settled: Settled | None = None


class Books(Struct):
    """Some entries, ready to have records entered."""

    answers: dict[str, AnswerEntry] = {}
    attempts: dict[AttemptKey, AttemptEntry] = {}

    def enter(self, life: str, records: Iterable[Record]) -> None:
        """Enter what a life of the process has spooled. What it speaks of must be here already, if there is an entry of it."""
        for record in records:  # told apart by their exact type: `isinstance` and `match` take five times as long
            if type(record) is AnswerOpened:
                self._open_answer(life, record)
            elif type(record) is AnswerClosed:
                self._close_answer(life, record)
            elif type(record) is AttemptOpened:
                self._open_attempt(life, record)
            elif type(record) is AttemptSaid:
                self._said(life, record)
            elif type(record) is AttemptClosed:
                self._close_attempt(life, record)

    def close(self, life: str) -> None:
        """That life is over: what it left open has died."""
        for answer in self.answers.values():
            if answer.life == life and not answer.outcome:
                answer.outcome = DIED
        for attempt in self.attempts.values():
            if attempt.life == life and not attempt.outcome:
                attempt.outcome = DIED
                attempt.seconds = attempt.seen_at - attempt.begun_at
                attempt.settled = settle(attempt, None)

    def lives(self) -> set[str]:
        """The lives that these entries belong to."""
        return {entry.life for entry in self.answers.values()} | {life for life, _ in self.attempts}

    def add(self, other: Books) -> None:
        """Add other entries."""
        self.answers |= other.answers
        self.attempts |= other.attempts

    def take_finished(self) -> Books:
        """Those of the entries that are over; the others stay."""
        answers, attempts = self.answers, self.attempts
        self.answers = {id_: entry for id_, entry in answers.items() if not entry.outcome}
        self.attempts = {key: entry for key, entry in attempts.items() if not entry.outcome}
        return Books(
            answers={id_: entry for id_, entry in answers.items() if entry.outcome},
            attempts={key: entry for key, entry in attempts.items() if entry.outcome},
        )

    def lacks(self, life: str, records: Iterable[Record]) -> tuple[set[str], set[AttemptKey]]:
        """The answers and attempts that `records` speak of and that may have entries elsewhere: they did not begin here.

        A detached answer may have begun in a life that died.
        """
        answers, attempts = mentioned(life, _begun_before(records))
        return answers - self.answers.keys(), attempts - self.attempts.keys()

    def _open_answer(self, life: str, record: AnswerOpened) -> None:
        entry = self.answers.get(record.id)
        if entry is None:
            entry = self.answers[record.id] = AnswerEntry(
                record.id,
                life,
                record.at,
                record.request,
                record.key,
                record.dialect,
                record.model,
                record.stream,
                record.detached,
            )
        entry.begun_at = min(entry.begun_at, record.at)
        if entry.life < life:  # begun in a life that died, taken up again in this one
            entry.life, entry.outcome, entry.seconds = life, "", None

    def _close_answer(self, life: str, record: AnswerClosed) -> None:
        entry = self.answers.get(record.id)
        if entry is None:  # the line of its beginning was lost
            entry = self.answers[record.id] = AnswerEntry(record.id, life, record.at - record.seconds)
            entry.request, entry.key, entry.dialect = record.request, record.key, record.dialect
            entry.model, entry.stream = record.model, record.stream
        if life < entry.life:
            return
        entry.life, entry.outcome, entry.error = life, record.outcome, record.error
        entry.target, entry.rung, entry.seams = record.target, record.rung, record.seams
        entry.first_token, entry.seconds = record.first_token, record.seconds
        entry.reason, entry.waited = record.reason, record.waited

    def _open_attempt(self, life: str, record: AttemptOpened) -> None:
        key = (life, record.number)
        if key not in self.attempts:
            self.attempts[key] = AttemptEntry(
                life,
                record.number,
                record.answer,
                record.target,
                record.at,
                record.at,
                record.prompt,
                record.rates,
                record.local,
                record.rest,
            )

    def _said(self, life: str, record: AttemptSaid) -> None:
        entry = self.attempts.get((life, record.number))
        if entry is not None and not entry.outcome and record.said >= entry.said:
            entry.seen_at, entry.said, entry.dense = record.at, record.said, record.dense

    def _close_attempt(self, life: str, record: AttemptClosed) -> None:
        entry = self.attempts.get((life, record.number))
        if entry is None:  # the line of its beginning was lost, and its rates with it
            begun_at = record.at - record.seconds
            entry = AttemptEntry(life, record.number, record.answer, record.target, begun_at, record.at)
            self.attempts[life, record.number] = entry
        entry.seen_at, entry.said, entry.dense = record.at, record.said, record.dense
        entry.outcome, entry.reason, entry.status = record.outcome, record.reason, record.status
        entry.first_token, entry.seconds = record.first_token, record.seconds
        entry.settled = settle(entry, record.usage)


def mentioned(life: str, records: Iterable[Record]) -> tuple[set[str], set[AttemptKey]]:
    """The answers and the attempts that `records` speak of."""
    answers: set[str] = set()
    attempts: set[AttemptKey] = set()
    for record in records:
        if type(record) is AnswerOpened or type(record) is AnswerClosed:
            answers.add(record.id)
        else:
            attempts.add((life, record.number))
    return answers, attempts


def _begun_before(records: Iterable[Record]) -> Iterator[Record]:
    """Those of the records that speak of what did not begin among them."""
    begun: set[str | int] = set()
    for record in records:
        if type(record) is AnswerOpened and not record.detached:
            begun.add(record.id)
        elif type(record) is AttemptOpened:
            begun.add(record.number)
        elif (
            record.id if type(record) is AnswerOpened or type(record) is AnswerClosed else record.number
        ) not in begun:
            yield record
