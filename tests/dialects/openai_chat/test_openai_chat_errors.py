"""Errors are read whatever their shape, and written so that people and SDKs understand them."""

from __future__ import annotations

import msgspec
import pytest

from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.errors import CallerError, WireError

GOOGLE = '{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}'


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (
            b'{"error":{"message":"m","type":"tokens","param":"p","code":"rate_limit_exceeded"}}',
            WireError(429, "tokens", "rate_limit_exceeded", "m", "p"),
        ),
        (b'{"error":"model not found"}', WireError(429, message="model not found")),
        (
            b'{"error":{"code":503,"message":"m","metadata":{"a":1}}}',
            WireError(429, None, "503", "m", details={"metadata": {"a": 1}}),
        ),
        (b'{"message":"m","request_id":"r"}', WireError(429, message="m", details={"request_id": "r"})),
        (
            b'{"object":"error","message":"m","type":"invalid_request_error","code":"1500"}',
            WireError(429, "invalid_request_error", "1500", "m", details={"object": "error"}),
        ),
        (b'{"detail":"Not Found"}', WireError(429, message="Not Found", details={"detail": "Not Found"})),
        (
            b'[{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}]',
            WireError(429, "RESOURCE_EXHAUSTED", "429", "m", details={"status": "RESOURCE_EXHAUSTED"}),
        ),
        (b"<html>Bad gateway</html>", WireError(429, text="<html>Bad gateway</html>")),
        (b"", WireError(429)),
        (b"\xff", WireError(429, text="\ufffd")),
        (b'{"a":1}', WireError(429, text='{"a":1}', details={"a": 1})),
    ],
)
def test_error_bodies(body: bytes, error: WireError) -> None:
    """Each provider's shape is read into the same fields."""
    assert OPENAI_CHAT.read_error(429, body) == error


def test_complaints_of_fastapi() -> None:
    """A list of complaints becomes one sentence and the field that the first is about."""
    complaints = [{"loc": ["body", "messages", 0], "msg": "Field required", "type": "missing"}, {"msg": "Too long"}]
    error = OPENAI_CHAT.read_error(422, msgspec.json.encode({"detail": complaints}))
    assert (error.message, error.param) == ("Field required; Too long", "messages.0")


@pytest.mark.parametrize("body", [{"error": {"message": GOOGLE, "code": 500}}, {"error": GOOGLE}, {"message": GOOGLE}])
def test_an_error_within_an_error(body: object) -> None:
    """JSON text inside the message, as Google's compatible API sends it, is read in its turn."""
    error = OPENAI_CHAT.read_error(503, msgspec.json.encode(body))
    assert (error.message, error.type, error.code) == ("The model is overloaded.", "UNAVAILABLE", "503")


def test_an_error_within_keeps_what_only_the_outer_says() -> None:
    """Mistral puts the complaints into an object; the type and code beside it are kept."""
    body = {"message": {"detail": [{"loc": ["body", "n"], "msg": "bad n"}]}, "type": "invalid_request_error", "code": 7}
    error = OPENAI_CHAT.read_error(422, msgspec.json.encode(body))
    assert (error.message, error.param, error.type, error.code) == ("bad n", "n", "invalid_request_error", "7")


def test_a_long_page_is_cut() -> None:
    """Of a page only the first 2,000 characters are kept, counted as characters."""
    assert OPENAI_CHAT.read_error(502, "é".encode() * 5000).text == "é" * 2000


@pytest.mark.parametrize(
    ("kind", "type_", "code"),
    [
        ("invalid_request", "invalid_request_error", None),
        ("authentication", "authentication_error", "invalid_api_key"),
        ("permission", "permission_error", None),
        ("not_found", "invalid_request_error", "not_found"),
        ("too_large", "invalid_request_error", "request_too_large"),
        ("conflict", "invalid_request_error", "conflict"),
        ("unprocessable", "invalid_request_error", None),
        ("rate_limit", "rate_limit_error", "rate_limit_exceeded"),
        ("refused", "invalid_request_error", "content_policy_violation"),
        ("overloaded", "service_unavailable_error", "server_is_overloaded"),
        ("unavailable", "service_unavailable_error", "service_unavailable"),
        ("timeout", "server_error", "timeout"),
        ("bad_gateway", "server_error", "bad_gateway"),
        ("server_error", "server_error", None),
    ],
)
def test_every_kind_in_openais_words(kind: str, type_: str, code: str | None) -> None:
    """Every kind of error has a type and a code; a code that the error brings along wins."""
    body = msgspec.json.decode(OPENAI_CHAT.write_error(CallerError(400, kind, "A sentence.", param="n"), "req_1"))
    assert body == {
        "error": {"message": "A sentence.", "type": type_, "param": "n", "code": code},
        "request_id": "req_1",
    }
    own = OPENAI_CHAT.write_error(CallerError(400, kind, "A sentence.", code="model_loading"), "req_1")
    assert msgspec.json.decode(own)["error"]["code"] == "model_loading"


def test_what_is_written_is_read_back() -> None:
    """Our own errors, met upstream by another sanspanne, are understood."""
    body = OPENAI_CHAT.write_error(CallerError(503, "overloaded", "No room.", param="n"), "")
    assert OPENAI_CHAT.read_error(503, body) == WireError(
        503, "service_unavailable_error", "server_is_overloaded", "No room.", "n"
    )
