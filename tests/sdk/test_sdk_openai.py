"""OpenAI's Python client against a running gateway: answers, streams and what surrounds them, from every upstream."""

from __future__ import annotations

from collections.abc import Iterator

import openai
import pytest
from sdk_gateway import KEY, MODELS, Gateway

UPSTREAMS = list(MODELS)
QUESTION = [{"role": "user", "content": "Hello, who are you?"}]
NAMES = {"openai": "OpenAI", "anthropic": "Anthropic", "gemini": "Gemini", "perplexity": "Perplexity"}


@pytest.fixture
def client(gateway: Gateway) -> Iterator[openai.OpenAI]:
    """The client, made so that a response which does not fit its schema raises."""
    strict = {"_strict_response_validation": True}
    with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=KEY, max_retries=0, **strict) as made:
        yield made


@pytest.mark.parametrize("upstream", UPSTREAMS)
def test_create(client: openai.OpenAI, gateway: Gateway, upstream: str) -> None:
    """A whole answer has its text, its usage, its model and the id of the request."""
    answer = client.chat.completions.create(model=gateway.model(upstream), messages=QUESTION)
    assert answer.choices[0].message.content == f"{NAMES[upstream]} answers: Hello, who are you?"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.choices[0].message.role == "assistant"
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0
    assert answer.object == "chat.completion"
    assert MODELS[upstream] in answer.model
    assert answer._request_id is not None


@pytest.mark.parametrize("upstream", UPSTREAMS)
def test_stream(client: openai.OpenAI, gateway: Gateway, upstream: str) -> None:
    """A stream gives the text piece by piece, whatever letters it is made of."""
    stream = client.chat.completions.create(model=gateway.model(upstream, "unicode"), messages=QUESTION, stream=True)
    chunks = list(stream)
    pieces = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices and chunk.choices[0].delta.content]
    assert "".join(pieces) == "café \u2028 😀 日本語"
    assert len(pieces) > 1
    assert len({chunk.id for chunk in chunks}) == 1
    assert [c.choices[0].finish_reason for c in chunks if c.choices and c.choices[0].finish_reason] == ["stop"]
    assert all(chunk.object == "chat.completion.chunk" for chunk in chunks)


@pytest.mark.parametrize("upstream", UPSTREAMS)
def test_stream_with_usage(client: openai.OpenAI, gateway: Gateway, upstream: str) -> None:
    """Usage comes in a stream when it is asked for, in the last chunk."""
    stream = client.chat.completions.create(
        model=gateway.model(upstream), messages=QUESTION, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens > 0
    assert chunks[-1].usage.prompt_tokens > 0


@pytest.mark.parametrize("upstream", UPSTREAMS)
def test_accumulated_stream(client: openai.OpenAI, gateway: Gateway, upstream: str) -> None:
    """The client's own accumulator makes of a stream what a whole answer would have been."""
    with client.chat.completions.stream(model=gateway.model(upstream, "long"), messages=QUESTION) as stream:
        deltas = [event.delta for event in stream if event.type == "content.delta"]
        answer = stream.get_final_completion()
    assert "".join(deltas) == answer.choices[0].message.content == "".join(f"word{n} " for n in range(40))
    assert answer.choices[0].finish_reason == "stop"


@pytest.mark.parametrize("upstream", UPSTREAMS)
@pytest.mark.parametrize("stream", [False, True])
def test_headers(client: openai.OpenAI, gateway: Gateway, upstream: str, stream: bool) -> None:
    """Who answered, from which rung and with how many attempts stands in the headers."""
    name = gateway.model(upstream)
    raw = client.chat.completions.with_raw_response.create(model=name, messages=QUESTION, stream=stream)
    assert raw.headers["x-sanspanne-target"] == name
    assert raw.headers["x-sanspanne-rung"] == "primary"
    assert raw.headers["x-sanspanne-attempts"] == "1"
    assert raw.request_id == raw.headers["x-request-id"]
    assert raw.parse() is not None


def test_streaming_response(client: openai.OpenAI, gateway: Gateway) -> None:
    """The lines of a stream can be read raw, and end with the marker."""
    name = gateway.model("anthropic")
    with client.chat.completions.with_streaming_response.create(model=name, messages=QUESTION, stream=True) as response:
        lines = [line for line in response.iter_lines() if line]
    assert lines[-1] == "data: [DONE]"


def test_models(client: openai.OpenAI) -> None:
    """The models are listed, and each can be looked up by its name."""
    listed = list(client.models.list())
    assert [model.id for model in listed] == ["auto"]
    assert client.models.retrieve("auto") == listed[0]
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("nobody")


def test_auto_is_a_chain(client: openai.OpenAI) -> None:
    """`auto` asks the first provider."""
    raw = client.chat.completions.with_raw_response.create(model="auto", messages=QUESTION)
    assert raw.headers["x-sanspanne-target"] == "openai/gpt-4o"


@pytest.mark.parametrize("upstream", UPSTREAMS)
def test_options(client: openai.OpenAI, gateway: Gateway, upstream: str) -> None:
    """The common options are accepted together, and the limit of tokens is kept to."""
    answer = client.chat.completions.create(
        model=gateway.model(upstream, "long"),
        messages=[
            {"role": "system", "content": "Be short."},
            {"role": "user", "content": [{"type": "text", "text": "One"}], "name": "anna"},
            {"role": "assistant", "content": "two"},
            {"role": "user", "content": "three?"},
        ],
        temperature=0.5,
        top_p=0.9,
        max_tokens=5,
        user="anna",
        metadata={"a": "b"},
    )
    assert answer.choices[0].message.content.strip() == "word0 word1 word2 word3 word4"
    assert answer.choices[0].finish_reason == "length"


def test_a_timeout_of_the_client(client: openai.OpenAI, gateway: Gateway) -> None:
    """A client that has waited for as long as it wants says so itself."""
    with pytest.raises(openai.APITimeoutError):
        client.with_options(timeout=0.3).chat.completions.create(
            model=gateway.model("openai", "hanging"), messages=QUESTION
        )


@pytest.mark.parametrize("upstream", UPSTREAMS)
def test_a_stream_that_is_left(client: openai.OpenAI, gateway: Gateway, upstream: str) -> None:
    """Who closes a stream ends the call upstream with it."""
    stream = client.chat.completions.create(model=gateway.model(upstream, "stalled"), messages=QUESTION, stream=True)
    assert next(iter(stream)) is not None
    call = gateway.providers[upstream].calls.chats[-1]
    stream.close()
    gateway.wait(call.wait_until_left())


@pytest.mark.parametrize("upstream", UPSTREAMS)
async def test_the_asynchronous_client(gateway: Gateway, upstream: str) -> None:
    """The asynchronous client gets whole answers, streams and accumulated streams."""
    async with openai.AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key=KEY, max_retries=0) as client:
        name = gateway.model(upstream)
        whole = await client.chat.completions.create(model=name, messages=QUESTION)
        stream = await client.chat.completions.create(model=name, messages=QUESTION, stream=True)
        pieces = [chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices]
        async with client.chat.completions.stream(model=name, messages=QUESTION) as accumulated:
            final = await accumulated.get_final_completion()
    said = f"{NAMES[upstream]} answers: Hello, who are you?"
    assert whole.choices[0].message.content == "".join(pieces) == final.choices[0].message.content == said
