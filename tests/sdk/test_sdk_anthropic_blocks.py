"""Anthropic's Python client against a running gateway: tools, thoughts, pictures, schemas and sources."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import anthropic
import pytest
from pydantic import BaseModel
from sdk_gateway import KEY, Gateway

CALLERS_OF_TOOLS = ["openai", "anthropic", "gemini"]
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
QUESTION = "What is the weather in Paris, and what time is it?"


def tool(name: str, **properties: Any) -> dict[str, Any]:
    """A tool whose arguments are all required."""
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return {"name": name, "description": f"the {name}", "input_schema": schema}


TOOLS = [tool("get_weather", city={"type": "string"}), tool("current_time", zone={"enum": ["CET", "UTC"]})]


class Person(BaseModel):
    """Somebody."""

    name: str
    age: int


@pytest.fixture
def client(gateway: Gateway) -> Iterator[anthropic.Anthropic]:
    """The client, made so that a response which does not fit its schema raises."""
    strict = {"_strict_response_validation": True}
    with anthropic.Anthropic(base_url=gateway.url, api_key=KEY, max_retries=0, **strict) as made:
        yield made


def answered(client: anthropic.Anthropic, streamed: bool, **asked: Any) -> Any:
    """The message that answers, whole or accumulated from a stream."""
    asked = {"max_tokens": 2000, "messages": [{"role": "user", "content": "x"}], **asked}
    if not streamed:
        return client.messages.create(**asked)
    with client.messages.stream(**asked) as stream:
        return stream.get_final_message()


@pytest.mark.parametrize("upstream", CALLERS_OF_TOOLS)
@pytest.mark.parametrize("streamed", [False, True])
def test_parallel_tools_and_back(client: anthropic.Anthropic, gateway: Gateway, upstream: str, streamed: bool) -> None:
    """Two calls at once, whole or streamed, and the answer to their results in the next turn."""
    asked: dict[str, Any] = {"model": gateway.model(upstream), "tools": TOOLS}
    messages: list[Any] = [{"role": "user", "content": QUESTION}]
    message = answered(client, streamed, messages=messages, **asked)
    assert message.stop_reason == "tool_use"
    calls = [block for block in message.content if block.type == "tool_use"]
    assert [(call.name, call.input) for call in calls] == [
        ("get_weather", {"city": QUESTION}),
        ("current_time", {"zone": "CET"}),
    ]
    assert len({call.id for call in calls}) == 2
    contents: list[Any] = ["rain", [{"type": "text", "text": "noon"}]]
    results = [
        {"type": "tool_result", "tool_use_id": call.id, "content": content}
        for call, content in zip(calls, contents, strict=True)
    ]
    turns = [*messages, {"role": "assistant", "content": message.content}, {"role": "user", "content": results}]
    answer = answered(client, streamed, messages=turns, **asked)
    assert answer.content[0].text == "The tools say: rain, noon"
    assert answer.stop_reason == "end_turn"


@pytest.mark.parametrize("upstream", CALLERS_OF_TOOLS)
@pytest.mark.parametrize("streamed", [False, True])
def test_the_clients_own_tool_loop(
    client: anthropic.Anthropic, gateway: Gateway, upstream: str, streamed: bool
) -> None:
    """The client's runner calls the tools itself; where there are no threads it goes on by sending everything."""

    @anthropic.beta_tool
    def get_weather(city: str) -> str:
        """The weather in a city."""
        return "rain"

    runner = client.beta.messages.tool_runner(
        model=gateway.model(upstream),
        max_tokens=1000,
        messages=[{"role": "user", "content": "How is the weather?"}],
        tools=[get_weather],
        stream=streamed,
    )
    assert runner.until_done().content[0].text == "The tools say: rain"


@pytest.mark.parametrize("upstream", CALLERS_OF_TOOLS)
def test_tool_choice(client: anthropic.Anthropic, gateway: Gateway, upstream: str) -> None:
    """A tool can be named, any can be required, and all can be forbidden."""

    def called(**choice: Any) -> list[str]:
        message = answered(client, False, model=gateway.model(upstream), tools=TOOLS, tool_choice=choice)
        return [block.name for block in message.content if block.type == "tool_use"]

    assert called(type="tool", name="current_time") == ["current_time"]
    assert called(type="any", disable_parallel_tool_use=True) == ["get_weather"]
    assert called(type="none") == []
    assert called(type="auto") == []


@pytest.mark.parametrize("upstream", CALLERS_OF_TOOLS)
def test_a_tool_that_failed(client: anthropic.Anthropic, gateway: Gateway, upstream: str) -> None:
    """A result that is an error, and one with a picture in it, arrive as such."""
    call = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"city": "Paris"}}
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}
    content = [{"type": "text", "text": "no such city"}, picture]
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "is_error": True, "content": content}
    turns = [
        {"role": "user", "content": "weather?"},
        {"role": "assistant", "content": [call]},
        {"role": "user", "content": [result, {"type": "text", "text": "and now?"}]},
    ]
    assert answered(client, False, model=gateway.model(upstream), tools=TOOLS, messages=turns).content
    sent = json.dumps(gateway.asked(upstream))
    assert "no such city" in sent
    assert PNG in sent


@pytest.mark.parametrize("upstream", ["anthropic", "gemini"])
@pytest.mark.parametrize("streamed", [False, True])
def test_thoughts(client: anthropic.Anthropic, gateway: Gateway, upstream: str, streamed: bool) -> None:
    """Thoughts come before the text, and may stand in the next turn as they came."""
    thinking = {"type": "enabled", "budget_tokens": 1024}
    asked: dict[str, Any] = {"model": gateway.model(upstream, "thinking"), "thinking": thinking}
    message = answered(client, streamed, **asked)
    assert [block.type for block in message.content] == ["thinking", "text"]
    assert message.content[0].thinking == "Two and two make four."
    assert message.content[1].text == "Four."
    turns = [
        {"role": "user", "content": "2 + 2?"},
        {"role": "assistant", "content": message.content},
        {"role": "user", "content": "Sure?"},
    ]
    assert answered(client, streamed, messages=turns, **asked).content[1].text == "Four."
    signed = message.content[0].signature in json.dumps(gateway.asked(upstream))
    assert signed == (upstream == "anthropic")


@pytest.mark.parametrize("upstream", ["openai", "anthropic", "gemini", "perplexity"])
def test_pictures(client: anthropic.Anthropic, gateway: Gateway, upstream: str) -> None:
    """A picture arrives at the provider, in base64 or by its address."""
    parts = [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
        {"type": "image", "source": {"type": "url", "url": "https://www.example.org/cat.png"}},
        {"type": "text", "text": "What do you see?"},
    ]
    turns = [{"role": "user", "content": parts}]
    message = answered(client, False, model=gateway.model(upstream), messages=turns)
    sent = json.dumps(gateway.asked(upstream))
    assert PNG in sent
    assert "https://www.example.org/cat.png" in sent
    assert message.content[0].text.endswith("What do you see?")


@pytest.mark.parametrize("upstream", ["openai", "anthropic", "gemini"])
def test_documents(client: anthropic.Anthropic, gateway: Gateway, upstream: str) -> None:
    """A document arrives at the provider."""
    source = {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0xLjQK"}
    parts = [{"type": "document", "source": source, "title": "a.pdf"}, {"type": "text", "text": "Read it."}]
    turns = [{"role": "user", "content": parts}]
    assert answered(client, False, model=gateway.model(upstream), messages=turns).content[0].text
    assert "JVBERi0xLjQK" in json.dumps(gateway.asked(upstream))


@pytest.mark.parametrize("upstream", ["openai", "anthropic", "gemini", "perplexity"])
def test_structured_output(client: anthropic.Anthropic, gateway: Gateway, upstream: str) -> None:
    """An answer fits the schema that was asked for."""
    schema = {**Person.model_json_schema(), "additionalProperties": False}
    message = answered(
        client,
        False,
        model=gateway.model(upstream),
        messages=[{"role": "user", "content": "Who is 42?"}],
        extra_body={"output_config": {"format": {"type": "json_schema", "schema": schema}}},
    )
    assert Person.model_validate_json(message.content[0].text) == Person(name="Who is 42?", age=42)


@pytest.mark.parametrize("upstream", ["openai", "anthropic", "gemini", "perplexity"])
def test_parse(client: anthropic.Anthropic, gateway: Gateway, upstream: str) -> None:
    """A pydantic model comes back filled, from a whole answer and from a stream."""
    asked: dict[str, Any] = {"max_tokens": 1000, "messages": [{"role": "user", "content": "Who is 42?"}]}
    name = gateway.model(upstream)
    whole = client.messages.parse(model=name, output_format=Person, **asked).parsed_output
    with client.messages.stream(model=name, output_format=Person, **asked) as stream:
        streamed = stream.get_final_message().parsed_output
    assert whole == streamed == Person(name="Who is 42?", age=42)


@pytest.mark.parametrize("streamed", [False, True])
def test_citations(client: anthropic.Anthropic, gateway: Gateway, streamed: bool) -> None:
    """What Perplexity cites stands in the citations of the text."""
    message = answered(client, streamed, model=gateway.model("perplexity", "citing"))
    text = next(block for block in message.content if block.type == "text")
    assert text.text == "The status page said so."
    assert [(c.type, c.url, c.title) for c in text.citations] == [
        ("web_search_result_location", "https://status.example.com", "Status")
    ]


@pytest.mark.parametrize("upstream", ["openai", "anthropic"])
@pytest.mark.parametrize("streamed", [False, True])
def test_refusals(client: anthropic.Anthropic, gateway: Gateway, upstream: str, streamed: bool) -> None:
    """A model that declines is heard, and the reason says so."""
    message = answered(client, streamed, model=gateway.model(upstream, "refusing"))
    assert message.content[0].text == "I cannot help with that."
    assert message.stop_reason == "refusal"


@pytest.mark.parametrize(
    ("upstream", "field", "options"),
    [
        ("perplexity", "tools", {"tools": TOOLS}),
        ("perplexity", "stop_sequences", {"stop_sequences": ["x"]}),
        ("openai", "tools.0", {"tools": [{"type": "web_search_20250305", "name": "web_search"}]}),
    ],
)
def test_what_a_provider_cannot_do(
    client: anthropic.Anthropic, gateway: Gateway, upstream: str, field: str, options: dict[str, Any]
) -> None:
    """What the only provider cannot do is said with the field's name, and nobody is asked."""
    before = len(gateway.providers[upstream].calls)
    with pytest.raises(anthropic.BadRequestError, match=field):
        answered(client, False, model=gateway.model(upstream), **options)
    assert len(gateway.providers[upstream].calls) == before
