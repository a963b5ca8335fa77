"""OpenAI's Python client against a running gateway: tools, schemas, pictures and what else a model can be asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal

import openai
import pytest
from pydantic import BaseModel
from sdk_gateway import KEY, Gateway

CALLERS_OF_TOOLS = ["openai", "anthropic", "gemini"]
FITTERS_OF_SCHEMAS = ["openai", "anthropic", "gemini", "perplexity"]
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
QUESTION = "What is the weather in Paris, and what time is it?"


def tool(name: str, **properties: Any) -> dict[str, Any]:
    """A tool whose arguments are all required."""
    schema = {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
    return {"type": "function", "function": {"name": name, "description": f"the {name}", "parameters": schema}}


TOOLS = [tool("get_weather", city={"type": "string"}), tool("current_time", zone={"enum": ["CET", "UTC"]})]


class Person(BaseModel):
    """Somebody."""

    name: str
    age: int


class Group(BaseModel):
    """Some people."""

    title: str
    kind: Literal["family", "friends"]
    people: list[Person]


@pytest.fixture
def client(gateway: Gateway) -> Iterator[openai.OpenAI]:
    """The client, made so that a response which does not fit its schema raises."""
    strict = {"_strict_response_validation": True}
    with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=KEY, max_retries=0, **strict) as made:
        yield made


@pytest.mark.parametrize("upstream", CALLERS_OF_TOOLS)
@pytest.mark.parametrize("streamed", [False, True])
def test_parallel_tools_and_back(client: openai.OpenAI, gateway: Gateway, upstream: str, streamed: bool) -> None:
    """Two calls at once, whole or streamed, and the answer to their results in the next turn."""
    asked = {"model": gateway.model(upstream), "tools": TOOLS}
    messages: list[Any] = [{"role": "user", "content": QUESTION}]
    if streamed:
        with client.chat.completions.stream(messages=messages, **asked) as stream:
            choice = stream.get_final_completion().choices[0]
    else:
        choice = client.chat.completions.create(messages=messages, **asked).choices[0]
    assert choice.finish_reason == "tool_calls"
    calls = choice.message.tool_calls
    assert [call.function.name for call in calls] == ["get_weather", "current_time"]
    assert json.loads(calls[0].function.arguments) == {"city": QUESTION}
    assert json.loads(calls[1].function.arguments) == {"zone": "CET"}
    assert len({call.id for call in calls}) == 2
    results = [
        {"role": "tool", "tool_call_id": call.id, "content": word}
        for call, word in zip(calls, ["rain", "noon"], strict=True)
    ]
    turns = [*messages, choice.message.model_dump(exclude_none=True), *results]
    answer = client.chat.completions.create(messages=turns, **asked)
    assert answer.choices[0].message.content == "The tools say: rain, noon"
    assert answer.choices[0].finish_reason == "stop"


@pytest.mark.parametrize("upstream", CALLERS_OF_TOOLS)
def test_tool_choice(client: openai.OpenAI, gateway: Gateway, upstream: str) -> None:
    """A tool can be named, any can be required, and all can be forbidden."""

    def called(choice: Any) -> list[str]:
        answer = client.chat.completions.create(
            model=gateway.model(upstream),
            messages=[{"role": "user", "content": "Good day"}],
            tools=TOOLS,
            tool_choice=choice,
            parallel_tool_calls=False,
        )
        return [call.function.name for call in answer.choices[0].message.tool_calls or ()]

    assert called({"type": "function", "function": {"name": "current_time"}}) == ["current_time"]
    assert called("required") == ["get_weather"]
    assert called("none") == []
    assert called("auto") == []


@pytest.mark.parametrize("upstream", FITTERS_OF_SCHEMAS)
def test_parse(client: openai.OpenAI, gateway: Gateway, upstream: str) -> None:
    """A pydantic model comes back filled, from a whole answer and from a stream."""
    asked: dict[str, Any] = {
        "model": gateway.model(upstream),
        "messages": [{"role": "user", "content": "Who is 42?"}],
        "response_format": Group,
    }
    whole = client.chat.completions.parse(**asked).choices[0].message.parsed
    with client.chat.completions.stream(**asked) as stream:
        streamed = stream.get_final_completion().choices[0].message.parsed
    assert whole == streamed == Group(title="Who is 42?", kind="family", people=[Person(name="Who is 42?", age=42)])


@pytest.mark.parametrize("upstream", CALLERS_OF_TOOLS)
def test_parsed_arguments(client: openai.OpenAI, gateway: Gateway, upstream: str) -> None:
    """Arguments of a strict tool come back as the pydantic model that describes them."""
    answer = client.chat.completions.parse(
        model=gateway.model(upstream),
        messages=[{"role": "user", "content": "7?"}],
        tools=[openai.pydantic_function_tool(Person)],
        tool_choice="required",
    )
    assert answer.choices[0].message.tool_calls[0].function.parsed_arguments == Person(name="7?", age=7)


@pytest.mark.parametrize("upstream", ["openai", "gemini"])
def test_json_mode(client: openai.OpenAI, gateway: Gateway, upstream: str) -> None:
    """Any JSON object can be asked for where the provider can promise one."""
    answer = client.chat.completions.create(
        model=gateway.model(upstream),
        messages=[{"role": "user", "content": "JSON with 'a' and 'b'"}],
        response_format={"type": "json_object"},
    )
    assert set(json.loads(answer.choices[0].message.content)) == {"a", "b"}


@pytest.mark.parametrize("upstream", ["openai", "anthropic", "gemini", "perplexity"])
def test_pictures(client: openai.OpenAI, gateway: Gateway, upstream: str) -> None:
    """A picture arrives at the provider, in base64 or by its address."""
    parts = [
        {"type": "text", "text": "What do you see?"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
        {"type": "image_url", "image_url": {"url": "https://www.example.org/cat.png", "detail": "low"}},
    ]
    answer = client.chat.completions.create(
        model=gateway.model(upstream), messages=[{"role": "user", "content": parts}]
    )
    sent = json.dumps(gateway.asked(upstream))
    assert PNG in sent
    assert "https://www.example.org/cat.png" in sent
    assert answer.choices[0].message.content.endswith("What do you see?")


@pytest.mark.parametrize("upstream", CALLERS_OF_TOOLS)
@pytest.mark.parametrize("stop", ["word3", ["never", "word3"]])
def test_stop(client: openai.OpenAI, gateway: Gateway, upstream: str, stop: str | list[str]) -> None:
    """An answer ends before a stop sequence, with the reason that stands for it."""
    answer = client.chat.completions.create(
        model=gateway.model(upstream, "long"), messages=[{"role": "user", "content": "count"}], stop=stop
    )
    assert answer.choices[0].message.content.strip() == "word0 word1 word2"
    assert answer.choices[0].finish_reason == "stop"


def test_several_choices(client: openai.OpenAI, gateway: Gateway) -> None:
    """Several choices come, whole and streamed, where the provider has them."""
    asked: dict[str, Any] = {"model": gateway.model("openai"), "messages": [{"role": "user", "content": "x"}], "n": 3}
    answer = client.chat.completions.create(**asked)
    assert [choice.index for choice in answer.choices] == [0, 1, 2]
    with client.chat.completions.stream(**asked) as stream:
        final = stream.get_final_completion()
    assert [choice.message.content for choice in final.choices] == ["OpenAI answers: x"] * 3


def test_log_probabilities(client: openai.OpenAI, gateway: Gateway) -> None:
    """Log-probabilities come, whole and streamed, where the provider has them."""
    asked: dict[str, Any] = {"model": gateway.model("openai"), "messages": [{"role": "user", "content": "x"}]}
    answer = client.chat.completions.create(logprobs=True, top_logprobs=2, **asked)
    assert [entry.token for entry in answer.choices[0].logprobs.content] == ["OpenAI", " answers:", " x"]
    with client.chat.completions.stream(logprobs=True, **asked) as stream:
        final = stream.get_final_completion()
    assert [entry.token for entry in final.choices[0].logprobs.content] == ["OpenAI", " answers:", " x"]


@pytest.mark.parametrize(
    ("upstream", "field", "options"),
    [
        ("perplexity", "tools", {"tools": TOOLS}),
        ("perplexity", "stop", {"stop": ["x"]}),
        ("anthropic", "n", {"n": 2}),
        ("anthropic", "logprobs", {"logprobs": True}),
        ("anthropic", "response_format", {"response_format": {"type": "json_object"}}),
    ],
)
def test_what_a_provider_cannot_do(
    client: openai.OpenAI, gateway: Gateway, upstream: str, field: str, options: dict[str, Any]
) -> None:
    """What the only provider cannot do is said with the field's name, and nobody is asked."""
    before = len(gateway.providers[upstream].calls)
    with pytest.raises(openai.BadRequestError) as raised:
        client.chat.completions.create(
            model=gateway.model(upstream), messages=[{"role": "user", "content": "x"}], **options
        )
    assert raised.value.param == field
    assert len(gateway.providers[upstream].calls) == before


@pytest.mark.parametrize("streamed", [False, True])
def test_refusal(client: openai.OpenAI, gateway: Gateway, streamed: bool) -> None:
    """A model that declines in words of their own is heard in `refusal`."""
    asked: dict[str, Any] = {
        "model": gateway.model("openai", "refusing"),
        "messages": [{"role": "user", "content": "x"}],
    }
    if streamed:
        with client.chat.completions.stream(**asked) as stream:
            message = stream.get_final_completion().choices[0].message
    else:
        message = client.chat.completions.create(**asked).choices[0].message
    assert message.refusal == "I cannot help with that."
    assert not message.content


def test_refusal_of_claude(client: openai.OpenAI, gateway: Gateway) -> None:
    """A Claude that declines does so in its text: the reason says it, and the client's parser raises its own error."""
    asked: dict[str, Any] = {
        "model": gateway.model("anthropic", "refusing"),
        "messages": [{"role": "user", "content": "x"}],
    }
    choice = client.chat.completions.create(**asked).choices[0]
    assert (choice.message.content, choice.finish_reason) == ("I cannot help with that.", "content_filter")
    with client.chat.completions.stream(**asked) as stream, pytest.raises(openai.ContentFilterFinishReasonError):
        stream.get_final_completion()


@pytest.mark.parametrize("streamed", [False, True])
def test_citations(client: openai.OpenAI, gateway: Gateway, streamed: bool) -> None:
    """What Perplexity cites stands in the annotations, and in its own fields beside them."""
    asked: dict[str, Any] = {
        "model": gateway.model("perplexity", "citing"),
        "messages": [{"role": "user", "content": "x"}],
    }
    if streamed:
        with client.chat.completions.stream(**asked) as stream:
            answer = stream.get_final_completion()
    else:
        answer = client.chat.completions.create(**asked)
    assert [a.url_citation.url for a in cited(answer.choices[0].message)] == ["https://status.example.com"]
    assert answer.citations == ["https://status.example.com"]


def cited(message: Any) -> list[Any]:
    """The annotations; the accumulator of a stream leaves those that it has not typed as they came."""
    return [a if hasattr(a, "url_citation") else Annotation.model_validate(a) for a in message.annotations or ()]


Annotation = openai.types.chat.chat_completion_message.Annotation
