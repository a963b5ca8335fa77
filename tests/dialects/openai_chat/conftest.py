"""Neutral requests and answers in canonical form: those that this dialect can carry without any loss."""

from __future__ import annotations

import string
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import strategies as st

from sanspanne.chat import (
    Begun,
    ChatRequest,
    Citation,
    Cited,
    Document,
    Ended,
    Event,
    Image,
    Message,
    OutputFormat,
    Reasoning,
    Refusal,
    RefusalDelta,
    Stop,
    Stopped,
    StopReason,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    Tool,
    ToolCall,
    ToolCallBegun,
    ToolCallDelta,
    ToolChoice,
    ToolResult,
    Usage,
    UsageSeen,
)
from sanspanne.dialects.base import Identity

NAME = "openai_chat"
IDENTITY = Identity("chatcmpl-42", "gpt", 1_700_000_000)

# Surrogates are no text; U+2028, U+0085 and the like are, and break parsers that split lines by str.splitlines.
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20) | st.sampled_from(
    ["a\u2028b", "\u0085", "\r\n\r\n", "data: [DONE]\n\n", "😀é", '"\\', "\x00"]
)
names = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=12)
base64s = st.sampled_from(["aGVsbG8=", "AAAA", "iVBORw0K"])
schemas = st.sampled_from([{}, {"type": "object"}, {"type": "object", "properties": {"a": {"type": "string"}}}])
json_texts = st.sampled_from(["{}", '{"a": 1}', '{"city":"Orléans"}'])
floats = st.floats(-2, 2, allow_nan=False)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The strategy, or None."""
    return st.none() | strategy


text_parts = st.builds(Text, texts)
images = st.builds(Image, media_type=st.just("image/png"), data=base64s, detail=maybe(st.just("low"))) | st.builds(
    Image, url=st.just("https://example.org/a.png")
)
documents = st.builds(Document, media_type=st.just("application/pdf"), data=base64s, name=names)
calls = st.builds(ToolCall, names, names, json_texts)


@st.composite
def assistants(draw: st.DrawFn) -> Message:
    """An assistant's turn: thinking, then text, then a refusal, then tool calls; each may be absent."""
    parts: list[Any] = draw(st.lists(st.builds(Thinking, texts, origin=st.just(NAME)), max_size=1))
    parts += draw(st.lists(text_parts, max_size=1))
    parts += draw(st.lists(st.builds(Refusal, texts), max_size=1))
    parts += draw(st.lists(calls, max_size=2))
    return Message("assistant", tuple(parts), draw(maybe(names)))


systems = st.builds(Message, st.just("system"), st.lists(text_parts, max_size=2).map(tuple), maybe(names))
users = st.builds(
    Message, st.just("user"), st.lists(text_parts | images | documents, max_size=3).map(tuple), maybe(names)
)
results = st.builds(
    Message,
    st.just("user"),
    st.lists(st.builds(ToolResult, names, st.lists(text_parts, max_size=2).map(tuple)), min_size=1, max_size=2).map(
        tuple
    ),
)


def _no_results_in_a_row(messages: list[Message]) -> bool:
    tools = [bool(message.parts) and isinstance(message.parts[0], ToolResult) for message in messages]
    return not any(one and other for one, other in pairwise(tools))


conversations = (
    st.lists(systems | users | results | assistants(), min_size=1, max_size=4).filter(_no_results_in_a_row).map(tuple)
)
outputs = st.just(OutputFormat("json_object")) | st.builds(
    OutputFormat, st.just("json_schema"), names, maybe(schemas), maybe(st.booleans()), maybe(texts)
)
choices = st.sampled_from([ToolChoice("auto"), ToolChoice("none"), ToolChoice("required")]) | st.builds(
    ToolChoice, st.just("named"), names
)
efforts = st.sampled_from([Reasoning(enabled=False), Reasoning(effort="low"), Reasoning(effort="xhigh")])


@st.composite
def requests(draw: st.DrawFn) -> ChatRequest:
    """A request in the words of no dialect in particular."""
    stream = draw(st.booleans())
    return ChatRequest(
        dialect="another",
        model="m",
        messages=draw(conversations),
        stream=stream,
        include_usage=stream,
        max_tokens=draw(maybe(st.integers(1, 100_000))),
        temperature=draw(maybe(floats)),
        top_p=draw(maybe(floats)),
        stop=draw(st.lists(texts, max_size=2).map(tuple)),
        n=draw(st.integers(1, 4)),
        seed=draw(maybe(st.integers(-(2**63), 2**63 - 1))),
        frequency_penalty=draw(maybe(floats)),
        presence_penalty=draw(maybe(floats)),
        logit_bias=draw(maybe(st.dictionaries(names, floats, min_size=1, max_size=2))),
        logprobs=draw(st.booleans()),
        top_logprobs=draw(maybe(st.integers(0, 20))),
        tools=draw(
            st.lists(st.builds(Tool, names, maybe(texts), schemas, maybe(st.booleans())), max_size=2).map(tuple)
        ),
        tool_choice=draw(maybe(choices)),
        parallel_tool_calls=draw(maybe(st.booleans())),
        output=draw(maybe(outputs)),
        reasoning=draw(maybe(efforts)),
        user=draw(maybe(names)),
    )


tokens = maybe(st.just([{"token": "a", "logprob": -0.5, "bytes": [97], "top_logprobs": []}]))
counts = st.integers(0, 10**6)
usages = st.builds(Usage, counts, counts, counts, counts, counts)
stops = st.sampled_from(
    [
        Stop(StopReason.END, raw="stop"),
        Stop(StopReason.LENGTH, raw="length"),
        Stop(StopReason.TOOL_CALLS, raw="tool_calls"),
        Stop(StopReason.FILTERED, raw="content_filter"),
    ]
)
citations = st.builds(
    Citation, st.just("https://example.org"), title=texts, start=st.integers(0, 50), end=st.integers(0, 50)
)


@st.composite
def choice_events(draw: st.DrawFn, choice: int, *, streamed: bool) -> list[Event]:
    """What one choice says, in the order of the wire; a whole answer has each kind of piece at most once."""
    most = 3 if streamed else 1
    said: list[Event] = []
    thoughts = st.builds(ThinkingDelta, texts, origin=st.just(NAME), choice=st.just(choice))
    said += draw(st.lists(thoughts, max_size=most))
    said += draw(st.lists(st.builds(TextDelta, texts, st.just(choice), tokens), max_size=most))
    said += draw(st.lists(st.builds(RefusalDelta, texts, st.just(choice)), max_size=most))
    for index in range(draw(st.integers(0, 2))):
        said.append(ToolCallBegun(index, f"call_{choice}_{index}", draw(names), choice))
        said += draw(st.lists(st.builds(ToolCallDelta, st.just(index), json_texts, st.just(choice)), max_size=most))
    sources = draw(st.lists(citations, max_size=2, unique=True))
    if sources:
        said.append(Cited(tuple(sources), choice))
    return said


@st.composite
def answers(draw: st.DrawFn, *, streamed: bool) -> list[Event]:
    """A complete answer of one to three choices, as the readers of this dialect report it."""
    events: list[Event] = [Begun(IDENTITY.id, IDENTITY.model, IDENTITY.created)]
    number = draw(st.integers(1, 3))
    endings: list[Event] = [Stopped(draw(stops), choice) for choice in range(number)]
    for choice in range(number):
        events += draw(choice_events(choice, streamed=streamed))
    usage: list[Event] = [UsageSeen(draw(usages))]
    events += endings + usage if streamed else usage + endings
    return [*events, Ended()]


@pytest.fixture(scope="session")
def chunk() -> Callable[..., bytes]:
    """Makes the bytes of one chunk as OpenAI sends it."""

    def make(delta: dict[str, Any] | None = None, finish: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta or {}, "logprobs": None, "finish_reason": finish}
        body = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 7, "model": "m", "choices": [choice]}
        return b"data: " + msgspec.json.encode({**body, **more}) + b"\n\n"

    return make


@pytest.fixture(scope="session")
def identity() -> Identity:
    """What a translated answer is called."""
    return IDENTITY


@pytest.fixture(scope="session")
def request_strategy() -> st.SearchStrategy[ChatRequest]:
    """Requests that this dialect carries without loss."""
    return requests()


@pytest.fixture(scope="session")
def answer_strategy() -> Callable[..., st.SearchStrategy[list[Event]]]:
    """Makes answers that this dialect carries without loss, streamed or whole."""
    return answers
