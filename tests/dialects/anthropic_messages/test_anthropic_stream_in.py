"""Streams read from Anthropic Messages."""

from itertools import pairwise
from typing import Any

import msgspec
import pytest
from anthropic_strategies import IDENTITY, NAME, answers, foreign, gist
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.chat import (
    Begun,
    ChatRequest,
    Cited,
    Damaged,
    Ended,
    Event,
    Failed,
    Frame,
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

REQUEST = ChatRequest(dialect=NAME, model="m")


def sse(kind: str, **fields: Any) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), msgspec.json.encode({"type": kind, **fields}))


def start(index: int, **block: Any) -> bytes:
    return sse("content_block_start", index=index, content_block=block)


def delta(index: int, **fields: Any) -> bytes:
    return sse("content_block_delta", index=index, delta=fields)


def stop(reason: str = "end_turn", **usage: Any) -> bytes:
    fields = {"stop_reason": reason, "stop_sequence": None}
    return sse("message_delta", delta=fields, usage=usage or {"output_tokens": 7})


MESSAGE = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude", "content": []}
BEGIN = sse("message_start", message={**MESSAGE, "usage": {"input_tokens": 5, "output_tokens": 1}})
END = sse("message_stop")
HELLO = start(0, type="text", text="") + delta(0, type="text_delta", text="Allô") + sse("content_block_stop", index=0)


def frames(*pieces: bytes) -> list[Frame]:
    reader = ANTHROPIC_MESSAGES.reader()
    read = [frame for piece in pieces for frame in reader.feed(piece)]
    return read + reader.close()


def events(*pieces: bytes) -> list[Event]:
    return [event for frame in frames(*pieces) for event in frame.events]


def failure(*pieces: bytes) -> Failed:
    failed = [event for event in events(*pieces) if isinstance(event, Failed)]
    assert failed, "the stream was taken for a whole answer"
    return failed[0]


def test_a_whole_answer_is_read() -> None:
    """Begin, text, tokens, reason and end are read, and every frame keeps its bytes."""
    ping = sse("ping")
    assert events(BEGIN, ping, HELLO, stop(), END) == [
        Begun("msg_1", "claude"),
        UsageSeen(Usage(input=5, output=1)),
        TextDelta("Allô"),
        UsageSeen(Usage(input=5, output=7)),
        Stopped(Stop(StopReason.END, None, "end_turn")),
        Ended(),
    ]
    whole = BEGIN + ping + HELLO + stop() + END
    assert b"".join(frame.raw for frame in frames(whole)) == whole


def test_tokens_from_the_cache_count_as_input() -> None:
    """The neutral count of the prompt holds what came from the cache and what was written to it."""
    usage = {"input_tokens": 5, "cache_read_input_tokens": 20, "cache_creation_input_tokens": 300, "output_tokens": 1}
    begin = sse("message_start", message={**MESSAGE, "usage": usage})
    assert events(begin)[1] == UsageSeen(Usage(325, 1, 20, 300))
    later = {"output_tokens": 9, "cache_read_input_tokens": 30, "output_tokens_details": {"thinking_tokens": 4}}
    assert events(begin, stop(**later))[2] == UsageSeen(Usage(335, 9, 30, 300, 4))


def test_parallel_tool_calls_are_numbered() -> None:
    """Calls are counted from 0 whatever block they stand in, and a call without arguments has the empty object."""
    said = events(
        BEGIN,
        HELLO,
        start(1, type="server_tool_use", id="s", name="web_search", input={}),
        delta(1, type="input_json_delta", partial_json='{"query":"x"}'),
        start(2, type="tool_use", id="t1", name="a", input={}),
        delta(2, type="input_json_delta", partial_json=""),
        delta(2, type="input_json_delta", partial_json='{"x":'),
        delta(2, type="input_json_delta", partial_json="1}"),
        sse("content_block_stop", index=2),
        start(3, type="tool_use", id="t2", name="b", input={}),
        sse("content_block_stop", index=3),
        start(4, type="tool_use", id="t3", name="c", input={"y": 2}),
        sse("content_block_stop", index=4),
    )
    assert said[3:] == [
        ToolCallBegun(0, "t1", "a"),
        ToolCallDelta(0, '{"x":'),
        ToolCallDelta(0, "1}"),
        ToolCallBegun(1, "t2", "b"),
        ToolCallDelta(1, "{}"),
        ToolCallBegun(2, "t3", "c"),
        ToolCallDelta(2, '{"y":2}'),
    ]


def test_thoughts_and_sources_are_read() -> None:
    """Thoughts keep their signature, secrets stay secret, and a source is named once."""
    cite = {"type": "web_search_result_location", "url": "https://example.org", "title": "T", "cited_text": "c"}
    passage = {"type": "char_location", "cited_text": "c", "document_index": 0}
    said = events(
        start(0, type="thinking", thinking="", signature=""),
        delta(0, type="thinking_delta", thinking="hm"),
        delta(0, type="signature_delta", signature="Eq=="),
        start(1, type="redacted_thinking", data="xyz"),
        delta(2, type="citations_delta", citation=cite),
        delta(2, type="citations_delta", citation=cite),
        delta(2, type="citations_delta", citation=passage),
    )
    assert said[:3] == [
        ThinkingDelta("hm", origin=NAME),
        ThinkingDelta(signature="Eq==", origin=NAME),
        ThinkingDelta(redacted="xyz", origin=NAME),
    ]
    assert [event.citations[0].url for event in said[3:] if isinstance(event, Cited)] == ["https://example.org"]


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("end_turn", StopReason.END),
        ("max_tokens", StopReason.LENGTH),
        ("stop_sequence", StopReason.STOP_SEQUENCE),
        ("tool_use", StopReason.TOOL_CALLS),
        ("pause_turn", StopReason.PAUSE),
        ("refusal", StopReason.REFUSAL),
        ("model_context_window_exceeded", StopReason.CONTEXT_FULL),
    ],
)
def test_every_reason_to_stop_is_known(word: str, reason: StopReason) -> None:
    """Each of Anthropic's reasons has its neutral word, and keeps its own."""
    assert events(stop(word))[1] == Stopped(Stop(reason, None, word))


def test_what_is_new_to_us_says_nothing_and_is_passed_on() -> None:
    """New events, new blocks and new deltas are no failure: their bytes go on to callers of the same dialect."""
    new = (
        b"event: shiny\ndata: not even JSON\n\n"
        + sse("shinier", message="text")
        + start(0, type="hologram", content={"a": 1})
        + delta(0, type="hologram_delta", light=3)
        + b": a comment\n\n"
    )
    assert events(new) == []
    assert b"".join(frame.raw for frame in frames(new)) == new


def test_an_event_without_a_name_is_known_by_its_type() -> None:
    """A proxy that drops the `event:` lines loses nothing."""
    bare = b"".join(line for line in (BEGIN + HELLO + stop() + END).splitlines(True) if not line.startswith(b"event"))
    assert events(bare) == events(BEGIN + HELLO + stop() + END)


OVERLOADED = {"type": "overloaded_error", "message": "Overloaded"}


@pytest.mark.parametrize("before", [b"", BEGIN, BEGIN + HELLO, BEGIN + HELLO + stop(), BEGIN + HELLO + stop() + END])
@pytest.mark.parametrize(
    ("broken", "kind"),
    [
        (sse("error", error=OVERLOADED, request_id="req_1"), "overloaded_error"),
        (b'data: {"error":{"type":"overloaded_error","message":"x"}}\n\n', "overloaded_error"),
        (b'{"type":"error","error":{"type":"overloaded_error","message":"x"}}', "overloaded_error"),
        (b'{"error":{"code":503,"message":"x","type":"UNAVAILABLE"}}\n\n', "UNAVAILABLE"),
        (b"<html><body>502 Bad Gateway</body></html>", "not_an_event_stream"),
        (b"<!DOCTYPE html>\n<html>\n\n<body>\n</body></html>\n", "not_an_event_stream"),
        (b"event: error\ndata: oh no\n\n", None),
        (stop("hologram"), "unknown_stop_reason"),
    ],
)
def test_a_failure_is_seen_wherever_it_comes(before: bytes, broken: bytes, kind: str | None) -> None:
    """Errors and alien bytes are a failure at the start, in the middle, and even after the end; none is passed on."""
    error = failure(before, broken).error
    assert error.status == 200
    assert error.type == ("data_after_end" if before.endswith(END) else kind)
    assert all(not frame.raw for frame in frames(before, broken) if any(isinstance(e, Failed) for e in frame.events))


def test_only_white_space_and_comments_may_follow_the_end() -> None:
    """White space and comments after the end are harmless; one more event makes the answer a failure."""
    whole = BEGIN + HELLO + stop() + END
    assert events(whole, b"\n\n \n: bye\n\n")[-1] == Ended()
    assert failure(whole, sse("ping")).error.type == "data_after_end"
    assert failure(whole, b"data: [DONE]\n\n").error.type == "data_after_end"


def test_an_unreadable_piece_is_damage_and_not_the_end() -> None:
    """A broken event is reported and not passed on; what follows is read."""
    broken = b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"del\n\n'
    bad_utf8 = delta(0, type="text_delta", text="x").replace(b'"x"', b'"\xff"')
    read = frames(BEGIN, broken, bad_utf8, b"event: message_stop\n\n", HELLO, stop(), END)
    damaged = [frame for frame in read if any(isinstance(event, Damaged) for event in frame.events)]
    assert [frame.raw for frame in damaged] == [b"", b"", b""]
    assert TextDelta("Allô") in [event for frame in read for event in frame.events]


@given(st.integers(0, 10_000))
def test_a_cut_stream_never_ends_well(cut: int) -> None:
    """Wherever a stream is cut before its end, no end is reported."""
    whole = BEGIN + HELLO + stop() + END
    last = whole.rindex(b"}") + 1
    assert Ended() not in events(whole[: cut % last])


def test_an_event_without_limit_is_a_failure() -> None:
    """An event that never ends is given up before it fills the memory."""
    reader = ANTHROPIC_MESSAGES.reader()
    read = [frame for _ in range(20) for frame in reader.feed(b"data: " + b"x" * 1_000_000)]
    assert [event.error.type for frame in read for event in frame.events if isinstance(event, Failed)] == [
        "event_too_large"
    ]


LINES = "a\u2028b\u2029c\u0085d\x0b\x0ce é 🦜\r\n"


@given(answers(), st.lists(st.integers(0, 3000), max_size=6), st.booleans())
def test_cuts_and_line_ends_change_nothing(said: list[Event], cuts: list[int], crlf: bool) -> None:
    """However the network cuts the bytes, and whichever line ends are used, the same frames are read."""
    wire = ANTHROPIC_MESSAGES.writer(REQUEST, IDENTITY).write(foreign([said[0], TextDelta(LINES), *said[1:]]))
    whole = frames(wire)
    wire = wire.replace(b"\n", b"\r\n") if crlf else wire
    edges = [0, *sorted(cut % (len(wire) + 1) for cut in cuts), len(wire)]
    assert frames(*(wire[a:b] for a, b in pairwise(edges))) == whole


def test_every_single_cut_is_harmless() -> None:
    """A character of several bytes, or a line end, cut at any byte is whole again; exotic line ends survive."""
    wire = BEGIN + start(0, type="text", text="") + delta(0, type="text_delta", text=LINES) + stop() + END
    for text in (wire, wire.replace(b"\n", b"\r\n")):
        for cut in range(len(text)):
            assert TextDelta(LINES) in events(text[:cut], text[cut:])


@given(
    st.lists(st.binary(max_size=60) | st.sampled_from([BEGIN, HELLO, END, b"event: ", b"data: {", b"\n\n", b"\r\n"]))
)
def test_arbitrary_bytes_are_read_without_an_exception(pieces: list[bytes]) -> None:
    """No bytes break the reader, and all that it gives back are frames of this dialect."""
    assert all(frame.dialect == NAME for frame in frames(*pieces))


@given(
    st.sampled_from(
        ["message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta"]
    ),
    st.recursive(
        st.none() | st.integers() | st.text(max_size=4),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(
                st.sampled_from(["type", "index", "delta", "message", "content_block", "usage", "stop_reason", "id"]),
                inner,
            )
        ),
        max_leaves=10,
    ),
)
def test_arbitrary_values_in_events_are_read_without_an_exception(kind: str, value: Any) -> None:
    """Events with any JSON inside are understood or counted as damage."""
    wire = b"event: %b\ndata: %b\n\n" % (kind.encode(), msgspec.json.encode(value))
    for frame in frames(wire):
        assert frame.raw in (wire, b"")


@given(answers())
def test_a_stream_that_is_written_and_read_says_the_same(said: list[Event]) -> None:
    """What the writer writes, the reader reads: text, thoughts, calls, sources, tokens and the end."""
    wire = ANTHROPIC_MESSAGES.writer(REQUEST, IDENTITY).write(foreign(said))
    read = events(wire)
    assert gist(read) == gist(said)
    assert read[0] == Begun(IDENTITY.id, IDENTITY.model)
