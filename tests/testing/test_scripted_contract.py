"""The scripted formats and our own readers were written apart from one another, and they agree."""

import pytest
from raw_client import ask

from sanspanne.chat import Damaged, Ended, Failed, Stopped, StopReason, TextDelta, ToolCallBegun, ToolCallDelta
from sanspanne.errors import ClientFault, ModelGone, Overloaded
from sanspanne.providers.base import Provider
from sanspanne.providers.catalogue import make
from sanspanne.testing import KINDS, Answer, Reason, ScriptedProvider, ToolUse
from sanspanne.testing.failures import TEXT
from sanspanne.testing.wires import wire

ENGINES = ("ollama", "llamacpp", "vllm", "lmstudio")
CALLS = [ToolUse("weather", {"city": "Lyon"}), ToolUse("clock", {"zone": 1})]


def ours(kind: str) -> Provider:
    """Our provider for a scripted kind."""
    return make("x", "llama" if kind in ENGINES else kind, base_url="http://127.0.0.1:9/v1", key="any")


async def events_of(kind: str, script: Answer, *, stream: bool) -> list[object]:
    """What our provider reads of a scripted answer."""
    async with ScriptedProvider(kind, script=script) as provider:
        body = (await ask(provider, stream=stream)).body
    reader = ours(kind).reader()
    frames = [*reader.feed(body), *reader.close()] if stream else [ours(kind).read_answer(body)]
    return [event for frame in frames for event in frame.events]


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("kind", KINDS)
async def test_our_reader_finds_a_scripted_answer_whole(kind: str, stream: bool) -> None:
    """The text comes through exactly, with one stop reason and the end, and nothing is damaged."""
    events = await events_of(kind, Answer(TEXT, thinking="Voyons."), stream=stream)
    assert "".join(e.text for e in events if isinstance(e, TextDelta)) == TEXT
    assert [e.stop.reason for e in events if isinstance(e, Stopped)] == [StopReason.END]
    assert any(isinstance(e, Ended) for e in events)
    assert not [e for e in events if isinstance(e, Failed | Damaged)]


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "perplexity"])
async def test_our_reader_finds_parallel_tool_calls(kind: str, stream: bool) -> None:
    """Two tool calls come through with their names and arguments, each under its own id."""
    events = await events_of(kind, Answer(tool_calls=CALLS), stream=stream)
    begun = [e for e in events if isinstance(e, ToolCallBegun)]
    deltas = [e for e in events if isinstance(e, ToolCallDelta)]
    arguments = ["".join(d.arguments for d in deltas if d.index == call.index).replace(" ", "") for call in begun]
    assert [call.name for call in begun] == ["weather", "clock"]
    assert arguments == ['{"city":"Lyon"}', '{"zone":1}']
    assert len({call.id for call in begun}) == 2


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("reason", "expected"),
    [(Reason.OVERLOADED, Overloaded), (Reason.MODEL_GONE, ModelGone), (Reason.INVALID, ClientFault)],
)
def test_our_classes_fit_the_scripted_errors(kind: str, reason: Reason, expected: type[Exception]) -> None:
    """An overload is told from a retired model and from a wrong request, in every provider's words."""
    if reason not in wire(kind).errors:
        assert kind == "llamacpp"  # answers for any model name with the one that it has loaded
        return
    reply = wire(kind).failure(reason, "a-model")
    assert type(ours(kind).failure(reply.status, reply.headers, reply.body)) is expected
