"""One answer to the caller, whoever the upstreams were and wherever the first one broke off."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seam_cases import (
    CALLERS,
    IDENTITY,
    PLACES,
    SEAM,
    UPSTREAMS,
    asked,
    calls_of,
    case,
    events_of,
    stitched,
    text_of,
    until_the_stop,
    upstream,
)

from sanspanne.chat import (
    Begun,
    ChatRequest,
    Damaged,
    Ended,
    Event,
    Failed,
    Frame,
    Seam,
    Stop,
    Stopped,
    StopReason,
    TextDelta,
    ThinkingDelta,
    ToolCallBegun,
    ToolCallDelta,
    Usage,
    UsageSeen,
)
from sanspanne.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from sanspanne.dialects.base import Dialect
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.dialects.sse import Splitter

COMMENT = b": sanspanne seam from=openai/gpt-4o to=anthropic/claude-sonnet-5 reason=server_error means=anchor at=9 exact=yes\n"
FIELDS = {
    "from": "openai/gpt-4o",
    "to": "anthropic/claude-sonnet-5",
    "reason": "server_error",
    "means": "anchor",
    "at": 9,
    "exact": True,
}
matrix = pytest.mark.parametrize("first", UPSTREAMS)
by_second = pytest.mark.parametrize("second", UPSTREAMS)
by_place = pytest.mark.parametrize("place", PLACES)


def written(caller: Dialect, frames: list[Frame], request: ChatRequest | None = None) -> bytes:
    writer = caller.writer(request or asked(caller), IDENTITY)
    return b"".join(writer.write([frame]) for frame in frames)


def read(caller: Dialect, data: bytes) -> list[Event]:
    reader = caller.reader()
    return events_of(reader.feed(data) + reader.close())


def wire_events(data: bytes) -> list[dict[str, Any]]:
    split = [event.data for event in Splitter().feed(data) if event.data and event.data != b"[DONE]"]
    return [msgspec.json.decode(event) for event in split]


def check_one_answer(caller: Dialect, frames: list[Frame]) -> bytes:
    """What a caller reads is all that was said, with one beginning, one stop and one end, and the latest usage."""
    data = written(caller, frames)
    said, heard = events_of(frames), read(caller, data)
    kinds = [type(event) for event in heard]
    assert text_of(heard) == text_of(said)
    assert [kinds.count(kind) for kind in (Begun, Stopped, Ended, Failed, Damaged)] == [1, 1, 1, 0, 0]
    assert kinds[-1] is Ended
    told = [event.usage for event in said if isinstance(event, UsageSeen)]
    counted = [event.usage for event in heard if isinstance(event, UsageSeen)]
    assert not told or (counted[-1].input, counted[-1].output) == (told[-1].input, told[-1].output)
    assert data.count(COMMENT) == 1
    return data


@by_place
@by_second
@matrix
@pytest.mark.parametrize("with_raw", [False, True])
def test_openai_callers_get_one_answer(first: str, second: str, place: str, with_raw: bool) -> None:
    """One id, model, time and role; calls numbered on; one reason to stop, one usage, one `[DONE]`; the seam in a chunk."""
    frames = case(first, second, place, with_raw=with_raw)
    data = check_one_answer(OPENAI_CHAT, frames)
    chunks = wire_events(data)
    head = next(event for event in events_of(frames) if isinstance(event, Begun))
    assert {chunk["id"] for chunk in chunks} == {head.id if first == "vllm" else IDENTITY.id}
    assert len({(chunk["model"], chunk["created"]) for chunk in chunks}) == 1
    choices = [choice for chunk in chunks for choice in chunk["choices"]]
    assert sum("role" in choice["delta"] for choice in choices) == 1
    assert sum(choice["finish_reason"] is not None for choice in choices) == 1
    assert [chunk["usage"] for chunk in chunks if chunk.get("usage")] == [chunks[-1]["usage"]]
    assert data.count(b"[DONE]") == 1
    [seam] = [chunk for chunk in chunks if "sanspanne" in chunk]
    assert (seam["sanspanne"], seam["choices"][0]["delta"]) == ({"seam": FIELDS}, {})
    names = (["look"] if place == "after a call" else []) + ["hear", "see"]
    assert [name for name, _ in calls_of(read(OPENAI_CHAT, data))] == names
    pieces = [call for choice in choices for call in choice["delta"].get("tool_calls", ())]
    assert {call["index"] for call in pieces} == set(range(len(names)))


@by_place
@by_second
@matrix
@pytest.mark.parametrize("with_raw", [False, True])
def test_anthropic_callers_get_one_message(first: str, second: str, place: str, with_raw: bool) -> None:
    """One message; blocks numbered on, one open at a time; a text that broke off goes on in its block; the seam in a ping."""
    data = check_one_answer(ANTHROPIC_MESSAGES, case(first, second, place, with_raw=with_raw))
    events = wire_events(data)
    kinds = [event["type"] for event in events if event["type"] != "ping"]
    assert (kinds[0], kinds[-2:]) == ("message_start", ["message_delta", "message_stop"])
    assert [kinds.count(kind) for kind in ("message_start", "message_delta", "message_stop")] == [1, 1, 1]
    blocks = blocks_of(events)
    expected = {
        "in a text": ["thinking", "text", "tool_use", "tool_use"],
        "in a thought": ["thinking", "text", "tool_use", "tool_use"],
        "after a thought": ["thinking", "text", "tool_use", "tool_use"],
        "after a call": ["thinking", "text", "tool_use", "text", "tool_use", "tool_use"],
    }
    assert blocks == expected[place]
    [ping] = [event for event in events if "sanspanne" in event]
    assert ping == {"type": "ping", "sanspanne": {"seam": FIELDS}}


def blocks_of(events: list[dict[str, Any]]) -> list[str]:
    """The kinds of the blocks. Checks that they are numbered from 0, start, and stop before the next one starts."""
    blocks: list[str] = []
    is_open = False
    for event in events:
        if event["type"] == "content_block_start":
            assert not is_open
            blocks.append(event["content_block"]["type"])
            is_open = True
        if event["type"].startswith("content_block"):
            assert is_open
            assert event["index"] == len(blocks) - 1
            is_open = event["type"] != "content_block_stop"
    assert not is_open
    return blocks


@matrix
def test_a_thought_that_broke_off_is_taken_out_of_the_history(first: str) -> None:
    """It is closed with our mark, which clients take for a signature; when it comes back it does not go to Anthropic."""
    events = wire_events(written(ANTHROPIC_MESSAGES, case(first, "gemini", "in a thought")))
    thought = [event["delta"] for event in events if event["type"] == "content_block_delta" and event["index"] == 0]
    signature = thought[-1]["signature"]
    assert (thought[-1]["type"], signature.startswith("sanspanne.")) == ("signature_delta", True)
    blocks = [{"type": "thinking", "thinking": "Hm", "signature": signature}, {"type": "text", "text": "quatre"}]
    turns = [{"role": "assistant", "content": blocks}, {"role": "user", "content": "Encore"}]
    body = msgspec.json.encode({"model": "m", "max_tokens": 9, "messages": turns})
    request = ANTHROPIC_MESSAGES.read_request(body, {})
    sent = msgspec.json.decode(msgspec.json.encode(ANTHROPIC_MESSAGES.write_request(request, "m").fields))
    assert [block["type"] for block in sent["messages"][0]["content"]] == ["text"]


@pytest.mark.parametrize("caller", CALLERS.values())
def test_what_a_name_holds_cannot_become_an_event(caller: Dialect) -> None:
    """Line ends, spaces and control characters in the name of a target add neither lines nor fields to the comment."""
    seam = Seam("a/b\n\ndata: {}\r\n", "c/d exact=no\u2028\x00é", "timeout", "restart", 0, False)
    data = written(caller, [Frame("", b"", (Begun("x", "m"), TextDelta("a"), seam))])
    [comment] = [line for line in data.split(b"\n") if line.startswith(b":")]
    words = "from=a/bdata:{} to=c/dexact=noé reason=timeout means=restart at=0 exact=no"
    assert comment.decode() == f": sanspanne seam {words}"
    told = [event["sanspanne"]["seam"] for event in wire_events(data) if "sanspanne" in event]
    assert told == [
        {"from": seam.before, "to": seam.after, "reason": "timeout", "means": "restart", "at": 0, "exact": False}
    ]


@pytest.mark.parametrize("caller", CALLERS.values())
def test_a_frame_that_holds_a_seam_is_not_passed_on(caller: Dialect) -> None:
    """Even with raw bytes of the caller's own dialect it is translated, and so is all that follows."""
    frames = [
        Frame(caller.name, b"data: secret\n\n", (Begun("x", "m"), SEAM, TextDelta("a"))),
        Frame(caller.name, b"data: secret\n\n", (TextDelta("b"),)),
        Frame(caller.name, b": secret\n\n"),
    ]
    data = written(caller, frames)
    assert b"secret" not in data
    assert text_of(read(caller, data)) == "ab"


@pytest.mark.parametrize("caller", CALLERS.values())
def test_a_generation_that_its_provider_takes_up_again_goes_on_with_its_thought_and_calls(caller: Dialect) -> None:
    """After a resume nothing is closed and nothing numbered anew: it is the same generation."""
    seam = Seam("a/b", "a/b", "timeout", "resume", 0, True)
    thinks = [Begun("x", "m"), ThinkingDelta("Hm", origin="other"), seam, ThinkingDelta("m.", origin="other")]
    calls = [ToolCallBegun(0, "c", "f"), ToolCallDelta(0, '{"a"'), seam, ToolCallDelta(0, ":1}")]
    end: list[Event] = [Stopped(Stop(StopReason.TOOL_CALLS)), Ended()]
    heard = read(caller, written(caller, [Frame("", b"", (event,)) for event in [*thinks, *calls, *end]]))
    assert [event.text for event in heard if isinstance(event, ThinkingDelta) and event.text] == ["Hm", "m."]
    assert sum(isinstance(event, ThinkingDelta) and bool(event.signature) for event in heard) == 0
    assert calls_of(heard) == [("f", '{"a":1}')]


def test_calls_that_were_held_are_said_before_the_seam() -> None:
    """Calls that came mixed belong to the attempt that made them."""
    mixed = [ToolCallBegun(0, "a", "f"), ToolCallBegun(1, "b", "g"), ToolCallDelta(1, "{}"), ToolCallDelta(0, "{}")]
    said = [Begun("x", "m"), *mixed, SEAM, TextDelta("t"), Stopped(Stop(StopReason.END)), Ended()]
    data = written(ANTHROPIC_MESSAGES, [Frame("", b"", (event,)) for event in said])
    assert blocks_of(wire_events(data)) == ["tool_use", "tool_use", "text"]
    assert data.index(b'"b"') < data.index(b"sanspanne seam") < data.index(b"text_delta")


_pieces = st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=4).map(tuple)
_kinds = st.sampled_from(sorted(UPSTREAMS))


@pytest.mark.parametrize("caller", CALLERS.values())
@given(data=st.data())
def test_any_seam_anywhere_reads_as_one_answer(caller: Dialect, data: st.DataObject) -> None:
    """Any two or three upstreams, cut anywhere outside of a call, with and without raw bytes, in batches of any size."""
    frames: list[Frame] = []
    for number in range(data.draw(st.integers(1, 2))):
        kind, thinking = data.draw(_kinds), data.draw(st.just(()) | _pieces)
        whole = until_the_stop(upstream(kind, f"u{number}", data.draw(_pieces), thinking=thinking))
        first = whole[: data.draw(st.integers(1, len(whole)))]
        frames = stitched(frames, first, with_raw=data.draw(st.booleans())) if frames else first
    last = upstream(data.draw(_kinds), "last", data.draw(_pieces))
    frames = stitched(frames, last, with_raw=data.draw(st.booleans()))
    said = events_of(frames)
    size = data.draw(st.integers(1, 5))
    writer = caller.writer(asked(caller), IDENTITY)
    wire = b"".join(writer.write(frames[at : at + size]) for at in range(0, len(frames), size))
    heard = read(caller, wire)
    kinds = [type(event) for event in heard]
    assert text_of(heard) == text_of(said)
    assert [kinds.count(kind) for kind in (Begun, Stopped, Ended, Failed, Damaged)] == [1, 1, 1, 0, 0]
    assert wire.count(COMMENT) == sum(isinstance(event, Seam) for event in said)
    if caller is ANTHROPIC_MESSAGES:
        blocks_of(wire_events(wire))


def test_usage_is_told_only_to_those_who_asked() -> None:
    """An OpenAI caller who did not ask for usage gets no usage chunk and no `usage` key from the second upstream."""
    opening = until_the_stop(upstream("vllm", "first", ("a", "b"), include_usage=False))
    frames = stitched(opening, [Frame("", b"", (UsageSeen(Usage(1, 2)), Stopped(Stop(StopReason.END)), Ended()))])
    data = written(OPENAI_CHAT, frames, ChatRequest(dialect="openai_chat", model="m", stream=True))
    assert b"usage" not in data
