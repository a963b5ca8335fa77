"""One target asked for one word: what is known of it afterwards, and what is not."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from sanspanne.check import Verdict, check_target
from sanspanne.providers.openai import OpenAI
from sanspanne.providers.transport import Call, TransportError

KEY = "sk-very-secret-key"
CHUNK = b'{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[%s]}'
HEAD = b"data: " + CHUNK % b'{"index":0,"delta":%s,"finish_reason":%s}' + b"\n\n"
WORD = HEAD % (b'{"role":"assistant","content":"ok"}', b"null")
SILENT_STOP = HEAD % (b"{}", b'"length"')


class Exchange:
    """A response from a script: bytes, or an error to raise; at the end b""."""

    def __init__(self, status: int, *chunks: bytes | Exception) -> None:
        self.status = status
        self.headers: Mapping[str, str] = {"content-type": "application/json"}
        self.aborted = False
        self._chunks = list(chunks)

    async def next_chunk(self) -> bytes:
        chunk = self._chunks.pop(0) if self._chunks else b""
        if isinstance(chunk, Exception):
            raise chunk
        return chunk

    def abort(self) -> None:
        self.aborted = True


class Silence(Exchange):
    """A response whose body never comes."""

    async def next_chunk(self) -> bytes:
        await asyncio.Event().wait()
        raise AssertionError("never")


class Wire:
    """A transport that gives one response, or fails."""

    def __init__(self, outcome: Exchange | Exception) -> None:
        self.outcome = outcome
        self.calls: list[Call] = []

    async def open(self, call: Call) -> Exchange:
        self.calls.append(call)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    async def close(self) -> None:
        raise AssertionError("the transport is not ours to close")


async def verdict_of(outcome: Exchange | Exception, limit: float = 60.0) -> Verdict:
    ticks = iter([10.0, 10.25])
    return await check_target(OpenAI("openai", key=KEY), Wire(outcome), "gpt-4o", lambda: next(ticks), limit)


async def test_target_that_answers_is_well() -> None:
    """A first word proves everything, and its time is the time since the question."""
    exchange = Exchange(200, WORD)
    assert await verdict_of(exchange) == Verdict("openai/gpt-4o", True, True, True, 0.25)
    assert exchange.aborted


async def test_answer_without_a_visible_word_is_well() -> None:
    """A model that spends its one token on a thought has answered all the same."""
    assert (await verdict_of(Exchange(200, SILENT_STOP))).well


async def test_refused_key() -> None:
    """A refused key is reachable and not valid; of the model nothing is known."""
    body = b'{"error":{"message":"Incorrect API key provided","type":"invalid_request_error","code":"invalid_api_key"}}'
    verdict = await verdict_of(Exchange(401, body))
    assert (verdict.reachable, verdict.key_valid, verdict.model_known) == (True, False, None)
    assert verdict.sentence


async def test_unknown_model() -> None:
    """A model that does not exist was looked for under a valid key."""
    body = b'{"error":{"message":"The model does not exist","type":"invalid_request_error","code":"model_not_found"}}'
    verdict = await verdict_of(Exchange(404, body))
    assert (verdict.reachable, verdict.key_valid, verdict.model_known) == (True, True, False)


async def test_overload_says_nothing_about_key_and_model() -> None:
    """A provider that has no room is reachable; more is not known."""
    body = b'{"error":{"message":"The server is overloaded","type":"server_error"}}'
    verdict = await verdict_of(Exchange(503, body))
    assert (verdict.reachable, verdict.key_valid, verdict.model_known, verdict.well) == (True, None, None, False)


async def test_error_inside_the_answer() -> None:
    """An error under status 200 is judged like any other."""
    frame = b'data: {"error":{"message":"Incorrect API key provided","type":"invalid_request_error","code":"invalid_api_key"}}\n\n'
    assert (await verdict_of(Exchange(200, frame))).key_valid is False


async def test_unreachable() -> None:
    """A connection that fails says nothing but that."""
    verdict = await verdict_of(TransportError("refused", "the connection was refused"))
    assert verdict == Verdict(
        "openai/gpt-4o", reachable=False, sentence="The connection failed: the connection was refused."
    )


async def test_connection_that_breaks_after_the_head() -> None:
    """Once a head has come the target is reachable, whatever becomes of the rest."""
    exchange = Exchange(200, TransportError("reset", "the connection was reset"))
    verdict = await verdict_of(exchange)
    assert (verdict.reachable, verdict.well, exchange.aborted) == (True, False, True)


@pytest.mark.parametrize("chunks", [(), (b": ping\n\n",), (b"data: [DONE]\n\n"[:7],)])
async def test_answer_without_a_word_is_not_well(chunks: tuple[bytes, ...]) -> None:
    """An answer that ends before it says anything proves nothing."""
    assert not (await verdict_of(Exchange(200, *chunks))).well


async def test_html_page_is_not_well() -> None:
    """A page from something in between is no answer, though its status is 200."""
    assert not (await verdict_of(Exchange(200, b"<!DOCTYPE html><html><body>Maintenance</body></html>"))).well


async def test_silence_ends_at_the_limit() -> None:
    """A target that says nothing is given up at the limit, and its connection is closed."""
    exchange = Silence(200)
    verdict = await verdict_of(exchange, limit=0.001)
    assert (verdict.reachable, verdict.sentence) == (True, "No word came within 0.001 seconds.")
    assert exchange.aborted


async def test_key_is_not_repeated() -> None:
    """A provider that repeats the key in its error does not bring it onto the screen."""
    body = b'{"error":{"message":"Incorrect API key provided: %s","code":"invalid_api_key"}}' % KEY.encode()
    assert KEY not in (await verdict_of(Exchange(401, body))).sentence
