"""What a provider's headers and sentences say of quotas and waits, and what may be shown of its words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.errors import LocalNetworkFault, ServerFault, WireError
from sanspanne.providers.catalogue import make
from sanspanne.providers.classify import classify, from_transport
from sanspanne.providers.limits import LimitState
from sanspanne.providers.transport import TransportError
from sanspanne.providers.waiting import retry_after
from sanspanne.providers.wording import LONGEST, masked, sentence

NOTHING = WireError(429)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120ms", 0.12),
        ("50.529s", 50.529),
        ("6m0s", 360.0),
        ("1h2m3s", 3723.0),
        ("soon", None),
        ("", None),
        ("-3s", None),
    ],
)
def test_openais_durations(text: str, seconds: float | None) -> None:
    """OpenAI's resets are durations as the Go language writes them; nonsense is no claim."""
    found = make("it", "openai").limits({"x-ratelimit-reset-tokens": text}).tokens_reset
    assert found == (pytest.approx(seconds) if seconds is not None else None)


def test_openais_limits() -> None:
    """All six of OpenAI's headers are read."""
    headers = {
        "x-ratelimit-limit-requests": "500",
        "x-ratelimit-remaining-requests": "499",
        "x-ratelimit-reset-requests": "120ms",
        "x-ratelimit-limit-tokens": "30000",
        "x-ratelimit-remaining-tokens": "29000",
        "x-ratelimit-reset-tokens": "2s",
    }
    assert make("it", "openai").limits(headers) == LimitState(499, 500, pytest.approx(0.12), 29000, 30000, 2.0)


def test_anthropics_limits_use_its_own_clock() -> None:
    """Anthropic's resets are times of day: measured against its `Date`, our clock does not matter; a second is for rounding."""
    headers = {
        "date": "Sun, 22 Nov 2026 10:00:00 GMT",
        "anthropic-ratelimit-requests-limit": "50",
        "anthropic-ratelimit-requests-remaining": "0",
        "anthropic-ratelimit-requests-reset": "2026-11-22T10:00:07Z",
        "anthropic-ratelimit-tokens-limit": "40000",
        "anthropic-ratelimit-tokens-remaining": "39000",
        "anthropic-ratelimit-tokens-reset": "2026-11-22T09:59:00Z",
    }
    one = make("it", "anthropic")
    assert one.limits(headers) == LimitState(0, 50, 8.0, 39000, 40000, 0.0)
    del headers["date"]
    assert one.limits(headers).requests_reset is None


@given(
    st.dictionaries(st.sampled_from(["x-ratelimit-remaining-requests", "x-ratelimit-reset-tokens", "date"]), st.text())
)
def test_limit_headers_never_raise(headers: dict[str, str]) -> None:
    """Whatever stands in a limit header, reading it gives a number or nothing."""
    assert isinstance(make("it", "openai").limits(headers), LimitState)


@pytest.mark.parametrize(
    ("headers", "wire", "seconds"),
    [
        ({"retry-after": "7"}, NOTHING, 7.0),
        ({"retry-after": "0.5"}, NOTHING, 0.5),
        ({"retry-after-ms": "250", "retry-after": "1"}, NOTHING, 0.25),
        ({"retry-after": "Sun, 22 Nov 2026 10:01:00 GMT", "date": "Sun, 22 Nov 2026 10:00:00 GMT"}, NOTHING, 60.0),
        ({"retry-after": "Sun, 22 Nov 2026 10:01:00 GMT"}, NOTHING, None),
        ({"retry-after": "-5"}, NOTHING, None),
        ({"retry-after": "nan"}, NOTHING, None),
        ({"retry-after": "inf"}, NOTHING, None),
        ({"retry-after": "3"}, WireError(429, retry_after=9.0), 3.0),
        ({}, WireError(429, retry_after=37.0), 37.0),
        ({}, WireError(429, message="Please try again in 20s. Visit ..."), 20.0),
        ({}, WireError(429, message="Please try again in 250ms."), 0.25),
        ({}, WireError(429, message="Please retry after 6 seconds."), 6.0),
        ({}, WireError(429, message="Please try again in some time."), None),
    ],
)
def test_where_waits_are_told(headers: dict[str, str], wire: WireError, seconds: float | None) -> None:
    """A wait is found in the headers first, then in the error, then in its sentence; without any, none is invented."""
    assert retry_after(headers, wire) == seconds


def test_header_names_in_any_case() -> None:
    """Header names are compared without regard to their case when a failure is judged."""
    assert classify(NOTHING, {"Retry-After": "4"}).retry_after == 4.0


@pytest.mark.parametrize(
    "key",
    [
        "sk-proj-abcdefghijklmnop",
        "sk-ant-api03-abc_def-ghi",
        "sk-ab********yz",
        "AIzaSyA1234567890abcdefghij",
        "pplx-0123456789abcdef",
        "gsk_0123456789abcdef",
        "xai-0123456789abcdef",
    ],
)
def test_keys_are_masked(key: str) -> None:
    """What looks like any provider's key is not shown, whosever it is."""
    shown = sentence(WireError(401, message=f'Incorrect API key provided: {key}. Header "Bearer {key}"'))
    assert key not in shown
    assert key[:8] not in shown
    assert "Incorrect API key provided" in shown


def test_words_are_not_masked() -> None:
    """Ordinary words with hyphens are left alone."""
    text = "Use a task-oriented prompt; sk- is how keys begin, risk-free."
    assert masked(text) == text


@given(st.text(max_size=800))
def test_sentences_are_safe(text: str) -> None:
    """Whatever a provider says, what is shown is one line, not empty, and not longer than 300 characters."""
    shown = sentence(WireError(500, message=text))
    assert 0 < len(shown) <= LONGEST
    assert "\n" not in shown
    assert "\x1b" not in shown


def test_pages_are_not_shown() -> None:
    """Of a web page nothing is shown but that it was one."""
    shown = sentence(WireError(502, text="<!DOCTYPE html><html><script>alert(1)</script></html>"))
    assert "<" not in shown
    assert "web page" in shown


def test_a_quoted_tag_is_no_page() -> None:
    """A refusal that quotes the caller's own markup is judged as what it is, and shown without the markup."""
    wire = WireError(
        400, type="invalid_request_error", message="Invalid value: '<html><p onclick=x>hello</p>' is no number"
    )
    failure = classify(wire, {})
    assert failure.name == "client_error"
    assert "<" not in failure.message
    assert "hello" in failure.message


@pytest.mark.parametrize("reason", ["resolve", "refused", "connect", "tls", "reset", "cut", "protocol"])
def test_broken_exchanges(reason: str) -> None:
    """A broken exchange is the provider's failure, unless the cause is on our side of the network."""
    far = from_transport(TransportError(reason, "it broke"))
    near = from_transport(TransportError(reason, "it broke", local=True))
    assert (type(far), far.reason) == (ServerFault, reason)
    assert (type(near), near.reason) == (LocalNetworkFault, reason)


def test_judged_by_the_body_before_the_status() -> None:
    """The same status stands for what heals and what does not: the words of the body decide."""
    healing = classify(WireError(429, code="rate_limit_exceeded"), {})
    never = classify(WireError(429, code="insufficient_quota"), {})
    assert (healing.name, never.name) == ("rate_limited", "auth")


def test_overload_in_a_users_words_is_no_overload() -> None:
    """A bad request whose message repeats a user's words is still the request's fault."""
    failure = classify(
        WireError(400, type="invalid_request_error", message="bad value: 'the server is overloaded'"), {}
    )
    assert failure.name == "client_error"
