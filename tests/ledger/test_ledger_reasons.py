"""Why an answer ended, and how long it waited, in the ledger."""

from __future__ import annotations

from pathlib import Path

from sanspanne.hooks import AnswerEnded
from sanspanne.ledger.entries import Books
from sanspanne.ledger.noting import record_of
from sanspanne.ledger.records import AnswerClosed, Lines
from sanspanne.store.sqlite import Database
from sanspanne.store.sqlite_ledger import SqliteLedgerStore

OF_AN_EARLIER_VERSION = (
    b'["A",1.0,"ans_0","req_0","k","openai_chat","gpt","refused","","",null,0.5,"Unanswered",true,[]]\n'
)


def test_the_reason_is_kept(tmp_path: Path) -> None:
    """What the hooks were told is spooled, entered and read back from the store."""
    fact = AnswerEnded("ans_1", "r", "k", "openai_chat", "gpt", "refused", reason="queue_full", waited=1.25)
    record = record_of(fact, 1.0, lambda target: (None, False))
    assert record is not None
    lines, books, store = Lines(), Books(), SqliteLedgerStore(Database(tmp_path))
    books.enter("life", lines.read(lines.write([record])))
    store.save(books)
    entry = store.accounts(["ans_1"]).answers["ans_1"]
    assert (entry.reason, entry.waited) == ("queue_full", 1.25)


def test_lines_of_an_earlier_version_are_read() -> None:
    """What a version that knew no reasons has left in the spool is entered all the same."""
    [record] = Lines().read(OF_AN_EARLIER_VERSION)
    assert isinstance(record, AnswerClosed)
    assert (record.id, record.error, record.reason, record.waited) == ("ans_0", "Unanswered", "", 0.0)
