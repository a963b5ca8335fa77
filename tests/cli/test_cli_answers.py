"""`sanspanne answers`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from command_line import Cli

from sanspanne.chat import Seam, Usage
from sanspanne.hooks import AnswerBegun, AnswerEnded, AttemptBegun, AttemptEnded, Fact
from sanspanne.ledger.entries import Books
from sanspanne.ledger.ledger import FOLDER
from sanspanne.ledger.noting import record_of
from sanspanne.ledger.prices import rates
from sanspanne.ledger.records import AttemptSaid, Lines, Rates, Record
from sanspanne.ledger.spool import Spool
from sanspanne.store.sqlite import Database
from sanspanne.store.sqlite_ledger import SqliteLedgerStore

LIFE = "0000000000001-1"
AT = 1_700_000_000.0
SEAM = Seam("openai/gpt-4o", "anthropic/claude-sonnet-5", "server_error", "anchor", 1812, exact=True)
CUT = AttemptEnded(
    "ans_1", "openai/gpt-4o", "server_error", "reset", 200, 0.4, None, 2.5, None, True, number=1, said=4000
)
FINISHED = AttemptEnded(
    "ans_1", "anthropic/claude-sonnet-5", "answered", "", 200, 0.5, 0.1, 3.0, Usage(1500, 200), number=2
)
STORY: list[Fact] = [
    AnswerBegun("ans_1", "req_1", "laptop", "openai_chat", "gpt", stream=True),
    AttemptBegun("ans_1", 1, "openai/gpt-4o", 1000),
    CUT,
    AttemptBegun("ans_1", 2, "anthropic/claude-sonnet-5", 1400),
    FINISHED,
    AnswerEnded(
        *("ans_1", "req_1", "laptop", "openai_chat", "gpt", "whole", "openai/gpt-4o", "primary", 2, 200, 0.4, 5.5),
        stream=True,
        seams=(SEAM,),
    ),
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The folder in which the commands look."""
    return tmp_path / "xdg" / "sanspanne"


def price(target: str) -> tuple[Rates | None, bool]:
    return {"openai/gpt-4o": rates(2.5, 10), "anthropic/claude-sonnet-5": rates(2, 10)}.get(target), target == "onboard"


def records(facts: list[Fact]) -> list[Record]:
    return [record for place, fact in enumerate(facts) if (record := record_of(fact, AT + place, price)) is not None]


def keep(data: Path, *facts: Fact) -> None:
    """These facts stand in the store."""
    books = Books()
    books.enter(LIFE, records(list(facts)))
    SqliteLedgerStore(Database(data)).save(books)


@pytest.mark.parametrize("name", ["ans_1", "req_1"])
def test_account_of_an_answer(cli: Cli, data: Path, name: str) -> None:
    """By either id one sees who was asked, what became of it, with tokens and cost, estimates marked, and their sum."""
    keep(data, *STORY)
    done = cli("answers", "show", name)
    assert done.code == 0
    rows = [line.split("│")[1:-1] for line in done.out.splitlines() if line.startswith("│")]
    cells = [[cell.strip() for cell in row] for row in rows]
    assert cells == [
        ["1", "openai/gpt-4o", "server_error (reset)", "200", "0.40 s", "2.50 s", "~1,000", "~1,000", "~$0.0125"],
        ["2", "anthropic/claude-sonnet-5", "answered", "200", "0.50 s", "3.00 s", "1,500", "200", "$0.005"],
        ["", "Sum", "", "", "", "", "~2,500", "~1,200", "~$0.0175"],
    ]
    assert "whole; openai/gpt-4o (first choice)" in done.out
    assert "gpt (openai_chat, streamed)" in done.out
    assert "anthropic/claude-sonnet-5 took over from openai/gpt-4o (server_error), by an anchor; exact." in done.out
    assert "after 1,812 characters" in done.out
    assert "~ is an estimate" in done.out


def test_account_in_french(cli: Cli, data: Path) -> None:
    """In a French locale words, numbers and money are French, with the spaces that French typography wants."""
    keep(data, *STORY)
    out = cli("answers", "show", "ans_1", LANG="fr_FR.UTF-8").out
    for expected in (
        "~2\u202f500",
        "0,40\u00a0s",
        "~0,0125\u00a0$",
        "Jetons lus",
        "entière\u202f; openai/gpt-4o (premier choix)",
    ):
        assert expected in out
    assert "Couture après 1\u202f812 caractères\u00a0: anthropic/claude-sonnet-5 a pris la suite" in out
    assert "~ est une estimation\u00a0: personne" in out


def test_account_as_json(cli: Cli, data: Path) -> None:
    """A program gets the same as JSON, with money in micro-dollars."""
    keep(data, *STORY)
    account = json.loads(cli("answers", "show", "ans_1", "--json").out)
    assert (account["id"], account["outcome"], account["seams"][0]["at"]) == ("ans_1", "whole", 1812)
    assert [attempt["cost_micro_dollars"] for attempt in account["attempts"]] == [12_500, 5_000]
    assert [attempt["output_estimated"] for attempt in account["attempts"]] == [True, False]
    assert (account["total"]["input"], account["total"]["cost_micro_dollars"]) == (2500, 17_500)


def test_why_it_was_refused(cli: Cli, data: Path) -> None:
    """Who got no answer reads why, and how long it was in the queue, in the list, in the account and in JSON."""
    refused = AnswerEnded("ans_1", "r", "k", "openai_chat", "gpt", "refused", reason="wait_too_long", waited=2.5)
    keep(data, STORY[0], refused)
    out = cli("answers", "show", "ans_1").out
    assert "no answer (wait_too_long)" in out
    assert "In the queue" in out
    assert "2.50 s" in out
    assert "no answer (wait_too_long)" in cli("answers", "list").out
    account = json.loads(cli("answers", "show", "ans_1", "--json").out)
    assert (account["reason"], account["waited"]) == ("wait_too_long", 2.5)
    assert "Dans la file" in cli("answers", "show", "ans_1", LANG="fr_FR.UTF-8").out


def test_unknown_price_leaves_the_sum_incomplete(cli: Cli, data: Path) -> None:
    """Where a price is not known the sum says so, and how to set it; it is never taken for nothing."""
    other = AttemptEnded("ans_1", "groq/x", "answered", status=200, usage=Usage(10, 10), number=3)
    keep(data, *STORY, AttemptBegun("ans_1", 3, "groq/x", 10), other)
    out = cli("answers", "show", "ans_1").out
    assert "at least $0.0175" in out
    assert 'The price of groq/x is not known, so the sum is incomplete. It can be set: [prices."groq/x"]' in out
    total = json.loads(cli("answers", "show", "ans_1", "--json").out)["total"]
    assert "cost" not in total
    assert (total["cost_micro_dollars"], total["known_cost_micro_dollars"]) == (None, 17_500)


def test_nothing_known_is_no_sum(cli: Cli, data: Path) -> None:
    """Where no price at all is known there is no sum: neither nothing nor "at least nothing"."""
    keep(data, *STORY[:1], AttemptEnded("ans_1", "groq/x", "answered", status=200, usage=Usage(10, 10), number=3))
    out = cli("answers", "show", "ans_1").out
    assert "$" not in out
    assert out.count("│ ?") + out.count(" ? │") >= 2


def test_free_attempts_say_why(cli: Cli, data: Path) -> None:
    """An attempt that costs nothing says whether nobody answered, or whether the engine is one's own."""
    facts: list[Fact] = [
        STORY[0],
        AttemptBegun("ans_1", 1, "openai/gpt-4o", 1000),
        AttemptEnded("ans_1", "openai/gpt-4o", "overloaded", status=503, number=1),
        AttemptBegun("ans_1", 2, "onboard", 1000),
        AttemptEnded("ans_1", "onboard", "answered", status=200, usage=Usage(900, 20), number=2),
    ]
    keep(data, *facts)
    out = cli("answers", "show", "ans_1").out
    assert "never answered costs nothing" in out
    assert "An engine of your own costs nothing here: onboard." in out


def test_running_answer_is_read_from_the_spool(cli: Cli, data: Path) -> None:
    """While the server runs, what it has spooled is shown, attempts that still run with their tokens so far."""
    spool = Spool(data / FOLDER, LIFE)
    spool.append(Lines().write([*records(STORY[:2]), AttemptSaid(AT + 2, 1, 400, 0)]))
    account = json.loads(cli("answers", "show", "ans_1", "--json").out)
    assert (account["outcome"], account["attempts"][0]["outcome"]) == ("", "")
    assert account["total"]["output"] == 100
    assert "running" in cli("answers", "show", "ans_1").out
    spool.close()


def test_answer_of_a_dead_server_has_died(cli: Cli, data: Path) -> None:
    """After the death of the server its open answers are shown as dead, before anybody has tidied up, and stay where they are."""
    keep(data, *STORY[:1])
    spool = Spool(data / FOLDER, LIFE)
    spool.append(Lines().write([*records(STORY[:2]), AttemptSaid(AT + 2, 1, 400, 0)]))
    spool.close()
    before = sorted(os.walk(data / FOLDER))
    account = json.loads(cli("answers", "show", "ans_1", "--json").out)
    assert (account["outcome"], account["attempts"][0]["outcome"]) == ("died", "died")
    assert account["attempts"][0]["output_estimated"] is True
    assert "the process died" in cli("answers", "show", "req_1").out
    assert sorted(os.walk(data / FOLDER)) == before


def test_latest_answers(cli: Cli, data: Path) -> None:
    """The list has the latest answers first, also those that are only spooled, and no more than were asked for."""
    keep(data, *(AnswerBegun(f"ans_{place}", "req", "laptop", "openai_chat", "gpt") for place in range(3)))
    spool = Spool(data / FOLDER, "0000000000002-1")
    spooled = record_of(AnswerBegun("ans_9", "req", "laptop", "openai_chat", "gpt"), AT + 9, price)
    assert spooled is not None
    spool.append(Lines().write([spooled]))
    listed = json.loads(cli("answers", "list", "--last", "2", "--json").out)
    assert [answer["id"] for answer in listed] == ["ans_9", "ans_2"]
    out = cli("answers", "list").out
    assert all(f"ans_{place}" in out for place in (0, 1, 2, 9))
    spool.close()


def test_unknown_answer_is_a_sentence(cli: Cli) -> None:
    """An id that the ledger does not have is told in a sentence with an example, and the command fails."""
    done = cli("answers", "show", "ans_nobody")
    assert (done.code, done.out) == (1, "")
    assert 'no answer "ans_nobody"' in done.err
    assert "sanspanne answers show ans_" in done.err
    assert "«\u00a0ans_nobody\u00a0»" in cli("answers", "show", "ans_nobody", LANG="fr").err


def test_empty_ledger_says_how_to_begin(cli: Cli) -> None:
    """Without answers the list says how to get one; a list of none is refused."""
    assert "sanspanne ask" in cli("answers", "list").err
    done = cli("answers", "list", "--last", "0")
    assert done.code == 2
    assert "--last 20" in done.err


def test_reading_makes_no_folder(cli: Cli, tmp_path: Path) -> None:
    """Whoever misspells the folder finds no answers there, and no folder afterwards."""
    where = tmp_path / "mispelt"
    assert "sanspanne ask" in cli("answers", "list", "--data", str(where)).err
    assert cli("answers", "list", "--data", str(where), "--json").out.strip() == "[]"
    assert cli("answers", "show", "ans_1", "--data", str(where)).code == 1
    assert not where.exists()


def test_what_callers_write_does_not_steer_the_terminal(cli: Cli, data: Path) -> None:
    """A name of a model with markup or control characters is shown as text."""
    keep(data, AnswerBegun("ans_1", "req_1", "laptop", "openai_chat", "[bold]x[/bold]\x1b[2J"))
    out = cli("answers", "show", "ans_1").out + cli("answers", "list").out
    assert "[bold]x[/bold]" in out
    assert "\x1b" not in out
