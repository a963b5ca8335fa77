"""OpenAI with answers in the background: what is asked, and what its failures mean."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from sanspanne.chat import (
    Capability,
    ChatRequest,
    Failed,
    Message,
    Reasoning,
    ResumePoint,
    Text,
    ToolCall,
    ToolResult,
)
from sanspanne.dialects.openai_responses.stream_in import Reader
from sanspanne.providers.base import Provider
from sanspanne.providers.catalogue import KINDS, make

KEY = "c0ffee0123456789abcdefghij"


def openai(base_url: str = "http://127.0.0.1:9/v1", *, background: bool = True) -> Provider:
    """OpenAI, somewhere on loopback."""
    return make("it", "openai", base_url, KEY, background=background)


def question(**rest: Any) -> ChatRequest:
    """A plain question in no dialect."""
    messages = rest.pop("messages", (Message("user", (Text("Bonjour"),)),))
    return ChatRequest(dialect=rest.pop("dialect", ""), model="m", messages=messages, stream=True, **rest)


def body_of(request: ChatRequest, model: str = "gpt-4o") -> tuple[dict[str, Any], tuple[str, ...]]:
    """What is asked, and what had to be left out."""
    call, omitted = openai().chat(request, model)
    assert call.url.endswith("/v1/responses")
    return msgspec.json.decode(call.body), omitted


def test_the_calls_and_the_key() -> None:
    """The question, the rest and the calling off go to their addresses; the key is in headers only."""
    one = openai("http://127.0.0.1:9/v1?v=1")
    resumption, cancel = one.resume(ResumePoint("resp/1", 4)), one.cancel("resp_1")
    assert resumption is not None
    assert cancel is not None
    calls = [one.chat(question(), "gpt-5")[0], resumption[0], cancel]
    assert [(call.method, call.url) for call in calls] == [
        ("POST", "http://127.0.0.1:9/v1/responses?v=1"),
        ("GET", "http://127.0.0.1:9/v1/responses/resp%2F1?stream=true&starting_after=4&v=1"),
        ("POST", "http://127.0.0.1:9/v1/responses/resp_1/cancel?v=1"),
    ]
    for call in calls:
        assert call.headers["authorization"] == f"Bearer {KEY}"
        assert KEY not in call.url
        assert KEY.encode() not in call.body


def test_from_the_start_nothing_is_skipped() -> None:
    """An answer of which nothing was read is taken up from its first event."""
    resumption = openai().resume(ResumePoint("r", -1))
    assert resumption is not None
    assert resumption[0].url.endswith("/responses/r?stream=true")


def test_only_with_the_option() -> None:
    """Without the option there is nothing to take up and nothing to call off, and no target says that it could."""
    for kind in KINDS:
        one = make("it", kind, "http://127.0.0.1:9/v1", KEY)
        assert one.resume(ResumePoint("r", 1)) is None
        assert one.cancel("r") is None
        assert Capability.RESUME not in one.capabilities("gpt-5")
    assert Capability.RESUME in openai().capabilities("gpt-5")


@pytest.mark.parametrize("model", ["gpt-4o", "gpt-5", "gpt-4o-audio-preview", "gpt-4o-search-preview"])
def test_the_reader_fits_the_call(model: str) -> None:
    """Each answer is read in the format in which it was asked for; models that only chat completions serve are asked there."""
    one = openai()
    for request in (question(), question(n=2), question(stop=("x",))):
        call, _ = one.chat(request, model)
        assert isinstance(one.reader_for(request, model), Reader) == call.url.endswith("/responses")
        assert call.url.endswith("/responses") == (request.n == 1 and not request.stop and "preview" not in model)


def test_what_a_model_that_reasons_refuses_is_left_out() -> None:
    """Sampling is not for models that reason, and effort not for those that do not; a caller of the same house knows himself."""
    asked = question(temperature=0.5, reasoning=Reasoning(effort="high"))
    fields, omitted = body_of(asked, "gpt-5")
    assert ("temperature" in fields, fields["reasoning"], omitted) == (False, {"effort": "high"}, ("temperature",))
    fields, omitted = body_of(asked, "gpt-4o")
    assert ("reasoning" in fields, fields["temperature"], omitted) == (False, 0.5, ("reasoning",))
    fields, omitted = body_of(question(dialect="openai_chat", temperature=0.5), "gpt-5")
    assert (fields["temperature"], omitted) == (0.5, ())


def test_ids_of_calls_are_short() -> None:
    """An id that carries another provider's thought signature is told without it, in the call and in its result."""
    long = "call_1-ts-" + "x" * 500
    messages = (
        Message("user", (Text("?"),)),
        Message("assistant", (ToolCall(long, "f", "{}"),)),
        Message("user", (ToolResult(long, (Text("1"),)),)),
    )
    fields, _ = body_of(question(messages=messages))
    assert [item["call_id"] for item in fields["input"][1:]] == ["call_1", "call_1"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Background mode is not supported for organizations with Zero Data Retention enabled.",
        "Unsupported parameter: 'background' is not supported with this model.",
    ],
)
def test_a_closed_background_is_not_the_callers_fault(sentence: str) -> None:
    """Where the account or the model has no background the next target is asked: the caller did not choose it."""
    body = msgspec.json.encode({"error": {"message": sentence, "type": "invalid_request_error", "param": None}})
    failure = openai().failure(400, {}, body)
    assert (failure.name, failure.reason, failure.fails_over) == ("server_error", "background", True)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("server_error", "server_error"),
        ("rate_limit_exceeded", "rate_limited"),
        ("invalid_prompt", "content_refusal"),
        ("bio_policy", "content_refusal"),
        ("image_content_policy_violation", "content_refusal"),
        ("image_too_large", "client_error"),
        ("server_is_overloaded", "overloaded"),
        ("never_heard_of", "server_error"),
    ],
)
def test_what_a_failed_response_means(code: str, name: str) -> None:
    """The words in which a response says why it has failed have the right class."""
    told = {"id": "r", "status": "failed", "error": {"code": code, "message": "It did not work."}, "output": []}
    data = msgspec.json.encode({"type": "response.failed", "sequence_number": 0, "response": told})
    frames = Reader().feed(b"data: " + data + b"\n\n")
    failed = next(event for frame in frames for event in frame.events if isinstance(event, Failed))
    assert openai().failure_in_stream(failed.error).name == name
