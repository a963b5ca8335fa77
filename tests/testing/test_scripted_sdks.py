"""The official SDKs take the scripted providers for the real ones."""

from collections.abc import AsyncIterator
from typing import Any

import anthropic
import openai
import pytest

from sanspanne.testing import Answer, ErrorEvent, Fail, Reason, ScriptedProvider, ToolUse

CALLS = [ToolUse("weather", {"city": "Lyon", "days": 3}), ToolUse("clock", {})]
ASK: Any = [{"role": "user", "content": "Bonjour, how are you?"}]


@pytest.fixture
async def openai_provider() -> AsyncIterator[ScriptedProvider]:
    """A scripted OpenAI."""
    async with ScriptedProvider("openai") as provider:
        yield provider


@pytest.fixture
async def openai_client(openai_provider: ScriptedProvider) -> AsyncIterator[openai.AsyncOpenAI]:
    """The official client, pointed at it."""
    async with openai.AsyncOpenAI(base_url=openai_provider.base_url, api_key="any", max_retries=0) as client:
        yield client


@pytest.fixture
async def anthropic_provider() -> AsyncIterator[ScriptedProvider]:
    """A scripted Anthropic."""
    async with ScriptedProvider("anthropic") as provider:
        yield provider


@pytest.fixture
async def anthropic_client(anthropic_provider: ScriptedProvider) -> AsyncIterator[anthropic.AsyncAnthropic]:
    """The official client, pointed at it."""
    async with anthropic.AsyncAnthropic(base_url=anthropic_provider.base_url, api_key="any", max_retries=0) as client:
        yield client


async def test_openai_reads_a_whole_answer(openai_client: openai.AsyncOpenAI) -> None:
    """The OpenAI SDK reads text, finish reason and usage of a whole answer."""
    answer = await openai_client.chat.completions.create(model="gpt-4o", messages=ASK, n=2)
    assert [c.message.content for c in answer.choices] == ["OpenAI answers: Bonjour, how are you?"] * 2
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


async def test_openai_accumulates_a_stream(openai_client: openai.AsyncOpenAI) -> None:
    """The OpenAI SDK's own accumulator ends with the whole text and the usage."""
    async with openai_client.chat.completions.stream(
        model="gpt-4o", messages=ASK, stream_options={"include_usage": True}
    ) as stream:
        final = await stream.get_final_completion()
    assert final.choices[0].message.content == "OpenAI answers: Bonjour, how are you?"
    assert final.usage is not None


async def test_openai_accumulates_parallel_tool_calls(
    openai_provider: ScriptedProvider, openai_client: openai.AsyncOpenAI
) -> None:
    """The OpenAI SDK puts the pieces of two tool calls together again."""
    openai_provider.script = Answer(tool_calls=CALLS)
    tools: Any = [{"type": "function", "function": {"name": c.name, "parameters": {"type": "object"}}} for c in CALLS]
    async with openai_client.chat.completions.stream(model="gpt-4o", messages=ASK, tools=tools) as stream:
        final = await stream.get_final_completion()
    calls = final.choices[0].message.tool_calls
    assert calls is not None
    assert [(c.function.name, c.function.arguments) for c in calls] == [(c.name, c.json()) for c in CALLS]
    assert final.choices[0].finish_reason == "tool_calls"


async def test_openai_reads_logprobs_and_structured_output(openai_client: openai.AsyncOpenAI) -> None:
    """Log-probabilities come when they are asked for, and a schema is answered with JSON that fits it."""
    schema = {"type": "object", "properties": {"mood": {"type": "string"}, "sure": {"type": "boolean"}}}
    answer = await openai_client.chat.completions.create(
        model="gpt-4o",
        messages=ASK,
        logprobs=True,
        response_format={"type": "json_schema", "json_schema": {"name": "mood", "schema": schema}},
    )
    assert answer.choices[0].message.content == '{"mood": "Bonjour, how are you?", "sure": true}'
    assert answer.choices[0].logprobs is not None
    assert answer.choices[0].logprobs.content


async def test_openai_reads_a_refusal(openai_provider: ScriptedProvider, openai_client: openai.AsyncOpenAI) -> None:
    """A refusal stands in its own field and not in the text."""
    openai_provider.script = Answer(refusal="I would rather not.")
    answer = await openai_client.chat.completions.create(model="gpt-4o", messages=ASK)
    assert (answer.choices[0].message.refusal, answer.choices[0].message.content) == ("I would rather not.", None)


@pytest.mark.parametrize(
    ("reason", "error"),
    [
        (Reason.AUTH, openai.AuthenticationError),
        (Reason.RATE_LIMITED, openai.RateLimitError),
        (Reason.QUOTA, openai.RateLimitError),
        (Reason.MODEL_GONE, openai.NotFoundError),
        (Reason.INVALID, openai.BadRequestError),
        (Reason.OVERLOADED, openai.InternalServerError),
    ],
)
async def test_openai_raises_its_own_errors(
    openai_provider: ScriptedProvider, openai_client: openai.AsyncOpenAI, reason: Reason, error: type[Exception]
) -> None:
    """Each scripted error raises the SDK's class for it."""
    openai_provider.script = Fail(reason)
    with pytest.raises(error):
        await openai_client.chat.completions.create(model="gpt-4o", messages=ASK)


async def test_anthropic_reads_a_whole_answer(anthropic_client: anthropic.AsyncAnthropic) -> None:
    """The Anthropic SDK reads text, stop reason and usage of a whole answer."""
    answer = await anthropic_client.messages.create(model="claude-sonnet-5", max_tokens=50, messages=ASK)
    assert answer.content[0].type == "text"
    assert answer.content[0].text == "Anthropic answers: Bonjour, how are you?"
    assert answer.stop_reason == "end_turn"
    assert answer.usage.output_tokens > 0


async def test_anthropic_accumulates_thinking_text_and_tools(
    anthropic_provider: ScriptedProvider, anthropic_client: anthropic.AsyncAnthropic
) -> None:
    """The Anthropic SDK puts thoughts, text and two tool calls of one stream together again."""
    anthropic_provider.script = Answer("Let me look.", thinking="They ask for the weather.", tool_calls=CALLS)
    async with anthropic_client.messages.stream(model="claude-sonnet-5", max_tokens=50, messages=ASK) as stream:
        final = await stream.get_final_message()
    assert [block.type for block in final.content] == ["thinking", "text", "tool_use", "tool_use"]
    assert final.content[0].signature
    assert [b.input for b in final.content if b.type == "tool_use"] == [c.arguments for c in CALLS]
    assert final.stop_reason == "tool_use"


async def test_anthropic_counts_tokens_and_lists_models(anthropic_client: anthropic.AsyncAnthropic) -> None:
    """The pages beside the answers can be read too."""
    counted = await anthropic_client.messages.count_tokens(model="claude-sonnet-5", messages=ASK)
    models = await anthropic_client.models.list()
    assert counted.input_tokens > 0
    assert "claude-sonnet-5" in [model.id for model in models.data]


@pytest.mark.parametrize(
    ("reason", "status"),
    [(Reason.AUTH, 401), (Reason.BILLING, 402), (Reason.RATE_LIMITED, 429), (Reason.OVERLOADED, 529)],
)
async def test_anthropic_raises_its_own_errors(
    anthropic_provider: ScriptedProvider, anthropic_client: anthropic.AsyncAnthropic, reason: Reason, status: int
) -> None:
    """Each scripted error has Anthropic's status."""
    anthropic_provider.script = Fail(reason)
    with pytest.raises(anthropic.APIStatusError) as raised:
        await anthropic_client.messages.create(model="claude-sonnet-5", max_tokens=50, messages=ASK)
    assert raised.value.status_code == status


async def test_anthropic_meets_an_error_in_the_middle(
    anthropic_provider: ScriptedProvider, anthropic_client: anthropic.AsyncAnthropic
) -> None:
    """An error event after some text raises, although the status was 200."""
    anthropic_provider.script = ErrorEvent("overloaded", after=2)
    with pytest.raises(anthropic.APIStatusError, match="Overloaded"):
        async with anthropic_client.messages.stream(model="claude-sonnet-5", max_tokens=50, messages=ASK) as stream:
            await stream.get_final_message()
