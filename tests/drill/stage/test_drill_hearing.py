"""What a user reads of a response: both formats, in any pieces, and nothing that is malformed stops him."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.drill.stage.hearing import Heard, Stream, read_body

OPENAI = (
    ": sanspanne queue position=3 of=17 wait=4-9\n\n"
    ": sanspanne queue position=1 of=9 wait=1-2\n\n"
    ": sanspanne target=openai/gpt-4o rung=fallback attempts=2\n\n"
    'id: 1\ndata: {"choices":[{"delta":{"role":"assistant","content":"Bon"},"finish_reason":null}]}\n\n'
    'id: 2\ndata: {"choices":[],"sanspanne":{"seam":{"exact":true,"from":"a"}}}\n\n'
    'id: 3\ndata: {"choices":[{"delta":{"content":"jour à tous"},"finish_reason":null}]}\n\n'
    'id: 4\ndata: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\nid: 5\ndata: [DONE]\n\n'
).encode()
ANTHROPIC = (
    b'event: message_start\ndata: {"type":"message_start","message":{"content":[]}}\n\n'
    b'event: content_block_delta\ndata: {"type":"content_block_delta","delta":{"type":"text_delta","text":"Bonjour"}}\n\n'
    b'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}\n\n'
    b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
)


def heard(*pieces: bytes) -> Heard:
    """What is read of a stream in these pieces."""
    stream = Stream(Heard())
    for piece in pieces:
        stream.feed(piece)
    return stream.heard


@given(st.lists(st.integers(0, len(OPENAI)), max_size=8))
def test_a_stream_is_the_same_in_any_pieces(cuts: list[int]) -> None:
    """Text, end, number, seam, route and the first range that was told, wherever the network cuts it."""
    places = [0, *sorted(cuts), len(OPENAI)]
    found = heard(*(OPENAI[start:end] for start, end in pairwise(places)))
    assert (found.text, found.is_whole, found.last, found.seams, found.exact) == ("Bonjour à tous", True, 5, 1, True)
    assert (found.told, found.target, found.rung) == ((4.0, 9.0), "openai/gpt-4o", "fallback")


def test_anthropics_stream_is_read_too() -> None:
    """Its pieces, its stop reason and its end."""
    assert (heard(ANTHROPIC).text, heard(ANTHROPIC).is_whole) == ("Bonjour", True)


@pytest.mark.parametrize(
    "data",
    [
        OPENAI.replace(b'"stop"', b"null"),
        OPENAI.replace(b"data: [DONE]\n\n", b""),
        ANTHROPIC.replace(b'"type":"message_stop"', b'"type":"ping"'),
        OPENAI + b'data: {"error":{"code":"overloaded","message":"x"}}\n\n',
    ],
)
def test_what_is_not_ended_is_not_whole(data: bytes) -> None:
    """Without a stop reason, without the end, or with an error, no client takes it for a complete answer."""
    assert not heard(data).is_whole


def test_a_comment_is_heard_at_once_and_an_event_when_it_has_ended() -> None:
    """Who waits learns his place while he waits; half an event is no event, so that following on doubles nothing."""
    stream = Stream(Heard())
    stream.feed(b": sanspanne queue position=3 of=17 wait=4-9\n")
    assert stream.heard.told == (4.0, 9.0)
    stream.feed(b'id: 7\ndata: {"choices":[{"delta":{"content":"Oui"}}]}\n')
    assert (stream.heard.text, stream.heard.last) == ("", 0)
    stream.feed(b"\n")
    assert (stream.heard.text, stream.heard.last) == ("Oui", 7)


def test_an_inexact_seam_is_known() -> None:
    """A seam that says that its wording may not join is told from one that joins exactly."""
    assert not heard(OPENAI.replace(b'"exact":true', b'"exact":false')).exact


@pytest.mark.parametrize(
    ("wait", "told"), [("4-9", (4.0, 9.0)), ("0.5-12.25", (0.5, 12.25)), ("unknown", None), ("4", None)]
)
def test_the_range_that_was_told(wait: str, told: tuple[float, float] | None) -> None:
    """`wait=4-9` is from 4 to 9 seconds, and `unknown` is nothing."""
    assert heard(f": sanspanne queue position=3 of=17 wait={wait}\n\n".encode()).told == told


@given(st.lists(st.binary() | st.sampled_from([b"data: ", b"\n\n", b"id: x\n", b'data: {"choices":[3]}\n\n'])))
def test_no_bytes_stop_a_reader(pieces: list[bytes]) -> None:
    """Whatever a server sends, the user's client goes on reading."""
    assert heard(*pieces).seams == 0


@given(st.recursive(st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(
    st.sampled_from(["error", "choices", "delta", "content", "message", "x"]), inner)))  # fmt: skip
def test_no_body_stops_a_reader(value: object) -> None:
    """A body that is no answer is an error, never an exception."""
    found = Heard()
    read_body(found, json.dumps(value).encode())
    assert not found.is_whole


@pytest.mark.parametrize(
    ("body", "text", "error"),
    [
        ({"choices": [{"message": {"content": "Oui"}, "finish_reason": "stop"}]}, "Oui", ""),
        ({"content": [{"type": "text", "text": "Oui"}], "stop_reason": "end_turn"}, "Oui", ""),
        ({"error": {"code": "queue_full", "type": "overloaded"}}, "", "queue_full"),
        ({"type": "error", "error": {"type": "overloaded_error"}}, "", "overloaded_error"),
        ({"error": "server busy"}, "", "server busy"),
        ({"detail": "Not Found"}, "", "not an answer"),
    ],
)
def test_a_json_body_is_read(body: dict[str, object], text: str, error: str) -> None:
    """Either format's answer, and either's error by its code or its type."""
    found = Heard()
    read_body(found, json.dumps(body).encode())
    assert (found.text, found.error, found.is_whole) == (text, error, not error)
