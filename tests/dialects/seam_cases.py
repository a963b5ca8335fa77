"""Answers of two upstreams: the first as its provider sends it, cut at some place, then the seam, then the second.

first   frames of a real wire format, raw bytes and all
seam    as the stitcher writes it
second  frames of another upstream, from the text that follows the cut to the end; usage is summed
"""

from __future__ import annotations

from msgspec.structs import replace

from sanspanne.chat import (
    Begun,
    ChatRequest,
    Ended,
    Event,
    Frame,
    Seam,
    Stopped,
    TextDelta,
    ThinkingDelta,
    ToolCallBegun,
    ToolCallDelta,
    Usage,
    UsageSeen,
)
from sanspanne.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from sanspanne.dialects.base import Dialect, Identity
from sanspanne.dialects.gemini import GEMINI
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.testing import ToolUse
from sanspanne.testing.asked import Asked, Said
from sanspanne.testing.wires import wire

CALLERS = {"openai": OPENAI_CHAT, "anthropic": ANTHROPIC_MESSAGES}
UPSTREAMS = {
    "vllm": OPENAI_CHAT,
    "anthropic": ANTHROPIC_MESSAGES,
    "gemini": GEMINI,
}  # vLLM: OpenAI's dialect, and thoughts
PLACES = ["in a text", "in a thought", "after a thought", "after a call"]
SEAM = Seam("openai/gpt-4o", "anthropic/claude-sonnet-5", "server_error", "anchor", 9, True)
IDENTITY = Identity("ours-1", "our-model", 1_700_000_000)


def upstream(
    kind: str,
    name: str,
    pieces: tuple[str, ...],
    *,
    thinking: tuple[str, ...] = (),
    calls: tuple[ToolUse, ...] = (),
    include_usage: bool = True,
) -> list[Frame]:
    """The frames of a whole answer of one upstream."""
    asked = Asked(model=f"{name}-model", question="?", prompt_tokens=10, stream=True, include_usage=include_usage)
    ending = "tool_calls" if calls else "end"
    said = Said(asked=asked, id=name, created=5, pieces=pieces, thinking=thinking, tool_calls=calls, ending=ending)
    reader = UPSTREAMS[kind].reader()
    frames = [frame for piece in wire(kind).stream(said) for frame in reader.feed(piece.data)]
    return frames + reader.close()


def until_the_stop(frames: list[Frame]) -> list[Frame]:
    """What an upstream had said before it came to its stop."""
    kept = []
    for frame in frames:
        if any(isinstance(event, Stopped | Ended) for event in frame.events):
            said = tuple(event for event in frame.events if not isinstance(event, Stopped | Ended | UsageSeen))
            return [*kept, Frame("gemini", b"", said)] if said and frame.dialect == "gemini" else kept
        kept.append(frame)
    return kept


def cut(frames: list[Frame], place: str) -> list[Frame]:
    """The first frames of an answer with thoughts, a text and a call, up to a place of that name."""
    before = until_the_stop(frames)
    kinds = [{type(event) for event in frame.events} for frame in before]
    thoughts = [i for i, kind in enumerate(kinds) if ThinkingDelta in kind]
    texts = [i for i, kind in enumerate(kinds) if TextDelta in kind]
    match place:
        case "in a thought":
            return before[: thoughts[0] + 1]
        case "after a thought":
            return before[: texts[0]]
        case "in a text":
            return before[: texts[1] + 1]
    return before


def goes_on(second: list[Frame], before: Usage, *, with_raw: bool) -> list[Frame]:
    """The second upstream as the stitcher passes it on, its tokens added to those of the first."""
    frames = []
    for frame in second:
        events = tuple(_summed(event, before) for event in frame.events if with_raw or not isinstance(event, Begun))
        frames.append(Frame(frame.dialect, frame.raw if with_raw else b"", events))
    return frames


def _summed(event: Event, before: Usage) -> Event:
    if not isinstance(event, UsageSeen):
        return event
    usage = event.usage
    return UsageSeen(replace(usage, input=usage.input + before.input, output=usage.output + before.output))


def stitched(first: list[Frame], second: list[Frame], *, with_raw: bool = False, seam: Seam = SEAM) -> list[Frame]:
    """All frames of an answer of two upstreams."""
    told = [event.usage for frame in first for event in frame.events if isinstance(event, UsageSeen)]
    before = told[-1] if told else Usage()
    return [*first, Frame("", b"", (seam,)), *goes_on(second, before, with_raw=with_raw)]


def case(first: str, second: str, place: str, *, with_raw: bool = False) -> list[Frame]:
    """The frames of one combination: the first thinks, speaks and calls, the second speaks and calls another tool."""
    calls = (ToolUse("look", {"at": "é"}),)
    opening = upstream(first, "first", ("Un ", "deux\u2028 ", "trois "), thinking=("Hm", "m."), calls=calls)
    rest = upstream(second, "second", ("quatre ", "😀"), calls=(ToolUse("hear", {"n": 1}), ToolUse("see", {"n": 2})))
    return stitched(cut(opening, place), rest, with_raw=with_raw)


def events_of(frames: list[Frame]) -> list[Event]:
    """Everything that frames say."""
    return [event for frame in frames for event in frame.events]


def text_of(events: list[Event]) -> str:
    """The text of an answer."""
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def calls_of(events: list[Event]) -> list[tuple[str, str]]:
    """Name and arguments of each tool call, in order; two that share an index are one."""
    calls: dict[int, tuple[str, str]] = {}
    for event in events:
        if isinstance(event, ToolCallBegun):
            calls[event.index] = (event.name, "")
        elif isinstance(event, ToolCallDelta):
            name, arguments = calls[event.index]
            calls[event.index] = (name, arguments + event.arguments)
    return [calls[index] for index in sorted(calls)]


def asked(caller: Dialect) -> ChatRequest:
    """A question that wants to know the usage."""
    return ChatRequest(dialect=caller.name, model="m", stream=True, include_usage=True)
