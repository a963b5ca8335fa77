"""Failover before the first token: whatever the first target does, the caller gets a whole answer."""

import pytest
from conftest_faults import ask, question, serving

from sanspanne.chat import Rung
from sanspanne.testing import Answer, Reason, ScriptedProvider, failure_shapes

QUICK = {"clocks": {"first_token": 0.3, "gap": 0.3, "connect": 0.3}, "probes": {"every_min": 0.01, "every_max": 0.02}}
KINDS = ["openai", "anthropic", "perplexity", "gemini", "mistral"]
THE_CALLERS_FAULT = (Reason.INVALID, Reason.REFUSED, Reason.TOO_LONG)
EARLY = [
    pytest.param(kind, name, stream, id=f"{kind}-{name}-{'stream' if stream else 'whole'}")
    for kind in KINDS
    for name, shape in failure_shapes(kind, "before").items()
    for stream in (True, False)
    if shape.reason not in THE_CALLERS_FAULT and (stream or not shape.streams)
]


@pytest.mark.parametrize(("kind", "shape", "stream"), EARLY)
async def test_another_target_answers(kind, shape, stream, tmp_path, stack):
    """A first target that fails before its first word, in whatever shape, costs the caller nothing but a moment."""
    script = failure_shapes(kind)[shape].script
    first = await stack.enter_async_context(ScriptedProvider(kind, script=script))
    second = await stack.enter_async_context(ScriptedProvider("openai", script=Answer("Je vais bien.")))
    service = await stack.enter_async_context(serving(tmp_path, {"first": first, "second": second}, **QUICK))
    outcome = await ask(service, question(stream=stream))
    assert outcome.whole, outcome.error
    assert outcome.text == "Je vais bien."
    assert outcome.route.rung is Rung.FALLBACK
