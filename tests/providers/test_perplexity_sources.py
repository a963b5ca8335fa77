"""Perplexity's sources and its ways to end."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from sanspanne.chat import Cited, Ended, Failed, Frame, Stopped, TextDelta
from sanspanne.providers.catalogue import make

RESULTS = [
    {"title": "A", "url": "https://a.example", "date": "2026-11-01", "last_updated": "2026-11-02"},
    {"title": "B", "url": "https://b.example", "date": None, "snippet": "about b"},
]
URLS = [result["url"] for result in RESULTS]


def chunk(content: str = "", *, finish: str | None = None, sources: int = 2, **rest: Any) -> dict[str, Any]:
    """A chunk as Sonar sends it: delta, message so far, and the sources again."""
    choice = {
        "index": 0,
        "finish_reason": finish,
        "delta": {"role": "assistant", "content": content},
        "message": {"role": "assistant", "content": "so far"},
    }
    head = {"id": "p1", "model": "sonar", "object": "chat.completion.chunk", "created": 7}
    return {**head, "choices": [choice], "citations": URLS[:sources], "search_results": RESULTS[:sources], **rest}


def sse(*chunks: dict[str, Any] | bytes) -> bytes:
    """Chunks as events."""
    raw = [one if isinstance(one, bytes) else msgspec.json.encode(one) for one in chunks]
    return b"".join(b"data: " + one + b"\r\n\r\n" for one in raw)


def read(stream: bytes, size: int = 1 << 20) -> list[Frame]:
    """The frames of a stream."""
    reader = make("it", "perplexity").reader()
    frames = [frame for start in range(0, len(stream), size) for frame in reader.feed(stream[start : start + size])]
    return frames + reader.close()


def events(frames: list[Frame]) -> list[Any]:
    """All events of the frames."""
    return [event for frame in frames for event in frame.events]


STREAM = sse(chunk("Rain [2]", sources=1), chunk(", sun [1].", finish="stop"), b"[DONE]")


@pytest.mark.parametrize("size", [1, 9, 1 << 20])
def test_each_source_is_cited_once(size: int) -> None:
    """Sources that Sonar repeats in every chunk are told once, with title and date, before the answer stops."""
    found = events(read(STREAM, size))
    cited = [event for event in found if isinstance(event, Cited)]
    assert [[one.url for one in event.citations] for event in cited] == [["https://a.example"], ["https://b.example"]]
    assert (cited[0].citations[0].title, cited[0].citations[0].date) == ("A", "2026-11-01")
    stop = next(at for at, event in enumerate(found) if isinstance(event, Stopped))
    assert found.index(cited[1]) < stop
    assert "".join(event.text for event in found if isinstance(event, TextDelta)) == "Rain [2], sun [1]."
    assert found[-1] == Ended()


def test_own_fields_pass_and_annotations_are_added() -> None:
    """A caller of the dialect gets every chunk untouched, and one more before the last with OpenAI's citation field."""
    frames = read(STREAM)
    raw = [frame.raw for frame in frames if frame.raw]
    assert b'"search_results"' in raw[0]
    extra = msgspec.json.decode(raw[1].removeprefix(b"data: "))
    assert (extra["id"], extra["model"], extra["object"]) == ("p1", "sonar", "chat.completion.chunk")
    first, second = extra["choices"][0]["delta"]["annotations"]
    assert first["type"] == "url_citation"
    text = "Rain [2], sun [1]."
    place = first["url_citation"]
    assert text[place["start_index"] : place["end_index"]] == "[1]"
    assert second["url_citation"]["url"] == "https://b.example"
    assert b'"finish_reason":"stop"' in raw[2]
    assert len(raw) == 4


def test_official_sdk_understands_the_added_chunk() -> None:
    """The added chunk is one that OpenAI's own SDK accepts."""
    from openai.types.chat import ChatCompletionChunk

    raw = [frame.raw for frame in read(STREAM) if b"annotations" in frame.raw]
    assert len(raw) == 1
    assert ChatCompletionChunk.model_validate_json(raw[0].removeprefix(b"data: ")).id == "p1"


@pytest.mark.parametrize(
    "last",
    [
        b"[DONE]",
        chunk(object="chat.completion.done"),
        {"id": "p1", "type": "end_of_stream"},
        chunk(status="COMPLETED"),
    ],
)
def test_four_ways_to_end(last: Any) -> None:
    """Each of the four terminal markers ends the answer."""
    found = events(read(sse(chunk("x", finish="stop"), last)))
    assert found.count(Ended()) == 1
    assert not any(isinstance(event, Failed) for event in found)


def test_the_end_may_be_told_twice() -> None:
    """Two markers in a row are one end, and nothing wrong."""
    found = events(read(sse(chunk("x", finish="stop"), chunk(object="chat.completion.done"), b"[DONE]")))
    assert found.count(Ended()) == 1
    assert not any(isinstance(event, Failed) for event in found)


@pytest.mark.parametrize(
    "ends",
    [[b"[DONE]"], [chunk(object="chat.completion.done")], [chunk(status="COMPLETED"), b"[DONE]"]],
)
def test_callers_hear_of_the_end_once_and_in_openais_way(ends: list[Any]) -> None:
    """However Sonar ends a stream, what is passed on ends with one `[DONE]`: callers take an answer without it for cut."""
    passed = b"".join(frame.raw for frame in read(sse(chunk("x", finish="stop"), *ends)))
    assert passed.count(b"[DONE]") == 1
    assert passed.endswith(b"data: [DONE]\n\n")


def test_finish_reason_may_be_told_twice() -> None:
    """A finish reason that the last chunk repeats stops the answer once."""
    found = events(read(sse(chunk("x", finish="stop"), chunk(finish="stop", object="chat.completion.done"))))
    assert sum(isinstance(event, Stopped) for event in found) == 1


def test_error_behind_the_end_is_seen() -> None:
    """An error after the terminal marker still fails the answer."""
    found = events(read(sse(chunk("x", finish="stop"), b"[DONE]", {"error": {"message": "m", "code": 503}})))
    assert isinstance(found[-1], Failed)


def test_silence_without_a_marker_is_no_end() -> None:
    """A stream that closes after its finish reason, but without a marker, has not ended."""
    assert Ended() not in events(read(sse(chunk("x", finish="stop"))))


def test_no_sources_nothing_added() -> None:
    """An answer without sources is passed on as it is."""
    stream = sse(chunk("x", sources=0), chunk(finish="stop", sources=0), b"[DONE]")
    assert b"".join(frame.raw for frame in read(stream)) == stream.replace(b"\r\n", b"\n")


def test_whole_answer() -> None:
    """A JSON answer keeps Perplexity's fields, gains the annotations, and tells its sources before it stops."""
    message = {"role": "assistant", "content": "Rain [1]."}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    body = {"id": "p1", "model": "sonar", "object": "chat.completion", "created": 7, "choices": [choice]}
    body |= {"citations": URLS, "search_results": RESULTS, "usage": {"prompt_tokens": 1, "completion_tokens": 2}}
    frame = make("it", "perplexity").read_answer(msgspec.json.encode(body))
    sent = msgspec.json.decode(frame.raw)
    assert sent["search_results"] == RESULTS
    assert [note["url_citation"]["url"] for note in sent["choices"][0]["message"]["annotations"]] == URLS
    kinds = [type(event) for event in frame.events]
    assert kinds.index(Cited) < kinds.index(Stopped)
    assert frame.events[-1] == Ended()


def test_whole_answer_that_is_an_error() -> None:
    """A body with sources and an error is an error."""
    frame = make("it", "perplexity").read_answer(b'{"citations":["https://a.example"],"error":{"message":"m"}}')
    assert isinstance(frame.events[-1], Failed)
    assert not any(isinstance(event, Cited) for event in frame.events)
