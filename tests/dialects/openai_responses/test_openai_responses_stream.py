"""What is read from OpenAI Responses, and where it is taken up again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.responses import ResponseStreamEvent
from pydantic import TypeAdapter
from responses_frames import EVERYTHING, HELLO, USAGE, call, event, read, response, said, stream, text_of

from sanspanne.chat import (
    Begun,
    Citation,
    Cited,
    Ended,
    Event,
    Failed,
    RefusalDelta,
    ResumePoint,
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
from sanspanne.dialects.openai_responses import OPENAI_RESPONSES

WHOLE = b"".join(EVERYTHING)


def test_the_recorded_answer() -> None:
    """A plain answer begins, speaks, counts, stops and ends; what is repeated when it is done is not said twice."""
    assert read(HELLO) == [
        Begun("resp_67c9", "gpt-4.1-2025-04-14", 1741290958),
        TextDelta("Hi"),
        TextDelta(" there!"),
        UsageSeen(Usage(input=37, output=11, cached=8, reasoning=2)),
        Stopped(Stop(StopReason.END, raw="completed")),
        Ended(),
    ]


def test_the_recorded_frames_are_the_sdks() -> None:
    """The frames of these tests are what OpenAI's own types describe: each is one of the events of the SDK."""
    known = TypeAdapter(ResponseStreamEvent)
    for block in HELLO.split(b"\n\n")[:-1]:
        assert known.validate_json(block.partition(b"data: ")[2]).type.encode() in block


def test_everything_that_is_said() -> None:
    """Reasoning, text, a source and two calls arrive, each as what it is."""
    assert read(WHOLE) == [
        Begun("resp_1", "gpt-5", 7),
        ThinkingDelta("Voyons.", origin="openai_responses"),
        ThinkingDelta("\n\n", origin="openai_responses"),
        ThinkingDelta("Bon.", origin="openai_responses"),
        TextDelta("Ça va \u2028 "),
        TextDelta("🙂"),
        Cited((Citation("https://a.example", "A", start=0, end=2),)),
        ToolCallBegun(0, "call_2", "f"),
        ToolCallDelta(0, '{"a":'),
        ToolCallDelta(0, '"é"}'),
        ToolCallBegun(1, "call_3", "g"),
        ToolCallDelta(1, "{}"),
        UsageSeen(Usage(input=3, output=5, reasoning=1)),
        Stopped(Stop(StopReason.TOOL_CALLS, raw="completed")),
        Ended(),
    ]


def test_refusals_have_a_word_of_their_own() -> None:
    """What the model says when it declines is no text."""
    data = b"".join(stream({"type_": "response.created", "response": response()}, said("refusal", "Non.")))
    assert read(data)[1:] == [RefusalDelta("Non.")]


@pytest.mark.parametrize(
    ("why", "reason"), [("max_output_tokens", StopReason.LENGTH), ("content_filter", StopReason.FILTERED)]
)
def test_endings_before_the_end(why: str, reason: StopReason) -> None:
    """An answer that ran into a limit or a filter is whole as far as it goes, and says so."""
    early = response("incomplete", incomplete_details={"reason": why}, usage=USAGE)
    events = read(event(0, "response.incomplete", response=early))
    assert [said.stop for said in events if isinstance(said, Stopped)] == [Stop(reason, raw=why)]
    assert events[-1] == Ended()


FAILURES: list[tuple[bytes, str | None]] = [
    (
        event(0, "response.failed", response=response("failed", error={"code": "server_error", "message": "m"})),
        "server_error",
    ),
    (event(0, "error", code="rate_limit_exceeded", message="m", param=None), "rate_limit_exceeded"),
    (event(0, "error", error={"type": "server_error", "code": "x", "message": "m", "param": None}), "x"),
    (b'event: error\ndata: {"error":{"code":"x","message":"m"}}\n\n', "x"),
    (event(0, "response.incomplete", response=response("incomplete", incomplete_details={"reason": "steered"})), None),
    (event(0, "response.cancelled", response=response("cancelled")), None),
    (b"data: {broken\n\n", None),
    (b'data: {"type":"response.output_text.delta","sequence_number":0,"delta":7}\n\n', None),
    (b'data: {"type":"response.output_text.delta","delta":"without a number"}\n\n', None),
    (event(0, **said("function_call_arguments", "{}", 4)), None),
    (b"<html>502</html>\n\n", None),
]


@pytest.mark.parametrize(("data", "code"), FAILURES)
def test_every_failure_is_one(data: bytes, code: str | None) -> None:
    """Flat or nested, told or not: what is no answer fails, nothing is read behind it, and none of it is passed on."""
    reader = OPENAI_RESPONSES.reader()
    frames = [*reader.feed(data), *reader.feed(event(1, **said("output_text", "behind it"))), *reader.close()]
    failed = [one for frame in frames for one in frame.events if isinstance(one, Failed)]
    assert len(failed) == 1
    assert code is None or failed[0].error.code == code
    assert b"".join(frame.raw for frame in frames) == b""
    assert text_of([one for frame in frames for one in frame.events]) == ""


def test_what_we_never_asked_for_says_nothing() -> None:
    """Events of other tools, whatever they hold, and types of tomorrow are passed over; their numbers count."""
    reader = OPENAI_RESPONSES.reader()
    reader.feed(EVERYTHING[0])
    frames = reader.feed(
        event(1, "response.web_search_call.searching", item_id="w")
        + event(2, "response.tomorrow", delta={"x": 1}, response="?")
    )
    assert [frame.events for frame in frames] == [(), ()]
    assert reader.point == ResumePoint("resp_1", 2)


def test_only_white_space_and_marks_of_proxies_may_follow() -> None:
    """Behind the end a comment or `[DONE]` changes nothing; another event does."""
    assert read(HELLO + b": bye\n\ndata: [DONE]\n\n \n")[-1] == Ended()
    assert isinstance(read(HELLO + event(10, **said("output_text", "more")))[-1], Failed)
    assert isinstance(read(HELLO + b'{"error":{"message":"m"}}\n\n')[-1], Failed)


# --- taken up again

SAID = {9: "Ça va \u2028 ", 10: "🙂", 14: '{"a":', 15: '"é"}', 18: "{}"}  # by the numbers of the events in EVERYTHING


@pytest.mark.parametrize("lost", [4, 5])
@pytest.mark.parametrize("seam", [None, 3, 4, 7])
def test_a_hole_is_seen_at_the_end(lost: int, seam: int | None) -> None:
    """The server repeats its answer at the end: one of which a piece did not come is not whole, wherever it was taken up."""
    events = [block + b"\n\n" for block in HELLO.split(b"\n\n")[:-1]]
    whole, holed = OPENAI_RESPONSES.reader(), OPENAI_RESPONSES.reader()
    told: list[type[Event]] = []
    for number, data in enumerate(events):
        if seam == number:
            whole, holed = OPENAI_RESPONSES.reader(whole.point), OPENAI_RESPONSES.reader(holed.point)
        last = whole.feed(data)
        told += [type(event) for frame in (holed.feed(data) if number != lost else []) for event in frame.events]
    assert last[0].events[-1] == Ended()
    assert Failed in told
    assert Ended not in told
    assert holed.point is None or lost == seam  # there it is seen at once, and nothing has gone wrong yet


def test_the_place_follows_the_stream() -> None:
    """The place is known from the first event on, counts whole events only, and stays before the end when that has come."""
    reader = OPENAI_RESPONSES.reader()
    assert (reader.point, reader.running) == (None, "")
    for number, frame in enumerate(EVERYTHING[:-1]):
        reader.feed(frame[:-3])
        assert number == 0 or (reader.point is not None and reader.point.after == number - 1)
        reader.feed(frame[-3:])
        calls = (2, 3)[: (number >= 13) + (number >= 17)]
        length = sum(len(text) for at, text in SAID.items() if at <= number)
        assert (reader.point, reader.running) == (ResumePoint("resp_1", number, calls, length), "resp_1")
    place = reader.point
    reader.feed(EVERYTHING[-1])
    assert (reader.point, reader.running) == (place, "")
    assert OPENAI_RESPONSES.reader(place).feed(EVERYTHING[-1])[0].events[-1] == Ended()


def test_what_cannot_be_read_is_not_behind_the_place() -> None:
    """After an event that could not be read the answer is taken up again before it."""
    reader = OPENAI_RESPONSES.reader()
    reader.feed(b"".join(EVERYTHING[:10]) + b"data: {broken\n\n" + EVERYTHING[11])
    assert reader.point == ResumePoint("resp_1", 9, said=len(SAID[9]))
    assert reader.running == "resp_1"


@pytest.mark.parametrize("replays", [False, True])
@pytest.mark.parametrize("at", range(1, len(EVERYTHING)))
def test_cut_between_any_two_events(at: int, replays: bool) -> None:
    """The two parts of an answer say the same as the whole of it, calls in the middle included, also if it is replayed."""
    reader = OPENAI_RESPONSES.reader()
    frames = reader.feed(b"".join(EVERYTHING[:at]))
    again = OPENAI_RESPONSES.reader(reader.point)
    frames += again.feed(b"".join(EVERYTHING[0 if replays else at :])) + again.close()
    assert [event for frame in frames for event in frame.events] == read(WHOLE)


def test_missing_words_are_noticed() -> None:
    """A server that goes on too far on has lost something: a failure, not an answer with a hole."""
    events = read(b"".join(EVERYTHING[11:]), point=ResumePoint("resp_1", 9))
    assert isinstance(events[0], Failed)
    assert text_of(events) == ""


def test_an_error_is_heard_whatever_its_number() -> None:
    """An error event often has the number 0; it is no repetition."""
    events = read(event(0, "error", message="m", code="server_error"), point=ResumePoint("resp_1", 9))
    assert isinstance(events[0], Failed)


# --- properties


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 1000])
def test_pieces_of_any_size(size: int) -> None:
    """Where the network cuts the bytes does not change what they say."""
    assert read(WHOLE, size) == read(WHOLE)
    assert read(HELLO.replace(b"\n", b"\r\n"), size) == read(HELLO)


@given(st.integers(0, len(WHOLE) - 1))
def test_truncated_anywhere_is_never_whole(length: int) -> None:
    """A stream that loses its end, at whatever byte, is reported as ended only if nothing but white space was lost."""
    assert Ended() not in read(WHOLE[:length]) or not WHOLE[length:].strip()


@given(st.integers(0, len(WHOLE)), st.booleans(), st.integers(1, 400))
def test_cut_at_any_byte_and_taken_up_again(at: int, replays: bool, size: int) -> None:
    """Cut at any byte and taken up behind the last whole event, an answer has lost and repeated nothing."""
    first = OPENAI_RESPONSES.reader()
    frames = [frame for start in range(0, at, size) for frame in first.feed(WHOLE[start : min(at, start + size)])]
    point = first.point
    if first.running or not frames:
        again = OPENAI_RESPONSES.reader(point)
        frames += again.feed(b"".join(EVERYTHING[0 if replays or point is None else point.after + 1 :]))
    assert [event for frame in frames for event in frame.events] == read(WHOLE)


@given(st.text(max_size=60), st.integers(1, 9))
def test_text_survives(text: str, size: int) -> None:
    """Any text comes out as it went in."""
    half = len(text) // 2
    data = stream(
        {"type_": "response.created", "response": response()},
        said("output_text", text[:half]),
        said("output_text", text[half:]),
        {"type_": "response.completed", "response": response()},
    )
    assert text_of(read(b"".join(data), size)) == text


_LINES = st.sampled_from([b"data: ", b"\n\n", b"{", b'"type":', b'"response.completed"', b"[DONE]", *EVERYTHING])


@given(st.lists(st.binary(max_size=60) | _LINES, max_size=15), st.booleans())
def test_no_bytes_make_it_raise(pieces: list[bytes], resumed: bool) -> None:
    """Any bytes in any pieces are frames, at the beginning of an answer and in its middle."""
    reader = OPENAI_RESPONSES.reader(ResumePoint("resp_1", 3) if resumed else None)
    frames = [frame for piece in pieces for frame in reader.feed(piece)] + reader.close()
    assert all(frame.dialect == "openai_responses" for frame in frames)
    assert reader.point is None or reader.point.id


_JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "sequence_number", "delta", "item", "response", "error", "output", "id", "usage"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(_JSON, st.sampled_from(["response.completed", "response.output_item.added", "error", "x"]))
def test_no_json_makes_it_raise(body: Any, type_: str) -> None:
    """JSON with the right names in the wrong places is read too."""
    rest = body if isinstance(body, dict) else {"item": body, "response": body}
    read(event(0, **{**rest, "type_": type_} if "type" not in rest else {"type_": type_, "response": rest}))


def test_endless_event_is_given_up() -> None:
    """An event that never ends is a failure, not a growing heap."""
    reader = OPENAI_RESPONSES.reader()
    reader.feed(b"data: ")
    frames = reader.feed(b"x" * (17 * 1024 * 1024))
    assert isinstance(frames[0].events[0], Failed)
    assert reader.feed(b"more\n\n") == []


def test_a_call_that_nobody_could_run_is_a_failure() -> None:
    """A call without a name is not passed on."""
    assert isinstance(read(event(0, **call(0, "")))[0], Failed)
