"""Metrics that are read where they are counted."""

from __future__ import annotations

import io

from msgspec import Struct

from sanspanne.hooks import AnswerEnded
from sanspanne.outcomes import REASONS
from sanspanne.telemetry import Telemetry
from sanspanne.telemetry.access import access_line
from sanspanne.telemetry.readings import MOST, Readings


class Books(Struct):
    """Books of an edge."""

    offered: int
    open: int
    ended: dict[str, int]


class Room(Struct):
    """A target's limit."""

    own: int
    spill: int = 0
    limit: int = 100
    refusals: int = 0


BOOKS = Books(10, 3, {**dict.fromkeys(REASONS, 0), "primary": 5, "shed": 2})


def read(rooms: dict[str, Room], books: Books = BOOKS) -> list[str]:
    """The lines of `/metrics` for these."""
    telemetry = Telemetry(io.StringIO())
    telemetry.metrics.read(Readings(books, lambda: {"agent": 4}, rooms.items, lambda: 7))
    return telemetry.render().decode().splitlines()


def test_books_queue_and_limits_are_metrics() -> None:
    """Offered, ended by reason and open; who waits, by class; each target's use and limit; kept questions."""
    lines = read({"a/m": Room(2, 1, 50, 9)})
    for line in [
        "sanspanne_requests_total 10.0",
        "sanspanne_requests_open 3.0",
        'sanspanne_request_outcomes_total{outcome="answered",reason="primary"} 5.0',
        'sanspanne_request_outcomes_total{outcome="refused",reason="shed"} 2.0',
        'sanspanne_queue_waiting{class="agent"} 4.0',
        'sanspanne_target_in_flight{target="a/m",traffic="own"} 2.0',
        'sanspanne_target_in_flight{target="a/m",traffic="spill"} 1.0',
        'sanspanne_target_limit{target="a/m"} 50.0',
        'sanspanne_target_refusals_total{target="a/m"} 9.0',
        "sanspanne_kept_questions 7.0",
    ]:
        assert line in lines


def test_every_reason_is_there_from_the_start() -> None:
    """A reason that has not occurred is 0, so that its first occurrence is seen as a rise."""
    lines = read({})
    assert sum(line.startswith("sanspanne_request_outcomes_total{") for line in lines) == len(REASONS)


def test_callers_cannot_fill_the_readings() -> None:
    """However many targets callers invent, a bounded number is told of, those with traffic among them."""
    lines = read({f"a/{n}": Room(n == MOST + 50) for n in range(MOST + 100)})
    assert sum(line.startswith("sanspanne_target_limit{") for line in lines) == MOST
    assert f'sanspanne_target_in_flight{{target="a/{MOST + 50}",traffic="own"}} 1.0' in lines


def test_the_access_log_says_why_and_how_long_it_waited() -> None:
    """The reason and the seconds in the queue stand in the line of an answer."""
    line = access_line(AnswerEnded("ans_1", "r", "k", "d", "m", "refused", reason="shed", waited=1.25), 0.0)
    assert '"reason":"shed","waited":1.25' in line


def test_only_who_waited_is_in_the_histogram() -> None:
    """The time in the queue is that of answers which were in it."""
    telemetry = Telemetry(io.StringIO())
    telemetry.metrics.answer(AnswerEnded("ans_1", "r", "k", "d", "m", "whole", waited=0.0))
    telemetry.metrics.answer(AnswerEnded("ans_2", "r", "k", "d", "m", "whole", waited=2.5))
    lines = telemetry.render().decode().splitlines()
    assert "sanspanne_queue_wait_seconds_count 1.0" in lines
    assert 'sanspanne_queue_wait_seconds_bucket{le="3.0"} 1.0' in lines
