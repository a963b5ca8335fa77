"""A provider's stream is read faithfully: what it says, how it ends, and every way in which it breaks."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from sanspanne.chat import (
    Begun,
    Citation,
    Cited,
    Damaged,
    Ended,
    Event,
    Failed,
    Frame,
    RefusalDelta,
    Stopped,
    StopReason,
    TextDelta,
    ThinkingDelta,
    ToolCallBegun,
    ToolCallDelta,
    Usage,
    UsageSeen,
)
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.dialects.openai_chat.schema import Chunk
from sanspanne.dialects.openai_chat.stream_in import Reader

Make = Callable[..., bytes]
DONE = b"data: [DONE]\n\n"


def read(*pieces: bytes) -> list[Frame]:
    """The frames of a stream that comes in these pieces and then ends."""
    reader = OPENAI_CHAT.reader()
    return [frame for piece in pieces for frame in reader.feed(piece)] + reader.close()


def said(*pieces: bytes) -> list[Event]:
    """The events of a stream, without its head."""
    return [event for frame in read(*pieces) for event in frame.events if not isinstance(event, Begun)]


def failed(*pieces: bytes) -> Failed:
    """The failure that a stream reports."""
    return next(event for event in said(*pieces) if isinstance(event, Failed))


# --- what it says


def test_a_plain_answer(chunk: Make) -> None:
    """The head is reported once, then text, the reason to stop, usage, and the end, each frame with its own bytes."""
    usage = {
        "prompt_tokens": 9,
        "completion_tokens": 4,
        "prompt_tokens_details": {"cached_tokens": 3},
        "completion_tokens_details": {"reasoning_tokens": 2},
    }
    pieces = [
        chunk({"role": "assistant", "content": ""}),
        chunk({"content": "Bon"}),
        chunk({"content": "jour"}),
        chunk(finish="stop"),
        chunk(choices=[], usage=usage),
        DONE,
    ]
    frames = read(b"".join(pieces))
    assert [frame.raw for frame in frames] == pieces
    assert [event for frame in frames for event in frame.events][:3] == [
        Begun("chatcmpl-1", "m", 7),
        TextDelta("Bon"),
        TextDelta("jour"),
    ]
    *_, stopped, used, ended = said(b"".join(pieces))
    assert isinstance(stopped, Stopped)
    assert stopped.stop.reason is StopReason.END
    assert used == UsageSeen(Usage(input=9, output=4, cached=3, reasoning=2))
    assert ended == Ended()


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_under_both_names(chunk: Make, field: str) -> None:
    """DeepSeek and vLLM call reasoning by two names; both are thinking of this dialect."""
    assert said(chunk({field: "hm"})) == [ThinkingDelta("hm", origin="openai_chat")]


def test_content_as_a_list_of_parts(chunk: Make) -> None:
    """Mistral's reasoning models send a list instead of a string; it is thinking and text all the same."""
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}
    events = said(chunk({"content": [thinking, {"type": "text", "text": "oui"}]}))
    assert events == [ThinkingDelta("hm", origin="openai_chat"), TextDelta("oui")]


@pytest.mark.parametrize(
    ("beside", "kind"),
    [
        ({"reasoning_content": "hm"}, ThinkingDelta),
        ({"reasoning": "hm"}, ThinkingDelta),
        ({"refusal": "no"}, RefusalDelta),
        ({"tool_calls": [{"id": "a", "function": {"name": "f"}}]}, ToolCallBegun),
        ({"function_call": {"name": "f"}}, ToolCallBegun),
        ({"annotations": [{"type": "url_citation", "url_citation": {"url": "https://example.org"}}]}, Cited),
        ({"audio": {"transcript": "b"}}, TextDelta),
    ],
)
def test_nothing_beside_text_is_lost(chunk: Make, beside: dict[str, object], kind: type[Event]) -> None:
    """In the middle of a stream, whatever stands beside a run of text in one chunk is reported with it."""
    events = said(chunk({"content": "first"}), chunk({"content": "a", **beside}))[1:]
    assert TextDelta("a") in events
    assert kind in [type(event) for event in events if event != TextDelta("a")]


def test_usage_and_the_reason_to_stop_may_come_with_text(chunk: Make) -> None:
    """Mistral and Perplexity end with text, reason and usage in one chunk."""
    first, last = chunk({"content": "first"}), chunk({"content": "a"}, finish="stop", usage={"prompt_tokens": 1})
    assert [type(event) for event in said(first, last)[1:]] == [TextDelta, Stopped, UsageSeen]
    used = chunk({"content": "a"}, usage={"prompt_tokens": 1})
    assert said(first, used)[1:] == [TextDelta("a"), UsageSeen(Usage(1))]


def test_refusal_and_sources(chunk: Make) -> None:
    """The words of a refusal are kept apart from text, and each source is reported once."""
    source = {"url": "https://example.org", "title": "T", "start_index": 1, "end_index": 4}
    cited = chunk({"annotations": [{"type": "url_citation", "url_citation": source}]})
    assert said(chunk({"refusal": "no"}), cited, cited) == [
        RefusalDelta("no"),
        Cited((Citation("https://example.org", "T", start=1, end=4),)),
    ]


def test_white_space_and_foreign_fields_do_no_harm(chunk: Make) -> None:
    """JSON may begin with blanks, an event may have a name, and logprobs of another shape are left out."""
    body = b'{"choices":[{"delta":{"content":"a"},"logprobs":-0.5}],"usage":null}'
    assert said(b"data:   " + body + b"\n\n", b"event: chunk\ndata: " + body + b"\n\n") == [TextDelta("a")] * 2


def test_logprobs_go_with_their_text(chunk: Make) -> None:
    """Token entries are handed on as they came, beside the text they belong to."""
    entries = [{"token": "a", "logprob": -0.1, "bytes": [97], "top_logprobs": []}]
    choice = {"index": 0, "delta": {"content": "a"}, "logprobs": {"content": entries, "refusal": None}}
    assert said(chunk(choices=[choice])) == [TextDelta("a", 0, entries)]


def test_choices_are_told_apart(chunk: Make) -> None:
    """The text of the second choice is reported as its own."""
    assert said(chunk(choices=[{"index": 1, "delta": {"content": "b"}}])) == [TextDelta("b", choice=1)]


def calls(*pieces: dict[str, object]) -> list[bytes]:
    """Chunks with one piece of a tool call each."""
    bodies = [{"id": "c9", "choices": [{"index": 0, "delta": {"tool_calls": [piece]}}]} for piece in pieces]
    return [b"data: " + msgspec.json.encode(body) + b"\n\n" for body in bodies]


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param(
            [
                {"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": ""}},
                {"index": 0, "function": {"arguments": "{}"}},
                {"index": 1, "id": "b", "type": "function", "function": {"name": "g", "arguments": "[]"}},
            ],
            id="as OpenAI does",
        ),
        pytest.param(
            [
                {"id": "a", "function": {"name": "f"}},
                {"function": {"arguments": "{}"}},
                {"id": "b", "function": {"name": "g", "arguments": "[]"}},
            ],
            id="without index",
        ),
        pytest.param(
            [
                {"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}},
                {"index": 0, "id": "b", "function": {"name": "g", "arguments": "[]"}},
            ],
            id="whole calls that all have index 0",
        ),
        pytest.param(
            [
                {"index": 0, "id": "a", "function": {"name": "f"}},
                {"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}},
                {"index": 1, "id": "b", "function": {"name": "g"}},
                {"index": 1, "id": "made-up", "function": {"arguments": "[]"}},
            ],
            id="an id in every piece",
        ),
        pytest.param(
            [
                {"index": 3, "id": "a", "function": {"name": "f", "arguments": {}}},
                {"index": 7, "id": "b", "function": {"name": "g", "arguments": "[]"}},
            ],
            id="odd indexes and arguments as an object",
        ),
    ],
)
def test_tool_calls_in_every_fashion(pieces: list[dict[str, object]]) -> None:
    """However a server numbers and cuts its tool calls, the same two calls come out, counted from 0."""
    assert said(*calls(*pieces)) == [
        ToolCallBegun(0, "a", "f"),
        ToolCallDelta(0, "{}"),
        ToolCallBegun(1, "b", "g"),
        ToolCallDelta(1, "[]"),
    ]


def test_a_call_without_id_gets_one() -> None:
    """Calls that a server gave no id get ids that differ between calls and between answers."""
    assert said(*calls({"function": {"name": "f"}}, {"function": {"name": "g"}})) == [
        ToolCallBegun(0, "call_c9_0_0", "f"),
        ToolCallBegun(1, "call_c9_0_1", "g"),
    ]


def test_a_call_without_name_is_damage() -> None:
    """Arguments of a call that has no name cannot be used, so the answer is not whole."""
    frame = read(*calls({"index": 0, "function": {"arguments": "{}"}}))[0]
    assert frame.raw == b""
    assert isinstance(frame.events[-1], Damaged)


def test_an_old_function_call(chunk: Make) -> None:
    """The predecessor of tool calls is reported as a tool call."""
    events = said(chunk({"function_call": {"name": "f", "arguments": ""}}), chunk(finish="function_call"))
    assert isinstance(events[0], ToolCallBegun)
    assert isinstance(events[1], Stopped)
    assert events[1].stop.reason is StopReason.TOOL_CALLS


@pytest.mark.parametrize(
    "event",
    [
        b": OPENROUTER PROCESSING\n\n",
        b'data: {"id":"","choices":[],"prompt_filter_results":[{"prompt_index":0}]}\n\n',
        b'data: {"type":"ping"}\n\n',
        b'event: ping\ndata: {"type":"ping"}\n\n',
        b'data: {"id":"x","choices":[{"index":0,"delta":{"content":""},"finish_reason":""}]}\n\n',
        b'data: {"id":"x","choices":[{"index":0,"delta":{}}]}\n\n',
    ],
)
def test_events_that_say_nothing_are_passed_on(chunk: Make, event: bytes) -> None:
    """Comments, keep-alives and Azure's filter results say nothing and lose nothing."""
    frame = read(chunk({"content": "a"}), event)[1]
    assert frame == Frame("openai_chat", event)


# --- how it breaks


def test_an_unknown_finish_reason_is_a_failure(chunk: Make) -> None:
    """`error` and any word that is not known as an ending is a failure, and none of that chunk is passed on."""
    frame = read(chunk({"content": "half"}, finish="error"))[0]
    assert frame.raw == b""
    assert [type(event) for event in frame.events] == [Failed]
    assert "'error'" in failed(chunk(finish="error")).error.message


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (b'data: {"error":{"message":"boom","type":"server_error","code":500}}\n\n', "boom"),
        (b'data: {"error":"boom"}\n\n', "boom"),
        (b'event: error\ndata: {"message":"boom"}\n\n', "boom"),
        (b'data: {"object":"error","message":"boom","type":"BadRequestError","code":400}\n\n', "boom"),
        (
            b'data: {"id":"1","choices":[{"delta":{"content":""},"finish_reason":"error"}],"error":{"message":"boom"}}\n\n',
            "boom",
        ),
        (b'data: {"choices":[{"delta":{},"finish_reason":"error","error":{"message":"boom"}}]}\n\n', "boom"),
        (b'data: [{"error":{"message":"boom","code":503}}]\n\n', "boom"),
        (b'{"error":{"code":503,"message":"boom","status":"UNAVAILABLE"}}', "boom"),
        (b'{\n "error": {\n  "message": "boom"\n }\n}\n', "boom"),
    ],
)
def test_errors_inside_the_stream(chunk: Make, event: bytes, message: str) -> None:
    """Every known shape of an error under HTTP 200 is a failure, as the first event and after text alike."""
    assert failed(event).error.message == message
    assert failed(chunk({"content": "Bon"}), event).error.message == message
    assert failed(chunk(finish="stop"), event).error.status == 200


def test_an_error_followed_by_done_reports_both() -> None:
    """vLLM ends a failed stream with `[DONE]`: the failure is reported all the same."""
    assert [type(event) for event in said(b'data: {"error":{"message":"boom"}}\n\n', DONE)] == [Failed, Ended]


@pytest.mark.parametrize("page", [b"<!DOCTYPE html>\n<html><body>502 Bad Gateway</body></html>", b"upstream timed out"])
def test_a_page_instead_of_a_stream(page: bytes) -> None:
    """Bytes that are no event, such as a CDN's page, are a failure that keeps what they said."""
    error = failed(page).error
    assert error.text == page.decode()
    assert error.status == 200


@pytest.mark.parametrize(
    "broken",
    [b'data: {"choices":[{"del\n\n', b'data: {"choices":"no"}\n\n', b"data: nonsense\n\n", b'data: {"a":"\xff"}\n\n'],
)
def test_damage_is_told_and_survived(chunk: Make, broken: bytes) -> None:
    """One event that cannot be read is reported as damage, is not passed on, and does not end the stream."""
    frames = read(chunk({"content": "a"}), broken, chunk({"content": "b"}))
    assert frames[1].raw == b""
    assert isinstance(frames[1].events[0], Damaged)
    assert frames[2].events == (TextDelta("b"),)


@pytest.mark.parametrize(
    "late", [DONE, b'data: {"error":{"message":"late"}}\n\n', b": hm\n\n", b"<html>", b'{"error":"late"}']
)
def test_nothing_may_follow_the_end(late: bytes) -> None:
    """Whatever comes after `[DONE]`, even with the last bytes, is a failure."""
    assert isinstance(said(DONE, late)[-1], Failed)


def test_white_space_may_follow_the_end() -> None:
    """Blank lines after `[DONE]` are no harm."""
    assert said(DONE, b"\n\n \r\n\n") == [Ended()]


def test_a_last_event_without_its_blank_line() -> None:
    """A stream that ends right after `data: [DONE]` has ended."""
    assert said(b"data: [DONE]") == [Ended()]


def test_silence_is_not_an_end(chunk: Make) -> None:
    """A stream that just stops reports no end, and an empty one reports nothing at all."""
    assert said(chunk({"content": "a"})) == [TextDelta("a")]
    assert read() == []


def test_an_endless_event_is_given_up() -> None:
    """More bytes than any event may have are a failure, and the memory is given back."""
    reader = OPENAI_CHAT.reader()
    frames = reader.feed(b"data: " + b"x" * (16 * 1024 * 1024))
    assert [type(event) for frame in frames for event in frame.events] == [Failed]
    assert reader.close() == []


# --- for providers with fields of their own


class _WithMood(Chunk, gc=False):
    mood: str | None = None


class _MoodReader(Reader):
    decoder = msgspec.json.Decoder(_WithMood)

    def events_of(self, chunk: Chunk) -> list[Event]:
        assert isinstance(chunk, _WithMood)
        return [*super().events_of(chunk), ThinkingDelta(chunk.mood or "")]


def test_a_provider_may_add_events(chunk: Make) -> None:
    """A subclass decodes its own fields and adds to what every chunk says."""
    frames = _MoodReader().feed(chunk({"content": "a"}, mood="gai") + chunk({"content": "b"}, mood="las"))
    assert [event for frame in frames for event in frame.events][1:] == [
        TextDelta("a"),
        ThinkingDelta("gai"),
        TextDelta("b"),
        ThinkingDelta("las"),
    ]
