"""Anthropic's Python client against a running gateway: answers, streams and what surrounds them, from every upstream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import anthropic
import pytest
from sdk_gateway import KEY, MODELS, Gateway

UPSTREAMS = list(MODELS)
QUESTION = [{"role": "user", "content": "Hello, who are you?"}]
NAMES = {"openai": "OpenAI", "anthropic": "Anthropic", "gemini": "Gemini", "perplexity": "Perplexity"}


@pytest.fixture
def client(gateway: Gateway) -> Iterator[anthropic.Anthropic]:
    """The client, made so that a response which does not fit its schema raises."""
    strict = {"_strict_response_validation": True}
    with anthropic.Anthropic(base_url=gateway.url, api_key=KEY, max_retries=0, **strict) as made:
        yield made


def asked(name: str, **more: Any) -> dict[str, Any]:
    """The arguments of a question."""
    return {"model": name, "max_tokens": 100, "messages": QUESTION, **more}


@pytest.mark.parametrize("upstream", UPSTREAMS)
def test_create(client: anthropic.Anthropic, gateway: Gateway, upstream: str) -> None:
    """A whole answer has its text, its usage, its model, its reason and the id of the request."""
    message = client.messages.create(**asked(gateway.model(upstream)))
    assert [block.type for block in message.content] == ["text"]
    assert message.content[0].text == f"{NAMES[upstream]} answers: Hello, who are you?"
    assert (message.type, message.role) == ("message", "assistant")
    assert (message.stop_reason, message.stop_sequence) == ("end_turn", None)
    assert message.usage.input_tokens > 0
    assert message.usage.output_tokens > 0
    assert MODELS[upstream] in message.model
    assert message._request_id is not None


@pytest.mark.parametrize("upstream", UPSTREAMS)
def test_stream(client: anthropic.Anthropic, gateway: Gateway, upstream: str) -> None:
    """A stream has its events in the order that the format demands."""
    kinds = [event.type for event in client.messages.create(**asked(gateway.model(upstream), stream=True))]
    inner = [kind for kind in kinds if kind not in ("ping", "content_block_delta")]
    blocks = ["content_block_start", "content_block_stop"]
    assert inner == ["message_start", *blocks, "message_delta", "message_stop"]
    assert kinds.count("content_block_delta") > 1


@pytest.mark.parametrize("upstream", UPSTREAMS)
def test_accumulated_stream(client: anthropic.Anthropic, gateway: Gateway, upstream: str) -> None:
    """The client's own accumulator makes of a stream what a whole answer would have been."""
    with client.messages.stream(**asked(gateway.model(upstream, "unicode"))) as stream:
        pieces = list(stream.text_stream)
        message = stream.get_final_message()
    assert "".join(pieces) == message.content[0].text == "café \u2028 😀 日本語"
    assert len(pieces) > 1
    assert message.stop_reason == "end_turn"
    assert message.usage.input_tokens > 0
    assert message.usage.output_tokens > 0
    assert stream.request_id is not None


@pytest.mark.parametrize("upstream", UPSTREAMS)
@pytest.mark.parametrize("stream", [False, True])
def test_headers(client: anthropic.Anthropic, gateway: Gateway, upstream: str, stream: bool) -> None:
    """Who answered stands in the headers."""
    name = gateway.model(upstream)
    raw = client.messages.with_raw_response.create(**asked(name, stream=stream))
    assert raw.headers["x-sanspanne-target"] == name
    assert raw.headers["x-sanspanne-rung"] == "primary"
    assert raw.headers["request-id"] == raw.headers["x-request-id"]


@pytest.mark.parametrize("upstream", UPSTREAMS)
@pytest.mark.parametrize("system", ["Be short.", [{"type": "text", "text": "Be short."}]])
def test_system_and_options(client: anthropic.Anthropic, gateway: Gateway, upstream: str, system: Any) -> None:
    """A system prompt arrives, with the common options and turns of several kinds."""
    messages = [
        {"role": "user", "content": [{"type": "text", "text": "One", "cache_control": {"type": "ephemeral"}}]},
        {"role": "assistant", "content": [{"type": "text", "text": "two"}]},
        {"role": "user", "content": "three?"},
    ]
    options = {"max_tokens": 5, "metadata": {"user_id": "anna"}, "extra_body": {"temperature": 0.5, "top_p": 0.9}}
    message = client.messages.create(
        **{**asked(gateway.model(upstream, "long")), "system": system, "messages": messages, **options}
    )
    assert message.content[0].text.strip() == "word0 word1 word2 word3 word4"
    assert message.stop_reason == "max_tokens"
    assert "Be short." in str(gateway.asked(upstream))


@pytest.mark.parametrize("upstream", ["openai", "anthropic", "gemini"])
def test_stop_sequences(client: anthropic.Anthropic, gateway: Gateway, upstream: str) -> None:
    """An answer ends before a stop sequence; which one it was is said where the provider says it."""
    name = gateway.model(upstream, "long")
    message = client.messages.create(**asked(name, stop_sequences=["never", "word3"]))
    assert message.content[0].text.strip() == "word0 word1 word2"
    reasons = {"anthropic": ("stop_sequence", "word3")}
    assert (message.stop_reason, message.stop_sequence) == reasons.get(upstream, ("end_turn", None))


@pytest.mark.parametrize("upstream", UPSTREAMS)
def test_count_tokens(client: anthropic.Anthropic, gateway: Gateway, upstream: str) -> None:
    """The tokens of a question are counted, or guessed where the provider cannot count."""
    counted = client.messages.count_tokens(model=gateway.model(upstream), system="Be short.", messages=QUESTION)
    assert counted.input_tokens > 0


def test_models(client: anthropic.Anthropic) -> None:
    """The models are listed in Anthropic's shape, and each can be looked up by its name."""
    listed = list(client.models.list())
    assert [(model.id, model.type) for model in listed] == [("auto", "model")]
    assert client.models.retrieve("auto").id == "auto"
    with pytest.raises(anthropic.NotFoundError):
        client.models.retrieve("nobody")


def test_a_timeout_of_the_client(client: anthropic.Anthropic, gateway: Gateway) -> None:
    """A client that has waited for as long as it wants says so itself."""
    with pytest.raises(anthropic.APITimeoutError):
        client.with_options(timeout=0.3).messages.create(**asked(gateway.model("anthropic", "hanging")))


@pytest.mark.parametrize("upstream", UPSTREAMS)
def test_a_stream_that_is_left(client: anthropic.Anthropic, gateway: Gateway, upstream: str) -> None:
    """Who closes a stream ends the call upstream with it."""
    with client.messages.stream(**asked(gateway.model(upstream, "stalled"))) as stream:
        assert next(iter(stream.text_stream))
        call = gateway.providers[upstream].calls.chats[-1]
    gateway.wait(call.wait_until_left())


@pytest.mark.parametrize("upstream", UPSTREAMS)
async def test_the_asynchronous_client(gateway: Gateway, upstream: str) -> None:
    """The asynchronous client gets whole answers, streams and accumulated streams."""
    async with anthropic.AsyncAnthropic(base_url=gateway.url, api_key=KEY, max_retries=0) as client:
        name = gateway.model(upstream)
        whole = await client.messages.create(**asked(name))
        events = [event async for event in await client.messages.create(**asked(name, stream=True))]
        async with client.messages.stream(**asked(name)) as stream:
            final = await stream.get_final_message()
        assert (await client.messages.count_tokens(model=name, messages=QUESTION)).input_tokens > 0
    pieces = [e.delta.text for e in events if e.type == "content_block_delta" and e.delta.type == "text_delta"]
    said = f"{NAMES[upstream]} answers: Hello, who are you?"
    assert whole.content[0].text == "".join(pieces) == final.content[0].text == said
