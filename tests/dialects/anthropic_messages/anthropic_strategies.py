"""Requests and answers in the canonical neutral form: what Anthropic Messages can carry without loss."""

import base64
from typing import Any

import msgspec
from hypothesis import strategies as st

from sanspanne.chat import (
    Begun,
    ChatRequest,
    Citation,
    Cited,
    Document,
    Ended,
    Event,
    Frame,
    Image,
    Message,
    OutputFormat,
    Reasoning,
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

NAME = "anthropic_messages"
IDENTITY = Identity("msg_ours", "claude-sonnet-5", 1_700_000_000)

words = st.text(min_size=1, max_size=30).filter(lambda text: text.strip() == text)
ids = st.from_regex(r"[a-zA-Z0-9_-]{1,64}", fullmatch=True)
data = st.binary(max_size=20).map(lambda raw: base64.b64encode(raw).decode())
objects = st.dictionaries(st.text(max_size=8), st.integers(-9, 9) | st.text(max_size=8) | st.booleans(), max_size=3)
schemas = objects.map(lambda value: {"type": "object", "properties": value})

# --- requests

texts = st.builds(Text, words)
images = st.builds(Image, media_type=st.sampled_from(["image/png", "image/jpeg"]), data=data) | st.builds(
    Image, url=st.just("https://example.org/cat.png")
)
documents = (
    st.builds(Document, media_type=st.just("application/pdf"), data=data, name=st.none() | words)
    | st.builds(Document, url=st.just("https://example.org/paper.pdf"), name=st.none() | words)
    | st.builds(
        Document,
        media_type=st.just("text/plain"),
        data=words.map(lambda text: base64.b64encode(text.encode()).decode()),
    )
)
results = st.builds(
    ToolResult, ids, st.lists(texts | images | documents, max_size=2).map(tuple), is_error=st.booleans()
)
calls = st.builds(ToolCall, ids, ids, objects.map(lambda value: msgspec.json.encode(value).decode()))
thoughts = st.builds(Thinking, st.text(max_size=20), signature=words, origin=st.just(NAME)) | st.builds(
    Thinking, st.just(""), origin=st.just(NAME), redacted=words
)
user_turns = st.builds(
    lambda first, then: Message("user", (*first, *then)),
    st.lists(results, max_size=2),
    st.lists(texts | images | documents, min_size=1, max_size=3),
)
assistant_turns = st.lists(texts | calls | thoughts, min_size=1, max_size=3).map(
    lambda parts: Message("assistant", tuple(parts))
)
systems = st.builds(lambda text: (Message("system", (Text(text),)),), words) | st.just(())
tools = st.builds(Tool, ids, st.none() | words, schemas, st.none() | st.booleans())


@st.composite
def conversations(draw: st.DrawFn) -> tuple[Message, ...]:
    """A system text or none, then turns that alternate and end with the user's."""
    pairs = draw(st.lists(st.tuples(user_turns, assistant_turns), max_size=2))
    turns = [turn for pair in pairs for turn in pair]
    return (*draw(systems), *turns, draw(user_turns))


@st.composite
def requests(draw: st.DrawFn) -> ChatRequest:
    """A request whose every field this dialect can carry."""
    reasoning = draw(
        st.none()
        | st.just(Reasoning(enabled=False))
        | st.builds(Reasoning, effort=st.none() | st.sampled_from(["low", "medium", "high", "xhigh", "max"]))
        | st.builds(Reasoning, budget=st.integers(1024, 4000))
    )
    thinks = reasoning is not None and reasoning.enabled
    own = tuple(draw(st.lists(tools, max_size=2)))
    modes = ["auto", "none"] if thinks else ["auto", "none", "required"]
    choice = draw(st.none() | st.builds(ToolChoice, st.sampled_from(modes))) if own else None
    parallel = draw(st.none() | st.booleans()) if choice and choice.mode != "none" else None
    share = st.floats(0, 1)
    return ChatRequest(
        dialect="neutral",
        model="claude",
        messages=draw(conversations()),
        stream=draw(st.booleans()),
        include_usage=True,
        max_tokens=draw(st.integers(4001, 9000)),
        temperature=None if thinks else draw(st.none() | share),
        top_p=draw(st.none() | share),
        top_k=None if thinks else draw(st.none() | st.integers(0, 500)),
        stop=tuple(draw(st.lists(words, max_size=3))),
        tools=own,
        tool_choice=choice,
        parallel_tool_calls=parallel,
        output=draw(st.none() | st.builds(lambda schema: OutputFormat("json_schema", schema=schema), schemas)),
        reasoning=reasoning,
        user=draw(st.none() | words),
    )


# --- answers

_said = st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=3)


@st.composite
def answers(draw: st.DrawFn) -> list[Event]:
    """A complete answer: text with its sources, thoughts, tool calls, then usage, the reason of the stop, and the end."""
    events: list[Event] = [Begun("upstream", "some-model")]
    call, sources = 0, 0
    for kind in draw(st.lists(st.sampled_from(["text", "cited", "thought", "redacted", "call"]), max_size=5)):
        if kind in ("text", "cited"):
            events += [TextDelta(piece) for piece in draw(_said)]
        if kind == "cited":
            events.append(Cited((Citation(f"https://example.org/{sources}", draw(st.none() | words)),)))
            sources += 1
        if kind == "thought":
            events += [ThinkingDelta(piece, origin=NAME) for piece in draw(_said)]
            events.append(ThinkingDelta(signature=draw(words), origin=NAME))
        if kind == "redacted":
            events.append(ThinkingDelta(redacted=draw(words), origin=NAME))
        if kind == "call":
            events += [ToolCallBegun(call, draw(ids), draw(ids)), *_arguments(draw, call)]
            call += 1
    cached, written, fresh = (draw(st.integers(0, 1000)) for _ in range(3))
    usage = Usage(fresh + cached + written, draw(st.integers(1, 1000)), cached, written, draw(st.integers(0, 50)))
    reason = draw(st.sampled_from(sorted(set(StopReason) - {StopReason.FILTERED})))
    sequence = draw(words) if reason is StopReason.STOP_SEQUENCE else None
    return [*events, Stopped(Stop(reason, sequence)), UsageSeen(usage), Ended()]


def _arguments(draw: st.DrawFn, call: int) -> list[Event]:
    text = msgspec.json.encode(draw(objects)).decode()
    cut = draw(st.integers(0, len(text)))
    return [ToolCallDelta(call, piece) for piece in (text[:cut], text[cut:]) if piece]


def foreign(events: list[Event]) -> list[Frame]:
    """The events as the frames of an upstream that speaks another dialect."""
    return [Frame("another", b"not to be passed on", (event,)) for event in events]


def gist(events: list[Event]) -> dict[str, Any]:
    """What an answer says, however it was cut into pieces."""
    said: list[list[Any]] = []
    arguments: dict[int, str] = {}
    found: dict[str, Any] = {"said": said, "sources": [], "usage": None, "stop": None, "ended": 0, "wrong": []}
    for event in events:
        match event:
            case TextDelta(text=text):
                _extend(said, "text", text)
            case ThinkingDelta(redacted=str(secret), origin=origin):
                said.append(["redacted", secret, origin])
            case ThinkingDelta(signature=str(signature), origin=origin):
                _extend(said, "thought", "")
                said.append(["signature", signature, origin])
            case ThinkingDelta(text=text):
                _extend(said, "thought", text)
            case ToolCallBegun(index=index, id=id_, name=name):
                said.append(["call", index, id_, name])
                arguments[index] = ""
            case ToolCallDelta(index=index, arguments=text):
                arguments[index] += text
            case Cited(citations=citations):
                found["sources"] += [(source.url, source.title, source.text) for source in citations]
            case UsageSeen(usage=usage):
                found["usage"] = usage
            case Stopped(stop=stop):
                found["stop"] = (stop.reason, stop.sequence)
            case Ended():
                found["ended"] += 1
            case Begun():
                pass
            case _:
                found["wrong"].append(event)
    found["arguments"] = {index: msgspec.json.decode(text) for index, text in arguments.items()}
    return found


def _extend(said: list[list[Any]], kind: str, text: str) -> None:
    if said and said[-1][0] == kind:
        said[-1][1] += text
    else:
        said.append([kind, text])
