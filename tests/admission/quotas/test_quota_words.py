"""What a caller is told whose key has used what it may use, and what the heads of answers say."""

from __future__ import annotations

import pytest
from quota_helpers import Clocks, limited, refused

from sanspanne.admission.quotas import Quotas
from sanspanne.admission.quotas.gauges import Use
from sanspanne.admission.quotas.headers import quota_headers
from sanspanne.admission.quotas.meter import Spent
from sanspanne.admission.quotas.terms import Limits

NOON = Clocks().wall()


def test_refusal_says_all_that_there_is_to_know() -> None:
    """The sentence has the limit, what is used of it, when there is room again, and what the operator would change."""
    quotas = limited(Clocks(), Limits(requests_per_minute=2))
    quotas.enter("app", "a", 1)
    quotas.enter("app", "b", 1)
    told = refused(quotas)
    assert told.message == (
        'The key "app" has used 2 of its 2 requests per minute. There is room again in 30 s, at 2026-11-22 12:00:30 UTC. '
        "The operator of this server can change it, for example under [keys.app]: requests_per_minute = 4"
    )
    assert (told.status, told.kind, told.code) == (429, "rate_limit", "quota_requests_per_minute")
    assert (told.retry_after, told.should_retry) == (pytest.approx(30), None)


def test_refusal_for_tokens_says_how_many_were_asked() -> None:
    """Where tokens are short, the caller reads how many his own request was reckoned at."""
    quotas = limited(Clocks(), Limits(tokens_per_day=1000))
    quotas.spend("app", "a", Spent(400, 200))
    assert "has used 600 of its 1000 tokens per day. This request is reckoned at 700 tokens." in (
        refused(quotas, tokens=400, most=300).message
    )


def test_small_sums_of_money_are_not_nothing() -> None:
    """A fraction of a cent is told as such."""
    quotas = limited(Clocks(), Limits(dollars_per_day=0.01))
    quotas.spend("app", "a", Spent(1, 1, 0.0123))
    assert "has used 0.01 of its 0.01 dollars per day" in refused(quotas).message


def test_caller_without_a_key_is_told_of_the_defaults() -> None:
    """Whose limit is the default one is told to look under [quotas]."""
    clocks = Clocks()
    quotas = Quotas(clocks.now, clocks.wall)
    quotas.configure({}, Limits(streams=1))
    quotas.enter("local", "a", 1)
    told = refused(quotas, "local")
    assert "There is room again as soon as one of them ends." in told.message
    assert "under [quotas]: streams = 2" in told.message


def test_heads_are_in_the_names_of_openai() -> None:
    """Callers who speak OpenAI's dialect get the six headers that its clients read."""
    uses = [Use("requests_per_minute", 60, 59.5, 59.5), Use("tokens_per_day", 1000, 250, 3600.0)]
    assert quota_headers(uses, "openai_chat", NOON) == [
        (b"x-ratelimit-limit-requests", b"60"),
        (b"x-ratelimit-remaining-requests", b"0"),
        (b"x-ratelimit-reset-requests", b"1m0s"),
        (b"x-ratelimit-limit-tokens", b"1000"),
        (b"x-ratelimit-remaining-tokens", b"750"),
        (b"x-ratelimit-reset-tokens", b"1h0m0s"),
    ]


def test_heads_are_in_the_names_of_anthropic() -> None:
    """Callers who speak Anthropic's dialect get its names, and moments instead of durations."""
    assert quota_headers([Use("requests_per_minute", 60, 1, 1.0)], "anthropic_messages", NOON) == [
        (b"anthropic-ratelimit-requests-limit", b"60"),
        (b"anthropic-ratelimit-requests-remaining", b"59"),
        (b"anthropic-ratelimit-requests-reset", b"2026-11-22T12:00:01Z"),
    ]


def test_scarcer_limit_is_told() -> None:
    """Of a limit per minute and one per day, the one of which less is left stands in the head."""
    uses = [Use("requests_per_minute", 60, 10, 10.0), Use("requests_per_day", 100, 99, 7200.0)]
    headers = dict(quota_headers(uses, "openai_chat", NOON))
    assert headers[b"x-ratelimit-limit-requests"] == b"100"
    assert headers[b"x-ratelimit-remaining-requests"] == b"1"


def test_debt_and_money_do_not_show() -> None:
    """What is overdrawn has nothing left, not less; limits that these names have no word for are not told."""
    uses = [Use("tokens_per_minute", 100, 900, 540.0), Use("streams", 5, 5, 2.0), Use("dollars_per_day", 1.0, 0.5, 9.0)]
    headers = dict(quota_headers(uses, "openai_chat", NOON))
    assert headers[b"x-ratelimit-remaining-tokens"] == b"0"
    assert len(headers) == 3


@pytest.mark.parametrize(("seconds", "text"), [(0.0, b"0s"), (0.0165, b"17ms"), (1.0, b"1s"), (61.0, b"1m1s")])
def test_durations_are_written_as_openai_does(seconds: float, text: bytes) -> None:
    """Durations have OpenAI's form."""
    headers = dict(quota_headers([Use("requests_per_minute", 60, 1, seconds)], "openai_chat", NOON))
    assert headers[b"x-ratelimit-reset-requests"] == text
