"""The beginning of what cannot be continued is held back."""

import asyncio

import pytest

from sanspanne.chat import (
    ChatRequest,
    Ended,
    Frame,
    OutputFormat,
    TextDelta,
    Tool,
    ToolCallBegun,
    ToolCallDelta,
)
from sanspanne.errors import ServerFault
from sanspanne.stitch.hold import Hold, held_back

WITH_TOOLS = ChatRequest(dialect="openai_chat", model="m", stream=True, tools=(Tool("weather"),))
WITH_SCHEMA = ChatRequest(dialect="openai_chat", model="m", stream=True, output=OutputFormat("json_object"))
LONG = 3600.0


def frame(event):
    return Frame("openai_chat", b"x", (event,))


class Upstream:
    """Batches that come when they are given; an exception in their place is raised."""

    def __init__(self):
        self.queue = asyncio.Queue()
        self.closed = False

    def give(self, *events):
        self.queue.put_nowait([frame(event) for event in events])

    def end(self, error=None):
        self.queue.put_nowait(error)

    async def batches(self):
        try:
            while (batch := await self.queue.get()) is not None:
                if isinstance(batch, Exception):
                    raise batch
                yield batch
        finally:
            self.closed = True


def events_of(batch):
    return [event for one in batch for event in one.events]


async def all_events(batches):
    return [event async for batch in batches for event in events_of(batch)]


CALL = [ToolCallBegun(0, "c", "weather"), ToolCallDelta(0, '{"city":'), ToolCallDelta(0, '"Paris"}')]


async def test_text_passes_and_a_call_waits_for_its_end():
    """Text before a call is passed on at once; a call that breaks while it is held has never been seen."""
    upstream = Upstream()
    held = held_back(upstream.batches(), WITH_TOOLS, Hold(2048, LONG))
    upstream.give(TextDelta("Let me look. "), CALL[0])
    assert events_of(await anext(held)) == [TextDelta("Let me look. ")]
    upstream.give(CALL[1])
    upstream.end(ServerFault("broke off"))
    with pytest.raises(ServerFault):
        await anext(held)
    assert upstream.closed


async def test_a_whole_call_passes_whole():
    """A call that ends within the limits comes out as it went in."""
    upstream = Upstream()
    held = held_back(upstream.batches(), WITH_TOOLS, Hold(2048, LONG))
    for event in [*CALL, Ended()]:
        upstream.give(event)
    upstream.end()
    assert await all_events(held) == [*CALL, Ended()]


async def test_beyond_the_size_it_flows():
    """A call that is larger than what is held streams from there on, and a later failure is the caller's to see."""
    upstream = Upstream()
    held = held_back(upstream.batches(), WITH_TOOLS, Hold(20, LONG))
    upstream.give(CALL[0], ToolCallDelta(0, "x" * 30))
    assert len(await anext(held)) == 2
    upstream.give(ToolCallDelta(0, "y"))
    assert events_of(await anext(held)) == [ToolCallDelta(0, "y")]
    upstream.end(ServerFault("broke off"))
    with pytest.raises(ServerFault):
        await anext(held)


async def test_beyond_the_time_it_flows():
    """What has been held for long enough is shown though nothing new comes, and nothing is lost or repeated after it."""
    upstream = Upstream()
    held = held_back(upstream.batches(), WITH_TOOLS, Hold(2048, 0.01))
    upstream.give(CALL[0])
    assert events_of(await anext(held)) == [CALL[0]]
    upstream.give(CALL[1])
    upstream.give(CALL[2])
    upstream.end()
    assert await all_events(held) == CALL[1:]


async def test_a_schema_answer_is_held_from_its_first_word():
    """Half a JSON document is of no use, and cannot be continued."""
    upstream = Upstream()
    held = held_back(upstream.batches(), WITH_SCHEMA, Hold(2048, LONG))
    upstream.give(TextDelta('{"a":'))
    upstream.end(ServerFault("broke off"))
    with pytest.raises(ServerFault):
        await anext(held)


async def test_leaving_while_it_is_held_closes_the_upstream():
    """A caller who leaves while something is held leaves nothing behind."""
    upstream = Upstream()
    held = held_back(upstream.batches(), WITH_SCHEMA, Hold(2048, LONG))
    upstream.give(TextDelta("{"))
    waiting = asyncio.ensure_future(anext(held))
    for _ in range(5):
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await held.aclose()
    assert upstream.closed


@pytest.mark.parametrize(
    ("request_", "hold", "applies"),
    [
        (WITH_TOOLS, Hold(), True),
        (WITH_SCHEMA, Hold(), True),
        (WITH_TOOLS, Hold(0, 2.0), False),
        (WITH_TOOLS, Hold(2048, 0.0), False),
        (ChatRequest(dialect="x", model="m", stream=True), Hold(), False),
        (ChatRequest(dialect="x", model="m", tools=(Tool("weather"),)), Hold(), False),
    ],
)
def test_only_what_could_break_is_held(request_, hold, applies):
    """Plain text, answers in one piece, and limits of 0 are never held up."""
    assert hold.applies_to(request_) is applies
