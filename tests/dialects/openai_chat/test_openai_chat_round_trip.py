"""What is written is read back as the same, and cuts in the byte stream change nothing."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.chat import ChatRequest, Event, Frame
from sanspanne.dialects.base import Identity
from sanspanne.dialects.openai_chat import OPENAI_CHAT

ASKED = ChatRequest(dialect="openai_chat", model="m", stream=True, include_usage=True)
Answers = Callable[..., st.SearchStrategy[list[Event]]]


def plain(request: ChatRequest) -> dict[str, object]:
    """The fields of a request that a dialect carries."""
    left_out = ("dialect", "model", "fields", "headers", "unknown", "needs", "size")
    return {name: getattr(request, name) for name in request.__struct_fields__ if name not in left_out}


def written(events: list[Event], identity: Identity) -> bytes:
    """The stream that a caller gets for an answer from another dialect."""
    writer = OPENAI_CHAT.writer(ASKED, identity)
    return writer.write(Frame("another", b"", (event,)) for event in events)


def read(pieces: list[bytes]) -> list[Frame]:
    """What a reader makes of these pieces and the end of the stream."""
    reader = OPENAI_CHAT.reader()
    frames = [frame for piece in pieces for frame in reader.feed(piece)]
    return frames + reader.close()


def said(frames: list[Frame]) -> list[Event]:
    """The events of all frames."""
    return [event for frame in frames for event in frame.events]


@given(data=st.data())
def test_a_request_survives_translation(data: st.DataObject, request_strategy: st.SearchStrategy[ChatRequest]) -> None:
    """A request written in this dialect and read again asks for the same, and nothing is reported as left out."""
    request = data.draw(request_strategy)
    out = OPENAI_CHAT.write_request(request, "gpt")
    back = OPENAI_CHAT.read_request(msgspec.json.encode(out.fields), {})
    assert out.omitted == ()
    assert back.model == "gpt"
    assert back.unknown == ()
    assert plain(back) == plain(request)


@given(data=st.data())
def test_a_request_of_this_dialect_is_passed_on_as_it_came(
    data: st.DataObject, request_strategy: st.SearchStrategy[ChatRequest]
) -> None:
    """A caller's own JSON goes out value by value as he wrote it; only the model's name is replaced."""
    fields = OPENAI_CHAT.write_request(data.draw(request_strategy), "asked").fields | {"new_field": [1, {"a": None}]}
    request = OPENAI_CHAT.read_request(msgspec.json.encode(fields), {})
    out = msgspec.json.decode(msgspec.json.encode(OPENAI_CHAT.write_request(request, "target").fields))
    assert out == msgspec.json.decode(msgspec.json.encode(fields)) | {"model": "target"}
    assert request.unknown == ("new_field",)


@given(data=st.data())
def test_a_stream_survives_translation(data: st.DataObject, answer_strategy: Answers, identity: Identity) -> None:
    """A translated stream, read by our own reader, says what the answer said, event by event."""
    events = data.draw(answer_strategy(streamed=True))
    assert said(read([written(events, identity)])) == events


@given(data=st.data())
def test_a_whole_answer_survives_translation(data: st.DataObject, answer_strategy: Answers, identity: Identity) -> None:
    """A translated JSON answer, read by our own reader, says what the answer said, event by event."""
    events = data.draw(answer_strategy(streamed=False))
    body = OPENAI_CHAT.write_answer(events, ASKED, identity)
    frame = OPENAI_CHAT.read_answer(body)
    assert list(frame.events) == events
    assert frame.raw == body


@given(data=st.data())
def test_cuts_do_not_matter(data: st.DataObject, answer_strategy: Answers, identity: Identity) -> None:
    """The same frames come out whether a stream arrives whole, in random pieces, or byte by byte."""
    stream = written(data.draw(answer_strategy(streamed=True)), identity)
    if data.draw(st.booleans()):
        stream = stream.replace(b"\n", b"\r\n")
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    whole = read([stream])
    assert read(pieces) == whole
    assert read([stream[at : at + 1] for at in range(len(stream))]) == whole


@given(data=st.data())
def test_raw_frames_pass_untouched(data: st.DataObject, answer_strategy: Answers, identity: Identity) -> None:
    """A stream in the caller's own dialect reaches him byte for byte."""
    stream = written(data.draw(answer_strategy(streamed=True)), identity)
    writer = OPENAI_CHAT.writer(ASKED, identity)
    assert b"".join(writer.write([frame]) for frame in read([stream])) == stream
