"""The official SDK takes the scripted Responses API for the real one."""

from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest
from openai.types.responses import ResponseStreamEvent

from sanspanne.testing import Answer, Break, ErrorEvent, ScriptedProvider, Source, Stall, ToolUse
from sanspanne.testing.responses import FlatError, ResponseFailed

TEXT = "Une réponse qui continue là où elle s'est arrêtée 🙂."
CALLS = [ToolUse("weather", {"city": "Lyon", "days": 3}), ToolUse("clock", {})]


@pytest.fixture
async def provider() -> AsyncIterator[ScriptedProvider]:
    """A scripted OpenAI."""
    async with ScriptedProvider("openai") as provider:
        yield provider


@pytest.fixture
async def client(provider: ScriptedProvider) -> AsyncIterator[openai.AsyncOpenAI]:
    """The official client, pointed at it."""
    async with openai.AsyncOpenAI(base_url=provider.base_url, api_key="any", max_retries=0) as client:
        yield client


async def listen(stream: Any) -> tuple[list[ResponseStreamEvent], Exception | None]:
    """The events of a stream until it ends or breaks, and how it broke."""
    events: list[ResponseStreamEvent] = []
    try:
        async for event in stream:
            events.append(event)
    except Exception as error:
        return events, error
    return events, None


def text_of(events: list[ResponseStreamEvent]) -> str:
    """The text that was said."""
    return "".join(event.delta for event in events if event.type == "response.output_text.delta")


async def test_sdk_reads_a_whole_response(client: openai.AsyncOpenAI) -> None:
    """The SDK reads text, status and usage of a response in one piece."""
    response = await client.responses.create(model="gpt-4o", input="Bonjour")
    assert (response.output_text, response.status) == ("OpenAI answers: Bonjour", "completed")
    assert response.usage is not None
    assert response.usage.total_tokens > 0


async def test_sdk_accumulates_a_stream(client: openai.AsyncOpenAI, provider: ScriptedProvider) -> None:
    """The SDK's own accumulator, which checks each event against the ones before, ends with thoughts, text and calls."""
    provider.script = Answer(TEXT, thinking="Voyons.", tool_calls=CALLS, sources=[Source("https://a.example", "A")])
    async with client.responses.stream(model="gpt-5", input="Bonjour") as stream:
        response = await stream.get_final_response()
    assert response.output_text == TEXT
    assert [item.type for item in response.output] == ["reasoning", "message", "function_call", "function_call"]
    assert [(i.name, i.arguments) for i in response.output if i.type == "function_call"] == [
        (call.name, call.json()) for call in CALLS
    ]


async def test_sdk_reads_a_refusal_and_a_limit(client: openai.AsyncOpenAI, provider: ScriptedProvider) -> None:
    """A refusal has a part of its own, and a limit of tokens leaves a response incomplete."""
    provider.script = [Answer(refusal="I would rather not."), Answer(TEXT)]
    refused = await client.responses.create(model="gpt-4o", input="Bonjour")
    assert refused.output[0].content[0].refusal == "I would rather not."
    limited = await client.responses.create(model="gpt-4o", input="Bonjour", max_output_tokens=16)
    assert limited.status == "completed"
    limited = await client.responses.create(model="gpt-4o", input="Bonjour", max_output_tokens=3)
    assert limited.incomplete_details is not None
    assert (limited.status, limited.incomplete_details.reason) == ("incomplete", "max_output_tokens")


async def test_schema_and_forced_tool(client: openai.AsyncOpenAI) -> None:
    """A schema is answered with JSON that fits it, a tool that must be called is called."""
    schema = {"type": "object", "properties": {"sure": {"type": "boolean"}}}
    form: Any = {"format": {"type": "json_schema", "name": "s", "schema": schema}}
    assert (await client.responses.create(model="gpt-4o", input="?", text=form)).output_text == '{"sure": true}'
    tool: Any = {"type": "function", "name": "f", "parameters": schema, "strict": False}
    called = await client.responses.create(model="gpt-4o", input="?", tools=[tool], tool_choice="required")
    assert called.output[0].type == "function_call"


@pytest.mark.parametrize("replays", [False, True])
async def test_a_broken_stream_is_taken_up_again(
    client: openai.AsyncOpenAI, provider: ScriptedProvider, replays: bool
) -> None:
    """What was made in the background goes on behind the number that is asked for, or (a known fault) from its start."""
    provider.wire.replays = replays  # type: ignore[attr-defined]
    provider.script = [Break("reset", after=3, answer=Answer(TEXT)), Answer("Another answer.")]
    stream: Any = await client.responses.create(model="gpt-4o", input="Bonjour", stream=True, background=True)
    begun, error = await listen(stream)
    assert error is not None
    assert [event.sequence_number for event in begun] == list(range(len(begun)))
    id_, last = begun[0].response.id, begun[-1].sequence_number  # type: ignore[union-attr]
    stream = await client.responses.retrieve(id_, stream=True, starting_after=last)
    rest, error = await listen(stream)
    assert error is None
    assert rest[0].sequence_number == (0 if replays else last + 1)
    fresh = [event for event in rest if event.sequence_number > last]
    assert text_of(begun) + text_of(fresh) == TEXT
    assert rest[-1].type == "response.completed"
    assert [call.path.split("/")[2] for call in provider.calls.chats] == ["responses", "responses"]


async def test_only_the_background_is_kept(client: openai.AsyncOpenAI, provider: ScriptedProvider) -> None:
    """Without `background` there is nothing to go on with: the GET is a 404."""
    provider.script = Break("close", after=3, answer=Answer(TEXT))
    begun, _ = await listen(await client.responses.create(model="gpt-4o", input="Bonjour", stream=True))
    with pytest.raises(openai.NotFoundError):
        await client.responses.retrieve(begun[0].response.id, stream=True, starting_after=4)  # type: ignore[union-attr]


async def test_cancelled_as_often_as_you_like(client: openai.AsyncOpenAI, provider: ScriptedProvider) -> None:
    """Cancelling a response in the background stops it; to do so twice is no error; an unknown one is a 404."""
    provider.script = Stall(2)
    stream: Any = await client.responses.create(model="gpt-4o", input="Bonjour", stream=True, background=True)
    id_ = (await anext(aiter(stream))).response.id
    await stream.close()
    assert [(await client.responses.cancel(id_)).status for _ in range(2)] == ["cancelled", "cancelled"]
    assert (await client.responses.retrieve(id_)).status == "cancelled"
    with pytest.raises(openai.NotFoundError):
        await client.responses.cancel("resp_unknown")


async def test_its_own_ways_to_fail(client: openai.AsyncOpenAI, provider: ScriptedProvider) -> None:
    """An error is seen nested (which the SDK raises), flat, and as a response that has failed."""
    nested = ErrorEvent("server_error", after=2, answer=Answer(TEXT))
    provider.script = [nested, FlatError(after=2, answer=Answer(TEXT)), ResponseFailed(after=2, answer=Answer(TEXT))]
    heard = [
        await listen(await client.responses.create(model="gpt-4o", input="Bonjour", stream=True)) for _ in range(3)
    ]
    assert isinstance(heard[0][1], openai.APIError)
    assert text_of(heard[2][0]) != ""
    last = heard[2][0][-1]
    assert last.type == "response.failed"
    assert last.response.error is not None
    assert last.response.error.code == "server_error"
    flat, raised = heard[1]
    assert isinstance(raised, openai.APIError) or flat[-1].type == "error"
