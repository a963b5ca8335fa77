"""What is read from Gemini: whole answers and streams in both of their shapes."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.chat import (
    Begun,
    Citation,
    Cited,
    Damaged,
    Ended,
    Event,
    Failed,
    Message,
    Stopped,
    StopReason,
    TextDelta,
    Thinking,
    ThinkingDelta,
    ToolCall,
    ToolCallBegun,
    ToolCallDelta,
    UsageSeen,
)
from sanspanne.dialects.gemini import GEMINI
from sanspanne.dialects.gemini.contents import contents


def chunk(*parts: dict[str, Any], finish: str | None = None, index: int = 0, **rest: Any) -> dict[str, Any]:
    """One chunk of one candidate."""
    candidate: dict[str, Any] = {"content": {"parts": list(parts), "role": "model"}, "index": index}
    if finish:
        candidate["finishReason"] = finish
    return {"candidates": [candidate], "responseId": "r1", "modelVersion": "gemini-flash-latest", **rest}


def sse(*chunks: dict[str, Any], end: bytes = b"\r\n\r\n") -> bytes:
    """Chunks as server-sent events, with the line ends that Google uses."""
    return b"".join(b"data: " + msgspec.json.encode(one) + end for one in chunks)


def read(stream: bytes, size: int = 1 << 20) -> list[Event]:
    """All that a stream says, fed in pieces of `size` bytes."""
    reader = GEMINI.reader()
    frames = [frame for start in range(0, len(stream), size) for frame in reader.feed(stream[start : start + size])]
    return [event for frame in [*frames, *reader.close()] for event in frame.events]


def text_of(events: list[Event]) -> str:
    """The text of an answer."""
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def stops(events: list[Event]) -> list[StopReason]:
    """Why the choices stopped."""
    return [event.stop.reason for event in events if isinstance(event, Stopped)]


USAGE = {
    "promptTokenCount": 10,
    "candidatesTokenCount": 5,
    "thoughtsTokenCount": 3,
    "cachedContentTokenCount": 4,
    "toolUsePromptTokenCount": 2,
}


def test_plain_stream() -> None:
    """An ordinary answer begins once, speaks, counts, stops, and has ended only when the stream has."""
    stream = sse(chunk({"text": "Bon"}), chunk({"text": "jour"}, finish="STOP", usageMetadata=USAGE))
    events = read(stream)
    assert events[0] == Begun("r1", "gemini-flash-latest")
    assert text_of(events) == "Bonjour"
    assert stops(events) == [StopReason.END]
    assert events[-1] == Ended()
    usage = next(event.usage for event in events if isinstance(event, UsageSeen))
    assert (usage.input, usage.output, usage.cached, usage.reasoning) == (12, 8, 4, 3)


def test_no_end_before_the_end() -> None:
    """`Ended` is not said while the stream is open: Google has put errors behind the finish reason."""
    reader = GEMINI.reader()
    frames = reader.feed(sse(chunk({"text": "x"}, finish="STOP")))
    assert Ended() not in [event for frame in frames for event in frame.events]
    assert [frame.events for frame in reader.close()] == [(Ended(),)]


def test_cut_stream_has_not_ended() -> None:
    """A stream that closes without a finish reason is not an ended answer."""
    assert Ended() not in read(sse(chunk({"text": "x"})))


def test_error_behind_the_finish_reason() -> None:
    """Bare JSON after STOP is the failure that it says it is, and the answer does not end."""
    stream = sse(chunk({"text": "The"}, finish="STOP")) + b'{"error":{"code":503,"message":"m","status":"UNAVAILABLE"}}'
    events = read(stream)
    assert Ended() not in events
    failed = next(event for event in events if isinstance(event, Failed))
    assert (failed.error.code, failed.error.type) == ("503", "UNAVAILABLE")


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("STOP", StopReason.END),
        ("MAX_TOKENS", StopReason.LENGTH),
        ("SAFETY", StopReason.FILTERED),
        ("RECITATION", StopReason.FILTERED),
        ("BLOCKLIST", StopReason.FILTERED),
        ("PROHIBITED_CONTENT", StopReason.FILTERED),
        ("SPII", StopReason.FILTERED),
    ],
)
def test_reasons_that_end(word: str, reason: StopReason) -> None:
    """The success set: these reasons end an answer, with the provider's own word kept."""
    events = read(sse(chunk({"text": "x"}, finish=word)))
    stopped = next(event for event in events if isinstance(event, Stopped))
    assert (stopped.stop.reason, stopped.stop.raw) == (reason, word)
    assert events[-1] == Ended()


@pytest.mark.parametrize(
    "word",
    [
        *("MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE", "OTHER", "TOO_MANY_TOOL_CALLS", "UNEXPECTED_TOOL_CALL"),
        *("MISSING_THOUGHT_SIGNATURE", "LANGUAGE", "FINISH_REASON_UNSPECIFIED", "NEVER_HEARD_OF"),
    ],
)
def test_reasons_that_fail(word: str) -> None:
    """Every other reason, known or not yet invented, is a failure and never an end."""
    events = read(sse(chunk({"text": "x"}, finish=word)))
    assert [event.error.code for event in events if isinstance(event, Failed)] == [word]
    assert Ended() not in events


def test_stop_without_a_word_fails() -> None:
    """STOP after thoughts alone is no answer."""
    events = read(sse(chunk({"text": "hm", "thought": True}), chunk({"text": ""}, finish="STOP")))
    assert isinstance(events[-1], Failed)


def test_repeated_finish_reason_stops_once() -> None:
    """Some models repeat the reason in a last chunk with the counts; the choice has stopped once."""
    events = read(sse(chunk({"text": "x"}, finish="STOP"), chunk(finish="STOP", usageMetadata=USAGE)))
    assert stops(events) == [StopReason.END]


def test_blocked_prompt_is_a_refusal() -> None:
    """A blocked prompt has no candidates; it is a refusal, and whole."""
    events = read(sse({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "responseId": "r"}))
    assert stops(events) == [StopReason.REFUSAL]
    assert events[-1] == Ended()


def test_tool_calls() -> None:
    """Calls get ids, the same at every reading, and STOP becomes the reason that callers expect."""
    call = {"functionCall": {"name": "f", "args": {"a": [1, "é"]}}}
    stream = sse(chunk(call, call), chunk({"text": ""}, finish="STOP"))
    events = read(stream)
    begun = [event for event in events if isinstance(event, ToolCallBegun)]
    assert [(one.index, one.name) for one in begun] == [(0, "f"), (1, "f")]
    assert begun[0].id != begun[1].id
    assert begun == [event for event in read(stream, 3) if isinstance(event, ToolCallBegun)]
    arguments = [event.arguments for event in events if isinstance(event, ToolCallDelta)]
    assert [msgspec.json.decode(one) for one in arguments] == [{"a": [1, "é"]}] * 2
    assert stops(events) == [StopReason.TOOL_CALLS]


def test_given_call_id_is_kept() -> None:
    """An id that Gemini gives to a call is used as it is."""
    events = read(sse(chunk({"functionCall": {"name": "f", "id": "given"}}, finish="STOP")))
    assert [event.id for event in events if isinstance(event, ToolCallBegun)] == ["given"]


@given(st.binary(min_size=1, max_size=60))
def test_signature_of_a_call_survives_any_caller(raw: bytes) -> None:
    """A thought signature goes out in the id of its call and comes back word for word, in letters all dialects accept."""
    signature = msgspec.json.decode(msgspec.json.encode(raw))  # base64, as Google writes bytes
    part = {"functionCall": {"name": "f", "args": {}}, "thoughtSignature": signature}
    begun = next(event for event in read(sse(chunk(part, finish="STOP"))) if isinstance(event, ToolCallBegun))
    assert begun.id.replace("-", "").replace("_", "").isalnum()
    history = [Message("assistant", (ToolCall(begun.id, "f", "{}"),))]
    written = contents(history, signed=True)[0]["parts"][0]
    assert written["thoughtSignature"] == signature
    assert signature not in written["functionCall"]["id"]


def test_signature_of_a_text_survives() -> None:
    """A signature on a text part comes as Gemini's own thinking, and goes back as a part of its own."""
    events = read(sse(chunk({"text": "x", "thoughtSignature": "QUI="}, finish="STOP")))
    thought = next(event for event in events if isinstance(event, ThinkingDelta))
    assert (thought.signature, thought.origin) == ("QUI=", "gemini")
    history = [Message("assistant", (Thinking("", signature="QUI=", origin="gemini"),))]
    assert contents(history, signed=True)[0]["parts"] == [{"text": "", "thoughtSignature": "QUI="}]


GROUNDING = {
    "groundingChunks": [{"web": {"uri": "https://a.example", "title": "A"}}, {"web": {"uri": "https://b.example"}}],
    "groundingSupports": [{"segment": {"text": "it rains"}, "groundingChunkIndices": [0]}],
}


def test_sources_are_named_once() -> None:
    """Grounding becomes citations, each in one event only however often Gemini repeats it."""
    first = chunk({"text": "it rains"})
    first["candidates"][0]["groundingMetadata"] = GROUNDING
    last = chunk({"text": "."}, finish="STOP")
    last["candidates"][0]["groundingMetadata"] = GROUNDING
    cited = [event for event in read(sse(first, last)) if isinstance(event, Cited)]
    assert len(cited) == 1
    assert cited[0].citations == (
        Citation("https://a.example", title="A", text="it rains"),
        Citation("https://b.example"),
    )


def test_logprobs_in_openais_shape() -> None:
    """Log probabilities come as the list of tokens that the neutral vocabulary promises."""
    one = chunk({"text": "Hé"}, finish="STOP")
    one["candidates"][0]["logprobsResult"] = {
        "chosenCandidates": [{"token": "Hé", "logProbability": -0.5}],
        "topCandidates": [{"candidates": [{"token": "Ho", "logProbability": -1}]}],
    }
    delta = next(event for event in read(sse(one)) if isinstance(event, TextDelta))
    assert delta.logprobs == [
        {
            "token": "Hé",
            "logprob": -0.5,
            "bytes": [72, 195, 169],
            "top_logprobs": [{"token": "Ho", "logprob": -1.0, "bytes": [72, 111]}],
        }
    ]


def test_several_candidates() -> None:
    """Candidates keep their numbers, and each stops by itself."""
    events = read(sse(chunk({"text": "a"}, finish="STOP"), chunk({"text": "b"}, finish="MAX_TOKENS", index=1)))
    assert [(event.text, event.choice) for event in events if isinstance(event, TextDelta)] == [("a", 0), ("b", 1)]
    assert [event.choice for event in events if isinstance(event, Stopped)] == [0, 1]


def test_array_form() -> None:
    """The growing JSON array of a call without `alt=sse` says the same as the event stream."""
    chunks = [chunk({"text": 'say "}]" \\ or {'}), chunk({"text": " done"}, finish="STOP")]
    array = b"[" + b"\n,\r\n".join(msgspec.json.encode(one) for one in chunks) + b"\n]"
    for size in (1, 2, 5, 1 << 20):
        assert read(array, size) == read(sse(*chunks))


def test_damaged_event_is_said() -> None:
    """An event that cannot be read is reported as damage, and what follows is still read."""
    events = read(b'data: {"candidates": oops}\n\n' + sse(chunk({"text": "x"}, finish="STOP")))
    assert any(isinstance(event, Damaged) for event in events)
    assert text_of(events) == "x"


def test_broken_frames_have_no_bytes_to_pass_on() -> None:
    """Frames that fail carry no raw bytes, so that no caller of the dialect is given them as an answer."""
    for stream in (b"data: nonsense\n\n", b'data: {"error":{"code":500}}\n\n', b"<html></html>\n\n"):
        frames = GEMINI.reader().feed(stream)
        assert [frame.raw for frame in frames] == [b""]


def test_comments_and_blank_lines_say_nothing() -> None:
    """Keep-alives are passed over."""
    events = read(b": hello\n\n\n\n" + sse(chunk({"text": "x"}, finish="STOP")) + b"\n\n  ")
    assert text_of(events) == "x"
    assert events[-1] == Ended()


_STREAM = sse(
    chunk({"text": "Ça va ? \u2028 "}),
    chunk(
        {"text": "hm", "thought": True}, {"functionCall": {"name": "f", "args": {"ü": 1}}, "thoughtSignature": "QUI="}
    ),
    chunk({"text": "🙂"}, finish="STOP", usageMetadata=USAGE),
)


@pytest.mark.parametrize("cut", range(0, len(_STREAM), 3))
def test_cut_at_any_byte(cut: int) -> None:
    """Where the network cuts the bytes does not change what they say."""
    reader = GEMINI.reader()
    frames = [*reader.feed(_STREAM[:cut]), *reader.feed(_STREAM[cut:]), *reader.close()]
    assert [event for frame in frames for event in frame.events] == read(_STREAM)


@pytest.mark.parametrize("length", range(0, len(_STREAM) - 4, 7))
def test_truncated_anywhere_is_never_whole(length: int) -> None:
    """A stream that loses its end, at whatever byte, is never reported as ended."""
    assert Ended() not in read(_STREAM[:length])


@given(st.text(max_size=60), st.integers(1, 9), st.booleans())
def test_text_survives(text: str, size: int, array: bool) -> None:
    """Any text comes out as it went in, in either shape and any cutting."""
    half = len(text) // 2
    chunks = [chunk({"text": text[:half]}), chunk({"text": text[half:]}), chunk({"text": "."}, finish="STOP")]
    stream = b"[" + b",".join(map(msgspec.json.encode, chunks)) + b"]" if array else sse(*chunks, end=b"\n\n")
    assert text_of(read(stream, size)) == text + "."


@given(
    st.lists(
        st.binary(max_size=60) | st.sampled_from([b"data: ", b"\n\n", b"[", b"{}", b'"', b"\\", b"}"]), max_size=15
    )
)
def test_no_bytes_make_it_raise(pieces: list[bytes]) -> None:
    """Any bytes in any pieces are frames; gibberish never becomes an ended answer."""
    reader = GEMINI.reader()
    frames = [frame for piece in pieces for frame in reader.feed(piece)] + reader.close()
    assert Ended() not in [event for frame in frames for event in frame.events]


def test_endless_event_is_given_up() -> None:
    """An event that never ends is a failure, not a growing heap."""
    reader = GEMINI.reader()
    reader.feed(b"data: ")
    frames = reader.feed(b"x" * (17 * 1024 * 1024))
    assert isinstance(frames[0].events[0], Failed)
    assert reader.feed(b"more") == []


def test_whole_answer() -> None:
    """A JSON answer is one frame with the same events as a stream of it."""
    body = chunk({"text": "x"}, finish="STOP", usageMetadata=USAGE)
    frame = GEMINI.read_answer(msgspec.json.encode(body))
    assert list(frame.events) == read(sse(body))
    assert frame.raw == msgspec.json.encode(body)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"{}", b'{"candidates":[]}', b'{"error":{"code":500}}', b"{" * 3000]
)
def test_no_answer_is_a_failure(body: bytes) -> None:
    """A body that holds no answer is said to have failed."""
    assert isinstance(GEMINI.read_answer(body).events[-1], Failed)


@pytest.mark.parametrize(
    "body", [b"", b"null", b"<html>", b"[[]]", b'"x"', b'{"error":"x"}', b'[{"error":{"details":[3]}}]', b"\xff"]
)
def test_any_error_body_is_read(body: bytes) -> None:
    """Whatever stands in an error body, reading it gives an error with the status of the response."""
    assert GEMINI.read_error(500, body).status == 500
