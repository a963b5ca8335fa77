"""The official clients against the edge: each kind of error raises the class that its users catch."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator

import anthropic
import openai
import pytest
from scripted_edge import Keys, Served, failing, serving

from sanspanne.answers.route import Route
from sanspanne.chat import Begun, ChatRequest, Ended, Frame, Stop, Stopped, StopReason, TextDelta, Usage, UsageSeen
from sanspanne.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.errors import CallerError, ServerFault, Stalled, Unanswered

QUESTION = [{"role": "user", "content": "Hello?"}]

KINDS = [
    (400, "invalid_request", "BadRequestError"),
    (400, "refused", "BadRequestError"),
    (401, "authentication", "AuthenticationError"),
    (403, "permission", "PermissionDeniedError"),
    (404, "not_found", "NotFoundError"),
    (409, "conflict", "ConflictError"),
    (422, "unprocessable", "UnprocessableEntityError"),
    (429, "rate_limit", "RateLimitError"),
    (500, "server_error", "InternalServerError"),
    (502, "bad_gateway", "InternalServerError"),
    (503, "unavailable", "InternalServerError"),
    (503, "overloaded", "InternalServerError"),
    (504, "timeout", "InternalServerError"),
]


@pytest.fixture
async def spoken() -> AsyncIterator[Served]:
    """An edge that speaks the real dialects."""
    async with serving(chat=OPENAI_CHAT, messages=ANTHROPIC_MESSAGES) as edge:
        edge.answers.script = spoken_answer
        yield edge


async def spoken_answer(request: ChatRequest, route: Route) -> AsyncGenerator[list[Frame], None]:
    """An answer of two pieces from a provider of another dialect."""
    yield [Frame("elsewhere", b"", (Begun("up-1", "gpt-4o", 1), TextDelta("bon")))]
    end = (TextDelta("jour"), Stopped(Stop(StopReason.END)), UsageSeen(Usage(input=3, output=2)), Ended())
    yield [Frame("elsewhere", b"", end)]


def openai_client(served: Served, **options: object) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=served.url + "/v1", api_key="any", **options)  # type: ignore[arg-type]


def anthropic_client(served: Served, **options: object) -> anthropic.AsyncAnthropic:
    return anthropic.AsyncAnthropic(base_url=served.url, api_key="any", **options)  # type: ignore[arg-type]


async def test_openai_client_reads_both_kinds_of_answer(spoken: Served) -> None:
    """OpenAI's client reads a whole answer and a stream."""
    async with openai_client(spoken) as client:
        answer = await client.chat.completions.create(model="auto", messages=QUESTION)
        assert answer.choices[0].message.content == "bonjour"
        assert answer._request_id is not None
        stream = await client.chat.completions.create(model="auto", messages=QUESTION, stream=True)
        pieces = [chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices]
    assert "".join(pieces) == "bonjour"


async def test_anthropic_client_reads_both_kinds_of_answer(spoken: Served) -> None:
    """Anthropic's client reads a whole answer, a stream, and a count of tokens."""
    async with anthropic_client(spoken) as client:
        answer = await client.messages.create(model="auto", max_tokens=9, messages=QUESTION)
        assert answer.content[0].text == "bonjour"
        assert answer._request_id is not None
        async with client.messages.stream(model="auto", max_tokens=9, messages=QUESTION) as stream:
            assert "".join([piece async for piece in stream.text_stream]) == "bonjour"
        counted = await client.messages.count_tokens(model="auto", messages=QUESTION)
    assert counted.input_tokens == 7


async def test_both_clients_list_the_models(spoken: Served) -> None:
    """Each client lists the models in its own shape, Anthropic's over several pages."""
    async with openai_client(spoken) as client:
        names = [model.id async for model in client.models.list()]
        assert (await client.models.retrieve("openai/gpt-4o")).id == "openai/gpt-4o"
    async with anthropic_client(spoken) as other:
        assert [model.id async for model in other.models.list(limit=1)] == names
    assert names == ["auto", "openai/gpt-4o"]


@pytest.mark.parametrize(("status", "kind", "name"), KINDS)
@pytest.mark.parametrize("stream", [False, True])
async def test_errors_raise_the_right_class(spoken: Served, status: int, kind: str, name: str, stream: bool) -> None:
    """Each kind of error raises in both clients the class that stands for it, once, with the sentence."""
    spoken.answers.script = failing(CallerError(status, kind, "this is why", param="model", should_retry=False))
    async with openai_client(spoken) as client:
        with pytest.raises(getattr(openai, name), match="this is why") as raised:
            await client.chat.completions.create(model="auto", messages=QUESTION, stream=stream)
        assert raised.value.request_id.startswith("req_")
    async with anthropic_client(spoken) as other:
        with pytest.raises(anthropic.APIStatusError, match="this is why") as told:
            await other.messages.create(model="auto", max_tokens=9, messages=QUESTION, stream=stream)
        assert isinstance(told.value, getattr(anthropic, name))
        assert told.value.request_id == told.value.response.headers["x-request-id"]
    assert len(spoken.answers.opened) == 2  # neither client has asked again


async def test_a_client_waits_as_long_as_it_is_told(spoken: Served) -> None:
    """Where asking again helps, the client does so by itself."""
    errors = [CallerError(503, "unavailable", "not yet", retry_after=0.1, should_retry=True)]

    async def script(request: ChatRequest, route: Route) -> AsyncGenerator[list[Frame], None]:
        if errors:
            raise errors.pop()
        async for batch in spoken_answer(request, route):
            yield batch

    spoken.answers.script = script
    async with openai_client(spoken, max_retries=1) as client:
        answer = await client.chat.completions.create(model="auto", messages=QUESTION)
    assert answer.choices[0].message.content == "bonjour"


async def test_a_broken_stream_raises(spoken: Served) -> None:
    """A stream that breaks raises in both clients: neither takes what it has for the whole answer."""
    spoken.answers.script = breaking
    async with openai_client(spoken) as client:
        stream = await client.chat.completions.create(model="auto", messages=QUESTION, stream=True)
        with pytest.raises(openai.APIError, match="not complete"):
            [chunk async for chunk in stream]
    async with anthropic_client(spoken) as other:
        events = await other.messages.create(model="auto", max_tokens=9, messages=QUESTION, stream=True)
        with pytest.raises(anthropic.APIError, match="not complete"):
            [event async for event in events]


async def breaking(request: ChatRequest, route: Route) -> AsyncGenerator[list[Frame], None]:
    """Begins as the whole answer does, and stalls."""
    async for batch in spoken_answer(request, route):
        yield batch
        raise Stalled("it was silent for 20 s", target="openai/gpt-4o")


async def test_nobody_answered_is_not_repeated(spoken: Served) -> None:
    """When everything was tried, no client tries it all again."""
    spoken.answers.script = failing(Unanswered([ServerFault("it broke", target="a/b")]))
    async with openai_client(spoken, max_retries=5) as client:
        with pytest.raises(openai.InternalServerError, match="it broke"):
            await client.chat.completions.create(model="auto", messages=QUESTION)
    assert len(spoken.answers.opened) == 1


async def test_a_missing_key_raises_authentication() -> None:
    """A key that is not ours raises the class for it in both clients."""
    keys = Keys({"right": "app"}, required=True)
    async with serving(chat=OPENAI_CHAT, messages=ANTHROPIC_MESSAGES, keys=keys) as served:
        async with openai_client(served) as client:
            with pytest.raises(openai.AuthenticationError):
                await client.chat.completions.create(model="auto", messages=QUESTION)
        async with anthropic_client(served) as other:
            with pytest.raises(anthropic.AuthenticationError):
                await other.messages.create(model="auto", max_tokens=9, messages=QUESTION)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'"x"',
        b'{"messages": 3}',
        b'{"model": "auto", "messages": []}',
        b'{"model": "auto", "messages": [{"role": "user", "content": "\xff\xfe"}]}',
        b'{"model": "auto", "max_tokens": -1, "messages": [{"role": "user", "content": "x"}]}',
        b'{"model":"auto","messages":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b'{"model":"auto","messages":[{"role":"user","content":"x"}],"metadata":'
        + b'{"a":' * 10_000
        + b"1"
        + b"}" * 10_001,
        b'{"model":"auto","max_tokens":9,"messages":[{"role":"user","content":"x"}],"tools":[{"name":"f","input_schema":'
        + b'{"a":' * 10_000
        + b"1"
        + b"}" * 10_000
        + b"}]}",
    ],
)
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages", "/v1/messages/count_tokens"])
async def test_bad_bodies_are_told_so(spoken: Served, path: str, body: bytes) -> None:
    """Bodies of the wrong shape, deep nesting and broken UTF-8 among them, are 4xx and ask nobody."""
    status, headers, said = await spoken.ask("POST", path, body)
    assert 400 <= status < 500, said
    assert headers["x-should-retry"] == "false"
    assert not spoken.answers.opened
