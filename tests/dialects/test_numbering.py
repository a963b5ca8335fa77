"""Numbers on events: one each, in order, and replay from any of them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.chat import Begun, ChatRequest, Ended, Frame, Seam, Stop, Stopped, StopReason, TextDelta
from sanspanne.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from sanspanne.dialects.base import Identity
from sanspanne.dialects.numbering import NumberedWriter, events_after, has_event
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.dialects.sse import Splitter
from sanspanne.errors import CallerError

DIALECTS = [OPENAI_CHAT, ANTHROPIC_MESSAGES]
SEAM = Seam("openai/gpt-4o", "anthropic/claude-sonnet-5", "server_error", "anchor", 1234, True)
LINES = st.sampled_from(
    [b'data: {"choices": []}', b"data: [DONE]", b"data:", b"event: ping", b": hello", b"id: 77", b"retry: 1", b"id"]
)
ENDS = st.sampled_from([b"\n", b"\r\n"])


def numbered(dialect, after=0) -> NumberedWriter:
    return NumberedWriter(dialect.writer(ChatRequest(dialect=dialect.name, model="m"), Identity("a-1", "m", 1)), after)


def numbers(data: bytes) -> list[int]:
    return [int(number) for number in re.findall(rb"^id: (\d+)$", data, re.MULTILINE)]


def events(data: bytes) -> list[tuple[bytes, bytes]]:
    """What a client can read: comments and ids are no part of it, and an event without data says nothing."""
    return [(event.name, event.data) for event in Splitter().feed(data) if event.data.strip()]


@st.composite
def upstreams(draw) -> bytes:
    """What any server might send: blocks of lines in any order, with either line end, and blank lines to spare."""
    stream = b""
    for _ in range(draw(st.integers(1, 8))):
        end = draw(ENDS)
        block = draw(st.lists(LINES, min_size=1, max_size=4))
        stream += b"".join(line + end for line in block) + end * draw(st.integers(1, 3))
    return stream


def frames_of(dialect, stream: bytes, cuts: list[int]) -> list[Frame]:
    edges = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    splitter = Splitter()
    pieces = [stream[edges[i] : edges[i + 1]] for i in range(len(edges) - 1)]
    seen = [event for piece in pieces for event in splitter.feed(piece)] + splitter.close()
    return [Frame(dialect.name, event.raw) for event in seen]


@pytest.mark.parametrize("dialect", DIALECTS)
@given(stream=upstreams(), cuts=st.lists(st.integers(0, 400), max_size=4), after=st.integers(0, 12))
def test_every_event_has_the_next_number_and_no_line_of_the_upstream_steers_the_client(dialect, stream, cuts, after):
    """Whatever an upstream puts around its events, the only ids are ours, in order, one per event; nothing else is lost."""
    frames = frames_of(dialect, stream, cuts)
    writer = numbered(dialect, after)
    data = b"".join(writer.write([frame]) for frame in frames)
    assert events(data) == events(stream.replace(b"\r\n", b"\n"))
    assert numbers(data) == list(range(after + 1, writer.last + 1))
    assert b"retry" not in data
    assert data.count(b"\n\n") == writer.last - after


@pytest.mark.parametrize("dialect", DIALECTS)
@given(stream=upstreams(), cut=st.integers(0, 4000), comments=st.booleans())
def test_replay_goes_on_exactly_where_the_connection_was_cut(dialect, stream, cut, comments):
    """Cut anywhere: what the client had dispatched, and what follows its last id, are together the whole stream."""
    writer = numbered(dialect)
    data = b""
    for frame in frames_of(dialect, stream, []):
        data += writer.write([frame]) + (writer.comment("still here") if comments else b"")
    got = data[: cut % (len(data) + 1)]
    got = got[: got.rfind(b"\n\n") + 2] if b"\n\n" in got else b""
    last = max(numbers(got), default=0)
    rest = events_after(data, last)
    assert events(got) + events(rest) == events(data)
    assert numbers(got) + numbers(rest) == numbers(data)
    assert rest.endswith(data[len(got) :])
    assert all(line[:1] in b":" for line in rest.removesuffix(data[len(got) :]).split(b"\n"))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_events_of_ours_and_errors_are_numbered_and_comments_are_not(dialect):
    """A seam's event, the end and an error have numbers like any other event; the seam's comment has none."""
    writer = numbered(dialect, after=7)
    said = (Begun("x", "m"), TextDelta("a"), SEAM, TextDelta("b"), Stopped(Stop(StopReason.END)), Ended())
    data = writer.write([Frame("other", b"", said)])
    assert writer.comment("one\nid: 3\n\ntwo").count(b"\n") == 1
    assert numbers(writer.comment("waiting")) == []
    data += writer.fail(CallerError(502, "bad_gateway", "It broke."))
    assert numbers(data) == list(range(8, writer.last + 1))
    comments = [line for line in data.split(b"\n") if line.startswith(b":")]
    assert comments == [
        b": sanspanne seam from=openai/gpt-4o to=anthropic/claude-sonnet-5 reason=server_error"
        b" means=anchor at=1234 exact=yes"
    ]


def test_a_number_from_before_or_after_what_is_there():
    """Asked from before its first event the data is whole; asked from its last or beyond, nothing is left."""
    writer = numbered(OPENAI_CHAT, after=10)
    data = writer.write([Frame(OPENAI_CHAT.name, b"data: {}\n\n")] * 3)
    assert [events_after(data, number) for number in (3, 10)] == [data, data]
    assert numbers(events_after(data, 11)) == [12, 13]
    assert [events_after(data, number) for number in (13, 99)] == [b"", b""]
    assert events_after(b"", 0) == b""
    assert [has_event(data, number) for number in (1, 10, 11, 13, 14)] == [False, False, True, True, False]


def test_a_number_is_not_found_within_another():
    """Event 1 is not taken for event 10, nor a number in the data for an id."""
    writer = numbered(OPENAI_CHAT)
    data = writer.write([Frame(OPENAI_CHAT.name, b'data: {"id: 2": 1}\n\n')] * 12)
    for number in range(13):
        assert numbers(events_after(data, number)) == list(range(number + 1, 13))
