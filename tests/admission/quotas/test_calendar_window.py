"""The windows of the limits per day and per month."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from sanspanne.admission.quotas.calendar_window import CalendarWindow, Used, day_of, month_of

moments = st.floats(min_value=0.0, max_value=4e9)


def at(*date: int) -> float:
    return datetime(*date, tzinfo=UTC).timestamp()  # type: ignore[arg-type]


@given(moments)
def test_every_moment_lies_in_its_day_and_month(wall: float) -> None:
    """A day and a month begin no later than the moment and end after it, at midnight in UTC; the day lies in the month."""
    day, month = day_of(wall), month_of(wall)
    assert month[0] <= day[0] <= wall < day[1] <= month[1]
    assert day[1] - day[0] == 86_400
    assert datetime.fromtimestamp(month[1], UTC).day == 1


def test_months_have_their_own_lengths() -> None:
    """February of a leap year and December end where the calendar has it."""
    assert month_of(at(2028, 2, 29, 23, 59)) == (at(2028, 2, 1), at(2028, 3, 1))
    assert month_of(at(2026, 12, 31)) == (at(2026, 12, 1), at(2027, 1, 1))


def test_window_begins_from_nothing_when_it_ends() -> None:
    """What was used counts until midnight and not after it."""
    window = CalendarWindow(day_of)
    window.at(at(2026, 11, 22, 23, 59)).add(Used(1, 10, 0.5))
    assert window.at(at(2026, 11, 22, 23, 59, 59)) == Used(1, 10, 0.5)
    assert window.ends_in(at(2026, 11, 22, 23, 59, 59)) == 1
    assert window.at(at(2026, 11, 23)) == Used()


def test_clock_set_back_gives_nothing_back() -> None:
    """A clock that is set back to yesterday does not make what was used today unused."""
    window = CalendarWindow(day_of)
    window.at(at(2026, 11, 22, 0, 1)).add(Used(5))
    assert window.at(at(2026, 11, 21, 23, 59)) == Used(5)
