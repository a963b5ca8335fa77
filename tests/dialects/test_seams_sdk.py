"""The official clients notice nothing of a seam but the `sanspanne` field: their accumulators end with the whole answer."""

from __future__ import annotations

import json
from typing import Any

import anthropic
import httpx2
import openai
import pytest
from seam_cases import CALLERS, IDENTITY, PLACES, UPSTREAMS, asked, calls_of, case, events_of, text_of

from sanspanne.chat import Frame, UsageSeen
from sanspanne.dialects.numbering import NumberedWriter

QUESTION: Any = [{"role": "user", "content": "Compte !"}]
combinations = [(first, second, place) for first in UPSTREAMS for second in UPSTREAMS for place in PLACES]
every = pytest.mark.parametrize(("first", "second", "place"), combinations)
OPTIONS: dict[str, Any] = {"api_key": "k", "max_retries": 0}


def transport(name: str, frames: list[Frame]) -> httpx2.MockTransport:
    """Answers every request with the numbered stream of these frames, a comment among them."""
    caller = CALLERS[name]
    writer = NumberedWriter(caller.writer(asked(caller), IDENTITY))
    half = len(frames) // 2
    body = writer.write(frames[:half]) + writer.comment("still here") + writer.write(frames[half:])
    headers = {"content-type": caller.media_type()}
    return httpx2.MockTransport(lambda _: httpx2.Response(200, content=body, headers=headers))


def check_openai(answer: Any, chunks: list[Any], frames: list[Frame]) -> None:
    said = events_of(frames)
    message = answer.choices[0].message
    assert (message.content or "") == text_of(said)
    assert answer.choices[0].finish_reason == "tool_calls"
    names = [(call.function.name, call.function.arguments) for call in message.tool_calls]
    assert names == calls_in(frames)
    [seam] = [chunk.sanspanne["seam"] for chunk in chunks if getattr(chunk, "sanspanne", None)]
    assert (seam["from"], seam["to"]) == ("openai/gpt-4o", "anthropic/claude-sonnet-5")
    usage = next(event.usage for event in reversed(said) if isinstance(event, UsageSeen))
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (usage.input, usage.output)


def check_anthropic(message: Any, frames: list[Frame]) -> None:
    said = events_of(frames)
    assert "".join(block.text for block in message.content if block.type == "text") == text_of(said)
    calls = [block for block in message.content if block.type == "tool_use"]
    assert [(call.name, call.input) for call in calls] == [
        (name, json.loads(arguments)) for name, arguments in calls_in(frames)
    ]
    usage = next(event.usage for event in reversed(said) if isinstance(event, UsageSeen))
    assert message.stop_reason == "tool_use"
    assert (message.usage.input_tokens, message.usage.output_tokens) == (usage.input, usage.output)


def calls_in(frames: list[Frame]) -> list[tuple[str, str]]:
    """The calls of the first upstream, then those of the second."""
    at = next(i for i, frame in enumerate(frames) if not frame.dialect)
    return calls_of(events_of(frames[:at])) + calls_of(events_of(frames[at:]))


@every
def test_openai_accumulates(first: str, second: str, place: str) -> None:
    """`chat.completions.stream` gathers the whole text, every call, the sum of the tokens."""
    frames = case(first, second, place)
    http = httpx2.Client(transport=transport("openai", frames))
    client = openai.OpenAI(base_url="http://127.0.0.1/v1", http_client=http, **OPTIONS)
    with client.chat.completions.stream(model="m", messages=QUESTION, stream_options={"include_usage": True}) as stream:
        chunks = [event.chunk for event in stream if event.type == "chunk"]
        check_openai(stream.get_final_completion(), chunks, frames)


@every
async def test_openai_accumulates_in_a_loop(first: str, second: str, place: str) -> None:
    """The asynchronous client does too."""
    frames = case(first, second, place)
    http = httpx2.AsyncClient(transport=transport("openai", frames))
    client = openai.AsyncOpenAI(base_url="http://127.0.0.1/v1", http_client=http, **OPTIONS)
    asking = client.chat.completions.stream(model="m", messages=QUESTION, stream_options={"include_usage": True})
    async with asking as stream:
        chunks = [event.chunk async for event in stream if event.type == "chunk"]
        check_openai(await stream.get_final_completion(), chunks, frames)


@every
def test_anthropic_accumulates(first: str, second: str, place: str) -> None:
    """`messages.stream` gathers the whole text, every call, the sum of the tokens."""
    frames = case(first, second, place)
    http = httpx2.Client(transport=transport("anthropic", frames))
    client = anthropic.Anthropic(base_url="http://127.0.0.1", http_client=http, **OPTIONS)
    with client.messages.stream(model="m", max_tokens=9, messages=QUESTION) as stream:
        check_anthropic(stream.get_final_message(), frames)


@every
async def test_anthropic_accumulates_in_a_loop(first: str, second: str, place: str) -> None:
    """The asynchronous client does too."""
    frames = case(first, second, place)
    http = httpx2.AsyncClient(transport=transport("anthropic", frames))
    client = anthropic.AsyncAnthropic(base_url="http://127.0.0.1", http_client=http, **OPTIONS)
    async with client.messages.stream(model="m", max_tokens=9, messages=QUESTION) as stream:
        assert "".join([text async for text in stream.text_stream]) == text_of(events_of(frames))
        check_anthropic(await stream.get_final_message(), frames)
