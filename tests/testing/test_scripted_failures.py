"""Each failure shape does on the wire what its name says, seen through a bare socket."""

import asyncio
import json
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from raw_client import ask, connect, events, exchange, get, question, request

from sanspanne.testing import (
    KINDS,
    Answer,
    Body,
    Break,
    ByModel,
    ErrorEvent,
    Fail,
    Garbled,
    Hang,
    Only,
    Page,
    Piece,
    Reason,
    Refuse,
    ScriptedProvider,
    Sometimes,
    Stall,
    StopThenError,
    failure_shapes,
)
from sanspanne.testing.breaks import upto, upto_byte
from sanspanne.testing.failures import TEXT
from sanspanne.testing.wires import wire

FOREVER = {"hang_before_headers", "hang_after_headers", "stall"}
STREAMED = [(kind, name) for kind in KINDS for name in failure_shapes(kind)]
WHOLE = [
    (kind, name)
    for kind in KINDS
    for name, shape in failure_shapes(kind).items()
    if not (shape.streams or shape.moment == "slow" or name in FOREVER | {"empty_answer"})
]


async def no_time(seconds: float) -> None:
    """Lets no time pass."""


@pytest.fixture(scope="module", params=["openai", "anthropic"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


# --- the catalogue


@pytest.mark.parametrize(("kind", "name"), STREAMED)
async def test_every_shape_can_be_played(kind: str, name: str) -> None:
    """Each shape of the catalogue plays to its end (or until the client leaves), for every kind, and harms no other call."""
    shape = failure_shapes(kind)[name]
    async with ScriptedProvider(kind, sleep=no_time, script=[shape.script, Answer("fine")]) as provider:
        enough = b"HTTP/1.1" if name == "hang_after_headers" else TEXT.split()[1].encode()
        task = asyncio.ensure_future(ask(provider, enough=enough if name in FOREVER else b"\x00never"))
        if name == "hang_before_headers":
            await provider.calls.wait_for(1)
            task.cancel()
        else:
            heard = await task
            assert not _looks_whole(kind, name, heard.body) or shape.moment == "slow"
        assert b"fine" in (await ask(provider)).body


@pytest.mark.parametrize(("kind", "name"), WHOLE)
async def test_every_shape_strikes_whole_answers_too(kind: str, name: str) -> None:
    """Without streaming a shape gives no good JSON answer with a stop reason either, unless it is for streams only."""
    shape = failure_shapes(kind)[name]
    async with ScriptedProvider(kind, sleep=no_time, script=shape.script) as provider:
        heard = await ask(provider, stream=False)
    if heard.data and heard.status == 200 and heard.framed_whole:
        try:
            answer = json.loads(heard.body)
        except ValueError:
            return
        assert "error" in answer or answer.get("object") == "error" or name == "no_stop_reason"


def test_shapes_are_told_apart_by_moment() -> None:
    """The catalogue can be had for one moment only, and the moments make up the whole."""
    moments: list[Literal["before", "after", "slow"]] = ["before", "after", "slow"]
    parts = [failure_shapes("openai", moment) for moment in moments]
    assert all(parts)
    assert {name for part in parts for name in part} == set(failure_shapes("openai"))


def _looks_whole(kind: str, name: str, body: bytes) -> bool:
    """Whether a stream could be taken for complete: text, a stop reason, a terminal marker and nothing odd."""
    if name in ("stop_then_error", "bad_utf8", "more_after_the_end", "empty_answer") or b'"error"' in body:
        return False
    data = events(body)
    marker = kind in ("gemini", "perplexity") or (bool(data) and (data[-1] == b"[DONE]" or b"message_stop" in data[-1]))
    stopped = any(word in body for word in (b'"finish_reason":"stop"', b'"end_turn"', b'"STOP"'))
    return marker and stopped


# --- before the first token


async def test_a_refused_connection_is_reset_before_anything_is_asked() -> None:
    """`Refuse` breaks the connection off by RST, counts it and records no call."""
    async with ScriptedProvider(script=Refuse()) as provider:
        reader, writer = await connect(provider)
        with pytest.raises(ConnectionResetError):
            await reader.read(1)
        writer.close()
        assert (provider.refused, len(provider.calls)) == (1, 0)


async def test_a_closed_port_refuses_and_opens_again_on_the_same_port() -> None:
    """`close_port` gives ECONNREFUSED until `open_port`, and the address stays."""
    async with ScriptedProvider() as provider:
        port = provider.port
        await provider.close_port()
        with pytest.raises(ConnectionRefusedError):
            await connect(provider)
        await provider.open_port()
        assert provider.port == port
        assert (await ask(provider)).status == 200


@pytest.mark.parametrize(("kind", "reason"), [(k, r) for k in KINDS for r in wire(k).errors])
async def test_errors_have_the_providers_status_and_json(kind: str, reason: Reason) -> None:
    """Each error comes with its status, as JSON, and names the reason in the provider's words."""
    async with ScriptedProvider(kind, script=Fail(reason)) as provider:
        heard = await ask(provider)
    told = wire(kind).errors[reason]
    assert heard.status == told.status >= 400
    assert isinstance(json.loads(heard.body), dict)
    assert told.message.split("{")[0].encode() in heard.body.replace(b'\\"', b'"')


async def test_an_unknown_reason_names_the_known_ones() -> None:
    """A provider that has no such error says which it has."""
    with pytest.raises(ValueError, match=r"ollama never answers with 'billing'; it has errors for overloaded"):
        wire("ollama").failure(Reason.BILLING, "m")


async def test_an_error_may_be_given_by_status_and_retry_after_set() -> None:
    """A bare status takes the provider's error that fits it, or its common one; `retry_after` overrides the header."""
    async with ScriptedProvider(
        "anthropic", script=[Fail(529), Fail(507), Fail("rate_limited", retry_after=3)]
    ) as provider:
        busy, odd, limited = await ask(provider), await ask(provider), await ask(provider)
    assert (busy.status, odd.status) == (529, 507)
    assert b"overloaded_error" in busy.body
    assert b"api_error" in odd.body
    assert "retry-after: 3" in limited.head.split("\r\n")
    assert "anthropic-ratelimit-requests-remaining: 0" in limited.head


@pytest.mark.parametrize("status", [200, 502, 522])
async def test_a_page_is_html(status: int) -> None:
    """A content delivery network's page comes as HTML with any status."""
    async with ScriptedProvider(script=Page(status)) as provider:
        heard = await ask(provider)
    assert heard.status == status
    assert "content-type: text/html" in heard.head
    assert heard.body.startswith(b"<!DOCTYPE html>")


async def test_silence_before_the_headers_sends_nothing(kind: str) -> None:
    """Not a byte comes, and the provider notices when the client leaves."""
    async with ScriptedProvider(kind, script=Hang("before_headers")) as provider:
        reader, writer = await connect(provider)
        path, body = question(kind)
        writer.write(request(path, body))
        (call,) = await provider.calls.wait_for(1)
        writer.close()
        await call.wait_until_left()
        assert await reader.read() == b""
        assert call.sent == 0


async def test_silence_after_the_headers_sends_only_them(kind: str) -> None:
    """The head comes, with status 200, and no byte of the body."""
    async with ScriptedProvider(kind, script=Hang("after_headers")) as provider:
        heard = await ask(provider, enough=b"\r\n\r\n")
        await provider.calls[0].wait_until_left()
    assert heard.status == 200
    assert heard.rest == b""


async def test_a_slow_first_token_comes_in_the_end() -> None:
    """After its silence the provider answers whole, and the silence is as long as the script says."""
    silences: list[float] = []

    async def note(seconds: float) -> None:
        silences.append(seconds)

    async with ScriptedProvider(sleep=note, script=Hang("after_headers", seconds=45.0)) as provider:
        heard = await ask(provider)
    assert silences == [45.0]
    assert events(heard.body)[-1] == b"[DONE]"


async def test_a_body_is_sent_as_it_is() -> None:
    """Empty, given or random bytes come under status 200 with a proper end."""
    async with ScriptedProvider(script=[Body(b""), Body(b"half a tho"), Body()]) as provider:
        empty, given_bytes, noise = await ask(provider), await ask(provider), await ask(provider)
    assert (empty.body, given_bytes.body, len(noise.body)) == (b"", b"half a tho", 512)
    assert all(heard.framed_whole for heard in (empty, given_bytes, noise))


async def test_an_empty_answer_stops_with_no_text(kind: str) -> None:
    """An empty answer has a stop reason and a terminal marker, and says nothing."""
    async with ScriptedProvider(kind, script=Answer("")) as provider:
        heard = await ask(provider)
    assert b'"content":"a' not in heard.body
    assert b'"stop"' in heard.body or b'"end_turn"' in heard.body


async def test_the_terminal_marker_may_come_alone() -> None:
    """A stream may hold `[DONE]` and nothing else."""
    async with ScriptedProvider("vllm", script=Only("end")) as provider:
        heard = await ask(provider)
    assert heard.body == b"data: [DONE]\n\n"


@pytest.mark.parametrize(
    ("kind", "first"),
    [("openai", b'data: {"error":'), ("anthropic", b"event: error\ndata: "), ("gemini", b'data: {"error":')],
)
async def test_an_error_may_be_the_first_event(kind: str, first: bytes) -> None:
    """Under status 200 the very first bytes of the body are the error event."""
    async with ScriptedProvider(kind, script=ErrorEvent("overloaded")) as provider:
        heard = await ask(provider)
        whole = await ask(provider, stream=False)
    assert heard.status == whole.status == 200
    assert heard.body.startswith(first)
    assert "error" in json.loads(whole.body)


# --- after the first token


@pytest.mark.parametrize(
    ("how", "ending", "framed"),
    [
        ("reset", "reset", False),
        ("close", "eof", False),
        ("clean", "eof", True),
        ("bad_chunk", "eof", False),
        ("half_chunk", "eof", False),
    ],
)
async def test_an_answer_breaks_off_as_its_script_says(
    kind: str, how: Literal["reset", "close", "clean", "bad_chunk", "half_chunk"], ending: str, framed: bool
) -> None:
    """Two pieces of text come and no third; then the connection ends in the way asked for."""
    async with ScriptedProvider(kind, script=Break(how, after=2, answer=Answer(["one", "two", "three"]))) as provider:
        heard = await ask(provider)
    assert b"two" in heard.body
    assert b"three" not in heard.body
    assert (heard.ending, heard.framed_whole) == (ending, framed)
    assert heard.rest.endswith(b"not-a-size\r\n") == (how == "bad_chunk")
    assert heard.rest.endswith(b": half of wh") == (how == "half_chunk")


@pytest.mark.parametrize("at", [0, 1, 50, 333])
async def test_a_cut_falls_on_its_byte(at: int) -> None:
    """Exactly so many bytes of the body come."""
    async with ScriptedProvider(script=Break("reset", at=at)) as provider:
        heard = await ask(provider)
        await provider.calls[0].wait_until_over()
    assert len(heard.body) == at
    assert provider.calls[0].sent == at


async def test_a_stall_sends_its_pieces_and_then_nothing(kind: str) -> None:
    """The pieces before the stall come; the call is over only when the client has left."""
    async with ScriptedProvider(kind, script=Stall(1, answer=Answer(["one", "two"]))) as provider:
        heard = await ask(provider, enough=b"one")
        assert await provider.calls[0].wait_until_over() == "left"
    assert b"two" not in heard.body


async def test_a_drip_waits_between_pieces() -> None:
    """The pieces come with the scripted gap between them, and a delay before the first."""
    pauses: list[float] = []

    async def note(seconds: float) -> None:
        pauses.append(seconds)

    async with ScriptedProvider(sleep=note, script=Answer(["a", "b", "c"], delay=5.0, gap=2.0)) as provider:
        await ask(provider)
    assert pauses == [5.0, 2.0, 2.0]


@pytest.mark.parametrize(("then", "last"), [("end", b'"error"'), ("done", b"[DONE]")])
async def test_an_error_in_the_middle_follows_text(then: Literal["end", "done"], last: bytes) -> None:
    """After some text comes the error event; the terminal marker follows it if the script says so."""
    async with ScriptedProvider("vllm", script=ErrorEvent("server_error", after=2, then=then)) as provider:
        data = events((await ask(provider)).body)
    assert sum(b'"content":"' in event and b'"content":""' not in event for event in data) == 2
    assert last in data[-1]


async def test_stop_may_be_followed_by_a_bare_error() -> None:
    """One word, the finish reason, and then JSON that is no event: Gemini under load."""
    async with ScriptedProvider("gemini", script=StopThenError()) as provider:
        heard = await ask(provider)
    assert b'"finishReason":"STOP"' in heard.body
    assert json.loads(heard.body.rpartition(b"\r\n\r\n")[2])["error"]["status"] == "UNAVAILABLE"


async def test_garbled_text_is_no_utf8_but_the_rest_is(kind: str) -> None:
    """Bad bytes stand in the middle of the text, between good ones; the stream itself is whole."""
    async with ScriptedProvider(kind, script=Garbled("un deux trois quatre")) as provider:
        heard = await ask(provider)
    with pytest.raises(UnicodeDecodeError):
        heard.body.decode()
    assert b"un" in heard.body
    assert b"quatre" in heard.body
    assert heard.framed_whole


async def test_the_marker_or_the_stop_reason_may_be_missing() -> None:
    """`[DONE]` can come without a finish reason, a finish reason without `[DONE]`, and bytes after both."""
    scripts = [Answer(ending=None), Answer(ends=False), Answer(tail=b"more")]
    async with ScriptedProvider(script=scripts) as provider:
        no_reason, no_marker, more = [(await ask(provider)).body for _ in scripts]
    assert no_reason.endswith(b"[DONE]\n\n")
    assert b'"finish_reason":"stop"' not in no_reason
    assert b'"finish_reason":"stop"' in no_marker
    assert b"[DONE]" not in no_marker
    assert more.endswith(b"[DONE]\n\nmore")


async def test_anthropic_without_a_stop_reason_says_so_in_whole_answers() -> None:
    """A whole answer may lack its stop reason too."""
    async with ScriptedProvider("anthropic", script=Answer(ending=None)) as provider:
        answer = json.loads((await ask(provider, stream=False)).body)
    assert answer["stop_reason"] is None


# --- now and then


async def test_a_failure_may_strike_one_model_only() -> None:
    """One model fails while the others answer."""
    async with ScriptedProvider(script=ByModel({"sick": Fail("overloaded")})) as provider:
        assert (await ask(provider, model="sick")).status == 503
        assert (await ask(provider, model="well")).status == 200


async def test_a_failure_may_strike_now_and_then() -> None:
    """A share of the calls fails, the same ones in every run with the same random numbers."""
    runs = []
    for _ in range(2):
        async with ScriptedProvider(script=Sometimes(0.5, Fail("overloaded"))) as provider:
            runs.append([(await ask(provider)).status for _ in range(12)])
    assert runs[0] == runs[1]
    assert set(runs[0]) == {200, 503}


async def test_pages_fail_only_where_they_would() -> None:
    """A wrong key spoils the list of models, a retired model is missing in it, an overload leaves it alone."""
    async with ScriptedProvider() as provider:
        seen = []
        for script in (Fail("auth"), Fail("model_gone"), Fail("overloaded")):
            provider.script = script
            seen.append(await get(provider, "/v1/models"))
    assert [heard.status for heard in seen] == [401, 200, 200]
    assert json.loads(seen[1].body)["data"] == []
    assert json.loads(seen[2].body)["data"]


# --- cutting

PIECES = st.lists(
    st.builds(Piece, st.sampled_from(["begin", "say"]), st.binary(min_size=1, max_size=9)), min_size=1, max_size=9
).map(lambda pieces: [*pieces, Piece("stop", b"stop"), Piece("end", b"end")])


@given(pieces=PIECES, after=st.integers(0, 12))
def test_a_cut_by_pieces_is_never_whole(pieces: list[Piece], after: int) -> None:
    """What is left is a true beginning with at most so many sayings, and without the stop reason."""
    kept = upto(pieces, after)
    assert kept == pieces[: len(kept)]
    assert sum(piece.role == "say" for piece in kept) <= after
    assert all(piece.role in ("begin", "say") for piece in kept)


@given(pieces=PIECES, at=st.one_of(st.integers(0, 200), st.floats(0, 1)))
def test_a_cut_by_bytes_is_never_whole(pieces: list[Piece], at: int | float) -> None:
    """What is left is a true beginning of the body, of the asked length, and at least a byte short of it."""
    whole = b"".join(piece.data for piece in pieces)
    kept = b"".join(piece.data for piece in upto_byte(pieces, at))
    assert whole.startswith(kept)
    assert len(kept) == min(at if isinstance(at, int) else int(at * len(whole)), len(whole) - 1)


async def test_a_page_in_front_of_everything_hides_the_models_too() -> None:
    """What stands in front of a provider stands in front of its list of models as well."""
    async with ScriptedProvider(script=Page(502)) as provider:
        assert (await get(provider, "/v1/models")).status == 502


async def test_a_mistake_in_a_script_is_raised_where_the_provider_was_used() -> None:
    """A script that cannot be played breaks the connection off, and its error comes out when the provider ends."""
    with pytest.raises(ValueError, match="ollama never answers with 'billing'"):
        async with ScriptedProvider("ollama", script=Fail("billing")) as provider:
            assert (await ask(provider)).ending == "reset"


async def test_gemini_blocks_a_prompt_without_a_candidate() -> None:
    """A filtered prompt gets feedback instead of candidates, as Gemini gives it."""
    async with ScriptedProvider("gemini", script=Answer("", ending="filtered")) as provider:
        streamed, whole = await ask(provider), await ask(provider, stream=False)
    for answer in (json.loads(events(streamed.body)[0]), json.loads(whole.body)):
        assert answer["promptFeedback"] == {"blockReason": "SAFETY"}
        assert "candidates" not in answer


async def test_perplexity_names_its_error_events() -> None:
    """Perplexity's errors in a stream are named events."""
    async with ScriptedProvider("perplexity", script=ErrorEvent("overloaded")) as provider:
        heard = await ask(provider)
    assert heard.body.startswith(b"event: error\r\ndata: ")


async def test_bad_http_is_refused() -> None:
    """Bytes that are no HTTP get a 400 and a closed connection."""
    async with ScriptedProvider() as provider:
        heard = await exchange(provider, b"\x16\x03\x01 not http\r\n\r\n")
    assert (heard.status, heard.ending) == (400, "eof")
