"""Streams written towards callers who speak Anthropic Messages."""

from typing import Any

import msgspec
from anthropic_strategies import IDENTITY, NAME, answers, foreign, gist
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.chat import (
    Begun,
    ChatRequest,
    Citation,
    Cited,
    Damaged,
    Ended,
    Event,
    Failed,
    Frame,
    RefusalDelta,
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
from sanspanne.dialects.base import StreamWriter
from sanspanne.dialects.sse import Splitter
from sanspanne.errors import CallerError, WireError

REQUEST = ChatRequest(dialect=NAME, model="m")
BEGUN = Begun("upstream", "gpt")


def writer() -> StreamWriter:
    return ANTHROPIC_MESSAGES.writer(REQUEST, IDENTITY)


def wire_events(wire: bytes) -> list[dict[str, Any]]:
    """The events on the wire; each is checked to carry its own type as its name."""
    splitter = Splitter()
    split = splitter.feed(wire) + splitter.close()
    read = [(event.name.decode(), msgspec.json.decode(event.data)) for event in split if event.data]
    assert all(name == data["type"] for name, data in read)
    return [data for _, data in read]


def check_form(events: list[dict[str, Any]]) -> None:
    """The grammar of the stream: one start, blocks one after another and numbered, one end."""
    kinds = [event["type"] for event in events]
    assert kinds[0] == "message_start"
    assert kinds[-2:] == ["message_delta", "message_stop"]
    assert [kinds.count(kind) for kind in ("message_start", "message_delta", "message_stop")] == [1, 1, 1]
    number, is_open = -1, False
    for event in events[1:-2]:
        if event["type"] == "content_block_start":
            assert not is_open
            number, is_open = number + 1, True
        assert is_open
        assert event["index"] == number
        is_open = event["type"] != "content_block_stop"
    assert not is_open


def ending(reason: StopReason = StopReason.END) -> list[Event]:
    return [Stopped(Stop(reason)), Ended()]


def write(*events: Event) -> list[dict[str, Any]]:
    return wire_events(writer().write(foreign([BEGUN, *events])))


def blocks(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event["content_block"] for event in events if event["type"] == "content_block_start"]


def test_frames_of_the_same_dialect_are_passed_on_untouched() -> None:
    """The upstream's bytes reach a caller of the same dialect as they are, whatever they mean."""
    raw = [b"event: shiny\ndata: {}\n\n", b": comment data: x\n\n", b"event: content_block_delta\ndata: ...\n\n"]
    assert writer().write([Frame(NAME, piece, (TextDelta("x"),)) for piece in raw]) == b"".join(raw)


@given(answers())
def test_a_whole_answer_passes_through_byte_for_byte(said: list[Event]) -> None:
    """Reading and passing on changes nothing."""
    wire = writer().write(foreign(said))
    assert writer().write(ANTHROPIC_MESSAGES.reader().feed(wire)) == wire


@given(answers())
def test_a_translated_answer_is_well_formed(said: list[Event]) -> None:
    """Whatever another provider says, the stream keeps Anthropic's grammar."""
    check_form(wire_events(writer().write(foreign(said))))


_ANY: list[Event] = [
    BEGUN,
    TextDelta("a"),
    TextDelta("b", choice=1),
    RefusalDelta("no"),
    ThinkingDelta("hm", origin="gemini"),
    ThinkingDelta("hm", origin=NAME),
    ThinkingDelta(signature="s", origin="gemini"),
    ThinkingDelta(redacted="r", origin=NAME),
    ThinkingDelta(redacted="r", origin="gemini"),
    ToolCallBegun(0, "a", "f"),
    ToolCallBegun(1, "b", "g"),
    ToolCallDelta(0, '{"x":'),
    ToolCallDelta(0, "1}"),
    ToolCallDelta(1, "{}"),
    Cited((Citation("https://example.org"),)),
    UsageSeen(Usage(3, 4)),
    Failed(WireError(200)),
    Damaged("x"),
]


@given(st.lists(st.sampled_from(_ANY), max_size=12))
def test_any_order_of_events_is_well_formed(said: list[Event]) -> None:
    """Even an upstream that mixes everything up cannot break the grammar, and no text is lost."""
    wire = writer().write(foreign([BEGUN, *said, *ending()]))
    check_form(wire_events(wire))
    read = gist(
        [event for frame in ANTHROPIC_MESSAGES.reader().feed(wire) for event in frame.events if _is_text(event)]
    )
    asked = [event.text for event in said if isinstance(event, TextDelta | RefusalDelta) and event.choice == 0]
    assert "".join(text for _, text in read["said"]) == "".join(asked)


def _is_text(event: Event) -> bool:
    return isinstance(event, TextDelta)


@given(answers(), answers(), st.integers(0, 30), st.booleans())
def test_a_stream_of_two_upstreams_is_well_formed(
    first: list[Event], second: list[Event], cut: int, native_first: bool
) -> None:
    """A second upstream takes over anywhere, in either dialect, and the caller sees one message."""
    taken = ANTHROPIC_MESSAGES.reader().feed(writer().write(foreign(first)))
    native = [frame for frame in taken if not any(isinstance(e, Stopped | Ended) for e in frame.events)]
    other = foreign([event for event in second if not isinstance(event, Stopped | Ended)])
    upstreams = [*native[:cut], *other] if native_first else [*other[: cut + 2], *native]
    frames = [*upstreams, *foreign(ending())]
    out = writer()
    wire = b"".join(out.write([frame]) for frame in frames)
    check_form(wire_events(wire))


def test_a_second_message_of_the_same_dialect_goes_on_in_the_first() -> None:
    """When another Anthropic target takes over, its text continues the open block under the first message."""
    wire = writer().write(foreign([BEGUN, TextDelta("Hello"), *ending()]))
    read = ANTHROPIC_MESSAGES.reader().feed(wire)
    again = ANTHROPIC_MESSAGES.reader().feed(wire)
    events = wire_events(writer().write([*read[:3], *again]))
    check_form(events)
    assert blocks(events) == [{"type": "text", "text": "", "citations": []}]
    assert [event["delta"]["text"] for event in events if event["type"] == "content_block_delta"] == ["Hello", "Hello"]


def test_after_a_translated_frame_nothing_is_passed_on() -> None:
    """Bytes that count blocks from the upstream's own beginning would not fit any more."""
    wire = writer().write(foreign([BEGUN, TextDelta("Hel"), TextDelta("lo"), *ending()]))
    start, block, first, *rest = ANTHROPIC_MESSAGES.reader().feed(wire)
    between = foreign([ThinkingDelta("hm", origin="gemini")])
    events = wire_events(writer().write([start, block, first, *between, *rest]))
    check_form(events)
    assert [block["type"] for block in blocks(events)] == ["text", "thinking", "text"]


def test_a_thought_that_was_passed_on_with_its_signature_keeps_it() -> None:
    """A takeover between a thought's signature and the end of its block adds nothing to the thought."""
    wire = writer().write(foreign([BEGUN, ThinkingDelta("hm", origin=NAME), ThinkingDelta(signature="E", origin=NAME)]))
    read = ANTHROPIC_MESSAGES.reader().feed(wire)
    for passed, signatures in ((read[:-1], ["E"]), (read[:-2], [f"sanspanne.{NAME}."])):
        events = wire_events(writer().write([*passed, *foreign([TextDelta("a"), *ending()])]))
        check_form(events)
        deltas = [event["delta"] for event in events if event["type"] == "content_block_delta"]
        assert [delta["signature"] for delta in deltas if "signature" in delta] == signatures


def test_the_first_event_has_every_key_that_the_schema_requires() -> None:
    """The message begins under our name, with its nullable keys."""
    message = write(*ending())[0]["message"]
    assert (message["id"], message["model"], message["role"]) == (IDENTITY.id, IDENTITY.model, "assistant")
    assert {"stop_reason", "stop_sequence", "stop_details", "container", "usage", "content"} <= message.keys()
    assert message["usage"]["input_tokens"] == 0


def test_usage_that_comes_after_the_stop_is_still_told() -> None:
    """The reason of the stop waits for the usage that OpenAI sends after it."""
    events = write(TextDelta("a"), Stopped(Stop(StopReason.LENGTH)), UsageSeen(Usage(30, 4, 20, 3)), Ended())
    [told] = [event for event in events if event["type"] == "message_delta"]
    assert told["delta"]["stop_reason"] == "max_tokens"
    assert told["usage"]["input_tokens"] == 7
    assert told["usage"]["cache_read_input_tokens"] == 20
    assert told["usage"]["output_tokens"] == 4


def test_interleaved_calls_each_have_their_own_block() -> None:
    """Pieces of several calls that come mixed are sorted into whole blocks; none is lost."""
    events = write(
        ToolCallBegun(0, "a", "f"),
        ToolCallBegun(1, "b", "g"),
        ToolCallDelta(0, '{"x"'),
        ToolCallDelta(1, '{"y"'),
        ToolCallDelta(0, ":1}"),
        ToolCallDelta(1, ":2}"),
        TextDelta("done"),
        *ending(StopReason.TOOL_CALLS),
    )
    check_form(events)
    assert [block["type"] for block in blocks(events)] == ["tool_use", "tool_use", "text"]
    pieces = ["", "", ""]
    for event in events:
        if event["type"] == "content_block_delta":
            pieces[event["index"]] += event["delta"].get("partial_json") or event["delta"].get("text")
    assert pieces == ['{"x":1}', '{"y":2}', "done"]


def test_calls_that_follow_one_another_are_not_held() -> None:
    """A call is streamed as soon as the one before it is whole."""
    out = writer()
    out.write(foreign([BEGUN, ToolCallBegun(0, "a", "f"), ToolCallDelta(0, "{}")]))
    assert b'"id":"b"' in out.write(foreign([ToolCallBegun(1, "b", "g")]))


def test_a_call_has_an_id_that_anthropic_takes_back() -> None:
    """The id is one that the caller may send to Anthropic later."""
    assert blocks(write(ToolCallBegun(0, "functions.f:0", "f"), *ending()))[0]["id"].startswith("toolu_")


def test_thoughts_of_another_provider_carry_our_mark() -> None:
    """A foreign thought is signed as such, so that it is known again when it comes back."""
    events = write(ThinkingDelta("hm", origin="gemini"), ThinkingDelta(signature="Ab", origin="gemini"), *ending())
    signed = [
        event["delta"]["signature"] for event in events if event.get("delta", {}).get("type") == "signature_delta"
    ]
    assert signed == ["sanspanne.gemini.Ab"]
    unsigned = write(ThinkingDelta("hm", origin="openai_chat"), TextDelta("a"), *ending())
    assert unsigned[3]["delta"] == {"type": "signature_delta", "signature": "sanspanne.openai_chat."}


def test_sources_that_come_before_the_text_wait_for_it() -> None:
    """Sources stand in a text block: in the next one, or in an empty one at the end."""
    source = Cited((Citation("https://example.org", "T", "c"),))
    early = write(source, TextDelta("a"), *ending())
    assert [event.get("delta", {}).get("type") for event in early[2:4]] == ["citations_delta", "text_delta"]
    cited = early[2]["delta"]["citation"]
    assert (cited["type"], cited["url"], cited["title"], cited["cited_text"]) == (
        "web_search_result_location",
        "https://example.org",
        "T",
        "c",
    )
    check_form(write(source, *ending()))


def test_a_refusal_is_told_as_such() -> None:
    """Words of refusal, and a filter, end with the reason `refusal` and its details."""
    for said in ([RefusalDelta("No."), *ending()], [TextDelta("No."), *ending(StopReason.FILTERED)]):
        told = write(*said)[-2]["delta"]
        assert (told["stop_reason"], told["stop_details"]["type"]) == ("refusal", "refusal")


def test_a_broken_answer_ends_with_an_error_and_never_with_the_end() -> None:
    """A failure is an error event with the sentence; there is no message_stop."""
    out = writer()
    wire = out.write(foreign([BEGUN, TextDelta("Hel")])) + out.fail(CallerError(529, "overloaded", "All are down."))
    last = wire_events(wire)[-1]
    assert last["error"] == {"type": "overloaded_error", "message": "All are down."}
    assert b"message_stop" not in wire
    assert isinstance(ANTHROPIC_MESSAGES.reader().feed(wire)[-1].events[0], Failed)


def test_an_end_without_a_reason_is_not_written() -> None:
    """An upstream that never said why it stopped does not make a complete message."""
    assert b"message_stop" not in writer().write(foreign([BEGUN, TextDelta("a"), Ended()]))


def test_a_comment_is_one_line_that_parsers_skip() -> None:
    """A comment cannot smuggle an event in."""
    wire = writer().comment("waiting\n\nevent: message_stop")
    assert wire == b": waiting event: message_stop\n"
    end = b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
    assert [frame.events for frame in ANTHROPIC_MESSAGES.reader().feed(wire + end)] == [(Ended(),)]
