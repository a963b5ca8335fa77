"""An account of the ledger, for a person and for a program."""

from __future__ import annotations

import time
from typing import Any

import msgspec
from msgspec import Struct
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sanspanne.cli.account_words import AccountWords
from sanspanne.ledger.entries import AttemptEntry
from sanspanne.ledger.reading import Account, settled
from sanspanne.ledger.records import SeamNoted
from sanspanne.ledger.settling import Settled

MILLION = 1_000_000
CONTROLS = dict.fromkeys((*range(32), *range(127, 160)), " ")  # what callers write must not steer the terminal


class Rendering(Struct, frozen=True):
    """Writes accounts in one language. Times are those of this machine."""

    words: AccountWords

    def whole(self, account: Account) -> RenderableType:
        """Everything that is known of one answer."""
        notes = map(_text, [*map(self._seam, account.answer.seams), *self._notes(account)])
        table = self._attempts(account) if account.attempts else Text(self.words.no_attempts)
        return Group(self._head(account), Text(), table, *notes)

    def table(self, accounts: list[Account]) -> Table:
        """One line for each answer."""
        words = self.words
        table = Table(
            words.answer, words.began, words.model, words.outcome, words.tokens_in, words.tokens_out, words.cost
        )
        for account in accounts:
            answer, total = account.answer, account.total
            table.add_row(
                Text(answer.id, no_wrap=True),
                _moment(answer.begun_at),
                _text(answer.model),
                self._result(account),
                *self._used(total, self._sum(account)),
            )
        return table

    def _head(self, account: Account) -> Table:
        words, answer = self.words, account.answer
        details = [answer.dialect, words.streamed if answer.stream else "", words.detached if answer.detached else ""]
        rows = {
            words.answer: answer.id,
            words.request: answer.request,
            words.model: words.asked.format(model=answer.model, details=", ".join(filter(None, details))),
            words.key: answer.key,
            words.began: _moment(answer.begun_at),
            words.waited: self._seconds(answer.waited or None),
            words.first_word: self._seconds(answer.first_token),
            words.took: self._seconds(answer.seconds),
            words.outcome: self._result(account).plain,
        }
        grid = Table.grid(padding=(0, 2))
        for name, value in rows.items():
            if value:
                grid.add_row(name, _text(value))
        return grid

    def _result(self, account: Account) -> Text:
        answer = account.answer
        outcome = self.words.outcomes.get(answer.outcome, answer.outcome)
        if answer.outcome != "whole" and answer.reason not in ("", answer.outcome):
            outcome += f" ({answer.reason})"
        if not answer.target:
            return Text(outcome)
        rung = self.words.rungs.get(answer.rung, answer.rung)
        return _text(self.words.given_by.format(outcome=outcome, target=answer.target, rung=rung))

    def _attempts(self, account: Account) -> Table:
        words = self.words
        table = Table(words.number, words.target, words.outcome, words.status, show_footer=False)
        for title in (words.first_word, words.took, words.tokens_in, words.tokens_out, words.cost):
            table.add_column(title, justify="right")
        for place, attempt in enumerate(account.attempts, 1):
            times = self._seconds(attempt.first_token), self._seconds(attempt.seconds)
            used = settled(attempt)
            table.add_row(
                str(place),
                _text(attempt.target),
                _text(self._outcome(attempt)),
                "" if attempt.status is None else str(attempt.status),
                *times,
                *self._used(used, self._cost(used.cost)),
            )
        table.add_section()
        table.add_row("", words.sum, "", "", "", "", *self._used(account.total, self._sum(account)))
        return table

    def _outcome(self, attempt: AttemptEntry) -> str:
        outcome = self.words.outcomes.get(attempt.outcome, attempt.outcome)
        return f"{outcome} ({attempt.reason})" if attempt.reason else outcome

    def _seam(self, seam: SeamNoted) -> str:
        words = self.words
        return words.seam.format(
            at=self._count(seam.at),
            before=seam.before,
            after=seam.after,
            reason=seam.reason,
            means=words.means.get(seam.means, seam.means),
            exact=words.exact if seam.exact else words.inexact,
        )

    def _notes(self, account: Account) -> list[str]:
        words, parts = self.words, [(attempt.target, settled(attempt)) for attempt in account.attempts]
        local = ", ".join(dict.fromkeys(target for target, part in parts if part.free == "local"))
        unknown = dict.fromkeys(target for target, part in parts if part.cost is None)
        return [
            *([words.estimated] if account.total.input_estimated or account.total.output_estimated else []),
            *([words.unanswered] if any(part.free == "unanswered" for _, part in parts) else []),
            *([words.local.format(targets=local)] if local else []),
            *(words.incomplete.format(target=target) for target in unknown),
        ]

    # --- numbers

    def _used(self, used: Settled, cost: str) -> tuple[str, str, str]:
        return (
            "~" * used.input_estimated + self._count(used.input),
            "~" * used.output_estimated + self._count(used.output),
            "~" * (used.input_estimated or used.output_estimated) * bool(used.cost) + cost,
        )

    def _sum(self, account: Account) -> str:
        if account.cost_is_complete:
            return self._cost(account.known_cost)
        return (
            self.words.at_least.format(cost=self._cost(account.known_cost)) if account.known_cost else self._cost(None)
        )

    def _cost(self, micro: int | None) -> str:
        if micro is None:
            return "?"
        whole, fraction = divmod(micro, MILLION)
        digits = f"{fraction:06d}".rstrip("0").ljust(2, "0")
        return self.words.dollars.format(value=f"{self._count(whole)}{self.words.decimal}{digits}")

    def _count(self, number: int) -> str:
        return f"{number:,}".replace(",", self.words.thousands)

    def _seconds(self, seconds: float | None) -> str:
        if seconds is None:
            return ""
        return self.words.seconds.format(value=f"{seconds:.2f}".replace(".", self.words.decimal))


def as_json(account: Account) -> dict[str, Any]:
    """The account with the ledger's own names. Money is in micro-dollars, null where it is not known."""
    return {
        **_fields(account.answer),
        "seams": [_fields(seam) for seam in account.answer.seams],
        "attempts": [_attempt_as_json(attempt) for attempt in account.attempts],
        "total": {**_used_as_json(account.total), "known_cost_micro_dollars": account.known_cost},
    }


def _attempt_as_json(attempt: AttemptEntry) -> dict[str, Any]:
    fields = _fields(attempt)
    for name in ("settled", "rates", "answer", "prompt", "local", "rest", "seen_at"):
        del fields[name]
    return {**fields, **_used_as_json(settled(attempt))}


def _used_as_json(used: Settled) -> dict[str, Any]:
    fields = _fields(used)
    cost = fields.pop("cost")
    return {**fields, "cost_micro_dollars": cost}


def _fields(struct: Struct) -> dict[str, Any]:
    return msgspec.structs.asdict(struct)


def _text(value: str) -> Text:
    return Text(value.translate(CONTROLS))


def _moment(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))
