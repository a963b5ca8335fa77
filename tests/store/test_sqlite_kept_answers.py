"""Whole answers in SQLite: what it costs to keep one more."""

from contextlib import contextmanager

from sanspanne.store.kept_answers import SqliteKeptAnswers
from sanspanne.store.sqlite import Database


class Watched(Database):
    """A database that notes what is asked of it."""

    def __init__(self, folder):
        super().__init__(folder)
        self.statements = []

    @contextmanager
    def work(self, *seconds):
        with super().work(*seconds) as connection:
            connection.set_trace_callback(getattr(self, "statements", []).append)
            yield connection


def test_one_more_answer_costs_the_same_however_many_are_kept(tmp_path):
    """All kept answers are looked through when they may have become too many, and not for each that is put."""
    database = Watched(tmp_path)
    store = SqliteKeptAnswers(database, 86_400.0, most=100_000)
    looked = []
    for number in range(200):
        store.put([(b"%d" % number, b"alice", f"ans_{number}", 1000.0 + number, bytes(1000))])
        looked.append(sum("length(content)" in statement for statement in database.statements))
    assert looked[0] == looked[99] == 1
    assert looked[-1] < 60
    kept = [number for number in range(200) if store.find(b"%d" % number, 0.0) is not None]
    assert kept[-1] == 199
    assert 90 <= len(kept) <= 100
