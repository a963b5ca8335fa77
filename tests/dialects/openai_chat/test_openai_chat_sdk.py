"""The official SDK reads what we write: streams, whole answers and errors, over a transport that never leaves the process."""

from __future__ import annotations

from collections.abc import Callable

import httpx2
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.chat import (
    Begun,
    ChatRequest,
    Citation,
    Cited,
    Ended,
    Event,
    Frame,
    Stop,
    Stopped,
    StopReason,
    TextDelta,
    ToolCallBegun,
    ToolCallDelta,
    Usage,
    UsageSeen,
)
from sanspanne.dialects.base import Identity
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.errors import CallerError

ASKED = ChatRequest(dialect="openai_chat", model="m", stream=True, include_usage=True)
WHOLE: list[Event] = [
    Begun("1", "claude"),
    TextDelta("Bon\u2028"),
    TextDelta("jour 😀"),
    Cited((Citation("https://example.org", "T", start=0, end=3),)),
    ToolCallBegun(0, "c1", "f"),
    ToolCallDelta(0, '{"a":'),
    ToolCallDelta(0, "1}"),
    Stopped(Stop(StopReason.TOOL_CALLS)),
    UsageSeen(Usage(5, 7, cached=2)),
    Ended(),
]


def client(body: bytes, media_type: str, status: int = 200) -> openai.OpenAI:
    """OpenAI's own client, in front of one canned response."""
    response = httpx2.Response(status, content=body, headers={"content-type": media_type, "x-request-id": "req_1"})
    transport = httpx2.MockTransport(lambda _: response)
    http = httpx2.Client(transport=transport)
    return openai.OpenAI(api_key="k", base_url="http://127.0.0.1/v1", http_client=http, max_retries=0)


def streamed(body: bytes) -> openai.Stream[openai.types.chat.ChatCompletionChunk]:
    """What the SDK makes of a stream."""
    return client(body, OPENAI_CHAT.media_type()).chat.completions.create(model="m", messages=[], stream=True)


def written(events: list[Event], identity: Identity) -> bytes:
    """The stream of an answer from another dialect, with a comment on the way."""
    writer = OPENAI_CHAT.writer(ASKED, identity)
    return writer.comment("asking another") + writer.write([Frame("another", b"", (event,)) for event in events])


def test_the_sdk_reads_a_stream(identity: Identity) -> None:
    """Text, tool calls, the reason to stop and usage arrive in the SDK's own types."""
    chunks = list(streamed(written(WHOLE, identity)))
    choices = [chunk.choices[0] for chunk in chunks if chunk.choices]
    calls = [call for choice in choices for call in choice.delta.tool_calls or ()]
    assert "".join(choice.delta.content or "" for choice in choices) == "Bon\u2028jour 😀"
    assert calls[0].id == "c1"
    assert "".join(call.function.arguments or "" for call in calls if call.function) == '{"a":1}'
    assert choices[-1].finish_reason == "tool_calls"
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.total_tokens == 12


@given(data=st.data())
def test_the_sdk_reads_every_text(
    data: st.DataObject, answer_strategy: Callable[..., st.SearchStrategy[list[Event]]], identity: Identity
) -> None:
    """Whatever characters an answer has, the SDK's parser gives back the same text."""
    events = data.draw(answer_strategy(streamed=True))
    expected = "".join(event.text for event in events if isinstance(event, TextDelta) and event.choice == 0)
    choices = [choice for chunk in streamed(written(events, identity)) for choice in chunk.choices]
    assert "".join(choice.delta.content or "" for choice in choices if choice.index == 0) == expected


def test_the_sdk_raises_for_a_broken_answer(identity: Identity) -> None:
    """What was said arrives, then the SDK raises our error, with its code."""
    writer = OPENAI_CHAT.writer(ASKED, identity)
    body = writer.write([Frame("another", b"", tuple(WHOLE[:2]))])
    body += writer.fail(CallerError(502, "bad_gateway", "The answer broke off.", code="answer_broken"))
    stream = iter(streamed(body))
    assert next(stream).choices[0].delta.role == "assistant"
    assert next(stream).choices[0].delta.content == "Bon\u2028"
    with pytest.raises(openai.APIError, match="The answer broke off") as caught:
        next(stream)
    assert caught.value.code == "answer_broken"


def test_the_sdk_reads_a_whole_answer(identity: Identity) -> None:
    """A whole answer validates against the SDK's own model, field by field."""
    body = OPENAI_CHAT.write_answer(WHOLE, ASKED, identity)
    answer = client(body, "application/json").chat.completions.create(model="m", messages=[])
    checked = openai.types.chat.ChatCompletion.model_validate_json(body)
    assert answer.choices[0].message.content == "Bon\u2028jour 😀"
    assert checked.choices[0].message.annotations is not None
    assert checked.choices[0].message.annotations[0].url_citation.title == "T"
    assert checked.usage is not None
    assert checked.usage.prompt_tokens_details is not None
    assert checked.usage.prompt_tokens_details.cached_tokens == 2


@pytest.mark.parametrize(
    ("status", "kind", "raised"),
    [
        (400, "invalid_request", openai.BadRequestError),
        (401, "authentication", openai.AuthenticationError),
        (403, "permission", openai.PermissionDeniedError),
        (404, "not_found", openai.NotFoundError),
        (409, "conflict", openai.ConflictError),
        (422, "unprocessable", openai.UnprocessableEntityError),
        (429, "rate_limit", openai.RateLimitError),
        (502, "bad_gateway", openai.InternalServerError),
        (503, "overloaded", openai.InternalServerError),
    ],
)
def test_the_sdk_raises_the_right_class(status: int, kind: str, raised: type[openai.APIStatusError]) -> None:
    """Each status comes with a body from which the SDK takes message, code and field."""
    body = OPENAI_CHAT.write_error(CallerError(status, kind, "A sentence.", param="n", code="why"), "req_1")
    with pytest.raises(raised, match="A sentence") as caught:
        client(body, "application/json", status).chat.completions.create(model="m", messages=[])
    assert (caught.value.code, caught.value.param, caught.value.request_id) == ("why", "n", "req_1")
