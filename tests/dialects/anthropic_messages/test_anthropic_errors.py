"""Errors of Anthropic Messages, read and written."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from sanspanne.errors import CallerError, WireError

read = ANTHROPIC_MESSAGES.read_error


def test_anthropics_own_error_is_read() -> None:
    """Type, message and the code that tells a limit that heals from one that does not are read."""
    for code in ("ramp_limit_exceeded", "enforced_spend_limit_reached"):
        details = {"error_code": code}
        error = {"type": "rate_limit_error", "message": "Too many", "details": details}
        body = json.dumps({"type": "error", "error": error, "request_id": "req_1"}).encode()
        assert read(429, body) == WireError(429, "rate_limit_error", code, "Too many", details=details)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (
            b'{"error":{"message":"No key","type":"auth","code":"invalid_api_key","param":"p"}}',
            WireError(400, "auth", "invalid_api_key", "No key", "p"),
        ),
        (b'[{"error":{"code":503,"message":"Busy","type":null}}]', WireError(400, None, "503", "Busy")),
        (b'{"error":"model not found"}', WireError(400, message="model not found")),
        (b'{"message":"Forbidden"}', WireError(400, message="Forbidden")),
        (b"<html>Bad Gateway</html>", WireError(400, text="<html>Bad Gateway</html>")),
        (b"", WireError(400)),
        (b"[]", WireError(400, text="[]")),
        (b"null", WireError(400, text="null")),
        (b"\xff\xfe", WireError(400, text="\ufffd\ufffd")),
    ],
)
def test_any_other_body_is_read_as_far_as_possible(body: bytes, error: WireError) -> None:
    """Bodies of other shapes, pages and nothing at all give what they hold."""
    assert read(400, body) == error


@given(st.binary(max_size=40) | st.recursive(st.none() | st.text(), st.lists).map(json.dumps).map(str.encode))
def test_no_error_body_breaks_the_reader(body: bytes) -> None:
    """Whatever a provider sends, an error with its status is read."""
    assert read(500, body).status == 500


def test_a_long_page_is_cut() -> None:
    """At most 2,000 characters of a page are kept."""
    assert len(read(502, "é".encode() * 10_000).text) == 2000


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("invalid_request", "invalid_request_error"),
        ("authentication", "authentication_error"),
        ("permission", "permission_error"),
        ("not_found", "not_found_error"),
        ("too_large", "request_too_large"),
        ("conflict", "conflict_error"),
        ("unprocessable", "invalid_request_error"),
        ("rate_limit", "rate_limit_error"),
        ("refused", "invalid_request_error"),
        ("overloaded", "overloaded_error"),
        ("unavailable", "api_error"),
        ("timeout", "timeout_error"),
        ("bad_gateway", "api_error"),
        ("server_error", "api_error"),
    ],
)
def test_every_kind_has_its_type(kind: str, written: str) -> None:
    """Each kind of failure has one of Anthropic's own words, and the request its id."""
    body = json.loads(ANTHROPIC_MESSAGES.write_error(CallerError(400, kind, "A sentence."), "req_1"))
    assert body == {"type": "error", "error": {"type": written, "message": "A sentence."}, "request_id": "req_1"}


def test_an_error_that_is_written_and_read_says_the_same() -> None:
    """Sentence, code and field survive."""
    body = ANTHROPIC_MESSAGES.write_error(CallerError(400, "invalid_request", "No.", param="tools", code="x"), "req_1")
    again = read(400, body)
    assert (again.type, again.message, again.param, again.code) == ("invalid_request_error", "No.", "tools", "x")


def test_a_thread_that_cannot_go_on_is_told_in_the_clients_words() -> None:
    """The official clients then send the whole conversation by themselves; other fields keep our code."""
    for field, code in (("thread", "thread_unsupported_request"), ("tools", "unsupported_parameter")):
        error = CallerError(400, "invalid_request", "no", param=field, code="unsupported_parameter")
        told = json.loads(ANTHROPIC_MESSAGES.write_error(error, "req_1"))
        assert told["error"]["details"] == {"error_code": code, "param": field}
