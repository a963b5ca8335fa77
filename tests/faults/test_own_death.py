"""Our own death: what was shown of a detached answer is gone on with by the next life, without a gap and without a repetition."""

import itertools

import httpx
import pytest
from served_process import ServedProcess, numbers, whole_events

from sanspanne.chat import Ended, TextDelta
from sanspanne.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.testing import Continuing, ScriptedProvider, unworded

TEXT = (
    "Une panne commence rarement par un grand bruit. D'abord une requête tarde, puis une autre, et personne n'y prend garde. "
    "Ensuite les files d'attente grandissent, les clients insistent, et ce qui restait debout fléchit sous leur nombre. "
    "Il faut alors savoir refuser, attendre un peu, et recommencer doucement, sans jamais perdre ce qui a déjà été dit. "
) * 2
PATHS = {
    "/v1/chat/completions": (OPENAI_CHAT, {"model": "auto", "stream": True}),
    "/v1/messages": (ANTHROPIC_MESSAGES, {"model": "auto", "stream": True, "max_tokens": 4000}),
}
QUESTION = {"messages": [{"role": "user", "content": "Qu'est-ce qu'une panne ?"}]}


def talker(kind="openai", gap=0.005):
    """A provider that words each call differently, so that only what was journalled can match."""
    return ScriptedProvider(kind, script=Continuing(TEXT, numbers=itertools.count(1), sizes=(6, 14), gap=gap))


def read(dialect, data):
    """The text of a stream, and whether it says that it is whole."""
    events = [event for frame in dialect.reader().feed(data) for event in frame.events]
    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    return text, any(isinstance(event, Ended) for event in events)


@pytest.mark.parametrize(("path", "moment"), [*itertools.product(PATHS, (1, 20)), ("/v1/chat/completions", 55)])
async def test_a_detached_answer_outlives_us(path, moment, tmp_path, stack):
    """kill -9 after some events: the attached caller sees no end; the next life gives him the rest, each event once."""
    dialect, fields = PATHS[path]
    provider = await stack.enter_async_context(talker())
    client = await stack.enter_async_context(httpx.AsyncClient())
    served = await stack.enter_async_context(ServedProcess(tmp_path, {"first": provider}))
    before = await served.ask(client, {**fields, **QUESTION}, path, until=lambda data: len(numbers(data)) >= moment)
    await served.kill()
    before = whole_events(before)
    assert not read(dialect, before)[1]
    await served.start()
    rest = await served.events(client, numbers(before)[-1])
    seen = numbers(before + rest)
    assert seen == list(range(1, len(seen) + 1))
    text, whole = read(dialect, before + rest)
    assert whole
    assert unworded(text) == TEXT
    assert numbers(await served.events(client, 0)) == seen
