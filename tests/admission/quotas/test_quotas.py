"""How much each caller's key may use."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from quota_helpers import NOON, Clocks, limited, refused

from sanspanne.admission.quotas import Quotas
from sanspanne.admission.quotas.calendar_window import Used
from sanspanne.admission.quotas.meter import Spent
from sanspanne.admission.quotas.recent import AT_FIRST
from sanspanne.admission.quotas.terms import UNLIMITED, Limits, Terms
from sanspanne.errors import CallerError

TO_MIDNIGHT = 12 * 3600


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


def used(quotas: Quotas, limit: str, key: str = "app") -> float:
    return next(use.used for use in quotas.left(key) if use.limit == limit)


def test_key_without_limits_enters_always(clocks: Clocks) -> None:
    """Without any limit nothing is refused, and nothing is said of limits."""
    quotas = Quotas(clocks.now, clocks.wall)
    for number in range(1000):
        quotas.enter("local", f"a{number}", 1_000_000)
    assert quotas.left("local") == ()
    assert quotas.headers("local", "openai_chat") == []


def test_requests_per_minute_flow_back(clocks: Clocks) -> None:
    """A full bucket passes at once; after that one request passes per share of the minute."""
    quotas = limited(clocks, Limits(requests_per_minute=6))
    for number in range(6):
        quotas.enter("app", f"a{number}", 1)
    told = refused(quotas)
    assert told.code == "quota_requests_per_minute"
    assert told.retry_after == pytest.approx(10)
    clocks.passed += 10
    quotas.enter("app", "b", 1)
    assert refused(quotas).retry_after == pytest.approx(10)


def test_refusal_takes_nothing(clocks: Clocks) -> None:
    """Who is refused by one limit has used nothing of the others."""
    quotas = limited(clocks, Limits(requests_per_minute=100, requests_per_day=100, tokens_per_day=100_000, streams=1))
    quotas.enter("app", "a", 1)
    before = quotas.left("app")
    assert refused(quotas).code == "quota_streams"
    assert quotas.left("app") == before


def test_the_longest_wait_is_told(clocks: Clocks) -> None:
    """Of several limits that are used up, the one that resets last is told: to come again before helps nobody."""
    quotas = limited(clocks, Limits(requests_per_minute=1, requests_per_day=1))
    quotas.enter("app", "a", 1)
    assert refused(quotas).code == "quota_requests_per_day"


def test_tokens_are_reserved_and_corrected(clocks: Clocks) -> None:
    """An answer reserves its prompt and what it is expected to say; at its end what it used counts instead."""
    quotas = limited(clocks, Limits(tokens_per_minute=10_000, tokens_per_day=20_000))
    quotas.enter("app", "a", 100)
    assert used(quotas, "tokens_per_minute") == pytest.approx(100 + AT_FIRST)
    assert used(quotas, "tokens_per_day") == 100 + AT_FIRST
    quotas.spend("app", "a", Spent(120, 30))
    quotas.leave("a")
    assert used(quotas, "tokens_per_minute") == pytest.approx(150)
    assert used(quotas, "tokens_per_day") == 150


def test_reservation_knows_the_keys_usual_answers(clocks: Clocks) -> None:
    """What is reserved follows what nine of ten answers of the key have used, and never exceeds the caller's own limit."""
    quotas = limited(clocks, Limits(tokens_per_day=1_000_000))
    for number in range(10):
        quotas.enter("app", f"a{number}", 0)
        quotas.spend("app", f"a{number}", Spent(0, 2000))
        quotas.leave(f"a{number}")
    quotas.enter("app", "b", 10)
    assert used(quotas, "tokens_per_day") == 20_000 + 2010
    quotas.enter("app", "c", 10, 300)
    assert used(quotas, "tokens_per_day") == 20_000 + 2010 + 310


def test_answer_beyond_its_reservation_counts_whole(clocks: Clocks) -> None:
    """What an answer uses beyond its reservation comes out of the limits too, be it into debt."""
    quotas = limited(clocks, Limits(tokens_per_minute=1000))
    quotas.enter("app", "a", 100, 100)
    quotas.spend("app", "a", Spent(100, 3900))
    quotas.leave("a")
    assert used(quotas, "tokens_per_minute") == pytest.approx(4000)
    told = refused(quotas, tokens=10, most=0)
    assert told.code == "quota_tokens_per_minute"
    assert (told.retry_after, told.should_retry) == (60, False)


def test_larger_than_the_limit_passes_when_nothing_is_used(clocks: Clocks) -> None:
    """A request that is larger than the whole limit is not refused for ever: it passes when nothing of it is used."""
    quotas = limited(clocks, Limits(tokens_per_minute=1000, tokens_per_day=2000))
    quotas.enter("app", "a", 1_000_000)
    assert refused(quotas, tokens=1, most=1).code == "quota_tokens_per_minute"


def test_day_begins_anew_at_midnight(clocks: Clocks) -> None:
    """Requests and tokens per day are refused until midnight in UTC and pass after it."""
    quotas = limited(clocks, Limits(requests_per_day=2))
    quotas.enter("app", "a", 1)
    quotas.enter("app", "b", 1)
    told = refused(quotas)
    assert (told.code, told.retry_after, told.should_retry) == ("quota_requests_per_day", 60, False)
    assert f"in {TO_MIDNIGHT} s, at 2026-11-23 00:00:00 UTC" in told.message
    clocks.passed += TO_MIDNIGHT
    quotas.enter("app", "c", 1)


def test_answer_over_midnight_counts_where_it_ends(clocks: Clocks) -> None:
    """The tokens of an answer that lasts over midnight belong to the new day; its reservation does not stay behind."""
    quotas = limited(clocks, Limits(tokens_per_day=5000))
    quotas.enter("app", "a", 100)
    clocks.passed += TO_MIDNIGHT + 1
    quotas.spend("app", "a", Spent(100, 50))
    quotas.leave("a")
    assert used(quotas, "tokens_per_day") == 150


def test_money_is_what_was_spent(clocks: Clocks) -> None:
    """As long as something is left an answer passes; once it is spent, none does until the month ends."""
    quotas = limited(clocks, Limits(dollars_per_month=1.0))
    quotas.enter("app", "a", 1)
    quotas.spend("app", "a", Spent(10, 10, 0.99))
    quotas.enter("app", "b", 1)
    quotas.spend("app", "b", Spent(10, 10, 0.5))
    told = refused(quotas)
    assert told.code == "quota_dollars_per_month"
    assert "has used 1.49 of its 1 dollars per month" in told.message
    assert "2026-12-01 00:00:00 UTC" in told.message


def test_what_has_no_price_counts_nothing(clocks: Clocks) -> None:
    """A cost that is not known is taken for nothing by a budget."""
    quotas = limited(clocks, Limits(dollars_per_day=0.01))
    quotas.spend("app", "a", Spent(1_000_000, 1_000_000, None))
    quotas.enter("app", "b", 1)


def test_streams_count_those_under_way(clocks: Clocks) -> None:
    """So many answers pass at once, and the next one as soon as one of them is over."""
    quotas = limited(clocks, Limits(streams=2))
    quotas.enter("app", "a", 1)
    quotas.enter("app", "b", 1)
    told = refused(quotas)
    assert told.code == "quota_streams"
    assert told.should_retry is None
    quotas.leave("a")
    quotas.leave("a")
    quotas.enter("app", "c", 1)
    assert refused(quotas).code == "quota_streams"


def test_defaults_hold_where_a_key_names_nothing(clocks: Clocks) -> None:
    """`[quotas]` gives every key, and the caller without one, the limits that it does not name itself; not one for all."""
    quotas = Quotas(clocks.now, clocks.wall)
    quotas.configure(
        {"app": Terms(limits=Limits(streams=5), section="keys.app")}, Limits(requests_per_day=1, streams=1)
    )
    for key in ("app", "local"):
        quotas.enter(key, f"a-{key}", 1)
        assert refused(quotas, key).code == "quota_requests_per_day"
    assert {use.limit: use.most for use in quotas.left("app")} == {"requests_per_day": 1, "streams": 5}


def test_class_is_the_keys_own(clocks: Clocks) -> None:
    """A key has its class, from the configuration or from the store, and a caller who is not known is interactive."""
    quotas = limited(clocks, UNLIMITED, "batch")
    stored = {"laptop": Terms("agent", section="")}
    quotas.stored = lambda: stored
    assert [quotas.class_of(key) for key in ("app", "laptop", "local")] == ["batch", "agent", "interactive"]


def test_changed_terms_hold_at_once_and_forget_nothing(clocks: Clocks) -> None:
    """New limits of the store hold for the next answer, and count what the key used before it had any."""
    quotas = Quotas(clocks.now, clocks.wall)
    quotas.enter("laptop", "a", 1)
    quotas.spend("laptop", "a", Spent(10, 10, 2.0))
    terms = {"laptop": Terms(limits=Limits(requests_per_day=2, dollars_per_day=5.0), section="")}
    quotas.stored = lambda: terms
    assert {use.limit: use.used for use in quotas.left("laptop")} == {"requests_per_day": 1, "dollars_per_day": 2.0}
    quotas.enter("laptop", "b", 1)
    assert "sanspanne keys limit laptop --requests-per-day 4" in refused(quotas, "laptop").message
    more = {"laptop": Terms(limits=Limits(requests_per_day=3), section="")}
    quotas.stored = lambda: more
    quotas.enter("laptop", "c", 1)


def test_configuration_goes_before_the_store(clocks: Clocks) -> None:
    """Where both name a key, the configuration's terms hold, as its secret does."""
    quotas = limited(clocks, Limits(streams=3))
    stored = {"app": Terms(limits=Limits(streams=99), section="")}
    quotas.stored = lambda: stored
    assert [use.most for use in quotas.left("app")] == [3]


def test_what_earlier_lives_used_is_added(clocks: Clocks) -> None:
    """What was used before this start counts as soon as it is known, beside what was used since."""
    quotas = limited(clocks, Limits(requests_per_day=10, dollars_per_month=20.0))
    quotas.enter("app", "a", 1)
    quotas.spend("app", "a", Spent(1, 1, 1.0))
    quotas.add_earlier({"app": Used(4, 100, 2.0)}, {"app": Used(40, 1000, 7.5)}, clocks.wall())
    assert {use.limit: use.used for use in quotas.left("app")} == {"requests_per_day": 5, "dollars_per_month": 8.5}


def test_what_yesterday_used_is_not_added_to_today(clocks: Clocks) -> None:
    """Sums that were read before midnight and arrive after it count for the month alone."""
    quotas = limited(clocks, Limits(requests_per_day=10, dollars_per_month=20.0))
    clocks.passed = TO_MIDNIGHT + 1
    quotas.add_earlier({"app": Used(4)}, {"app": Used(4, 0, 7.5)}, NOON)
    assert {use.limit: use.used for use in quotas.left("app")} == {"requests_per_day": 0, "dollars_per_month": 7.5}


def test_answers_of_an_earlier_life_cost_what_they_cost(clocks: Clocks) -> None:
    """An answer that has not entered, since an earlier life began it, is paid for and takes no request."""
    quotas = limited(clocks, Limits(requests_per_day=10, tokens_per_day=1000))
    quotas.spend("app", "recovered", Spent(10, 20))
    quotas.leave("recovered")
    assert {use.limit: use.used for use in quotas.left("app")} == {"requests_per_day": 0, "tokens_per_day": 30}


# --- whatever happens

actions = st.lists(
    st.tuples(
        st.sampled_from(["enter", "spend", "leave", "pass"]),
        st.integers(0, 5),  # which answer
        st.integers(0, 400),  # tokens
        st.floats(0, 40.0),  # seconds
    ),
    max_size=60,
)
limits = st.builds(
    Limits,
    requests_per_minute=st.none() | st.integers(1, 6),
    requests_per_day=st.none() | st.integers(1, 12),
    tokens_per_minute=st.none() | st.integers(1, 2000),
    tokens_per_day=st.none() | st.integers(1, 4000),
    streams=st.none() | st.integers(1, 4),
)


@given(limits, actions)
def test_limits_hold_whatever_is_asked(limits: Limits, actions: list[Any]) -> None:
    """In no day more requests pass than the limit, in no window more than the bucket and its flow, never more at once."""
    clocks = Clocks()
    quotas = limited(clocks, limits)
    under_way: set[str] = set()
    passed: list[float] = []
    waits: list[float] = []
    for number, (action, which, tokens, seconds) in enumerate(actions):
        answer_id = f"a{which}"
        if action == "pass":
            clocks.passed += seconds
        elif action == "enter" and answer_id not in under_way:
            try:
                quotas.enter("app", answer_id, tokens, number % 7 * 50)
            except CallerError as refusal:
                waits.append(refusal.retry_after or 0.0)
            else:
                under_way.add(answer_id)
                passed.append(clocks.passed)
        elif action == "spend" and answer_id in under_way:
            quotas.spend("app", answer_id, Spent(tokens, which * 10))
        elif action == "leave":
            quotas.leave(answer_id)
            under_way.discard(answer_id)
        assert limits.streams is None or len(under_way) <= limits.streams
        assert all(use.used >= 0 for use in quotas.left("app"))
    assert all(0 < wait <= 60 for wait in waits)
    assert limits.requests_per_day is None or len(passed) <= limits.requests_per_day
    if limits.requests_per_minute is not None:
        for begin in passed:
            inside = sum(begin <= at < begin + 60 for at in passed)
            assert inside <= 2 * limits.requests_per_minute


@given(actions)
def test_enter_and_leave_balance(actions: list[Any]) -> None:
    """When all answers have left, nobody is under way, nothing is reserved, and what was used is what was spent."""
    clocks = Clocks()
    quotas = limited(clocks, Limits(streams=1000, tokens_per_day=10_000_000))
    spent: dict[str, int] = defaultdict(int)
    entered: set[str] = set()
    for action, which, tokens, _ in actions:
        answer_id = f"a{which}"
        if action == "enter" and answer_id not in entered:
            quotas.enter("app", answer_id, tokens)
            entered.add(answer_id)
        elif action == "spend":
            quotas.spend("app", answer_id, Spent(tokens, which))
            spent[answer_id] += tokens + which
        elif action == "leave":
            quotas.leave(answer_id)
            entered.discard(answer_id)
    for answer_id in entered:
        quotas.leave(answer_id)
    assert {use.limit: use.used for use in quotas.left("app")} == {"streams": 0, "tokens_per_day": sum(spent.values())}


@given(st.lists(st.integers(0, 500), max_size=20), st.integers(100, 3000))
def test_reservations_never_pass_more_tokens_than_a_day_has(prompts: list[int], limit: int) -> None:
    """As long as no answer uses more than it reserved, a day passes no more tokens than its limit."""
    quotas = limited(Clocks(), Limits(tokens_per_day=limit))
    total = 0
    for number, prompt in enumerate(prompts):
        try:
            quotas.enter("app", f"a{number}", prompt, 50)
        except CallerError:
            continue
        used = min(prompt + 50, limit)
        quotas.spend("app", f"a{number}", Spent(used, 0))
        quotas.leave(f"a{number}")
        total += used
    assert total <= limit


def test_limits_that_come_in_the_middle_of_an_answer(clocks: Clocks) -> None:
    """An answer that entered without limits has its place, and its tokens, counted when its key is given some."""
    quotas = Quotas(clocks.now, clocks.wall)
    quotas.enter("app", "a", 10)
    quotas.spend("app", "a", Spent(10, 20))
    limits = Limits(streams=1, tokens_per_minute=100, tokens_per_day=1000)
    quotas.configure({"app": Terms(limits=limits)}, UNLIMITED)
    assert (used(quotas, "streams"), used(quotas, "tokens_per_day")) == (1, 30)
    assert refused(quotas).code == "quota_streams"
    quotas.spend("app", "a", Spent(0, 50))
    assert (used(quotas, "tokens_per_minute"), used(quotas, "tokens_per_day")) == (pytest.approx(50), 80)
    quotas.leave("a")
    assert used(quotas, "streams") == 0
