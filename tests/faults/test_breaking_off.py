"""What breaks after the first token: the caller keeps what was said, and is told that it is not all."""

import pytest
from conftest_faults import ask, question, serving

from sanspanne.errors import Failure, Unanswered
from sanspanne.testing import Answer, ScriptedProvider, failure_shapes

QUICK = {"clocks": {"first_token": 0.3, "gap": 0.3, "connect": 0.3}, "probes": {"every_min": 0.01, "every_max": 0.02}}
KINDS = ["openai", "anthropic", "perplexity", "gemini", "mistral"]
LATE = [(kind, name) for kind in KINDS for name in failure_shapes(kind, "after")]
LATE_IN_ONE_PIECE = [(kind, name) for kind, name in LATE if not failure_shapes(kind)[name].streams]


@pytest.mark.parametrize(("kind", "shape"), LATE)
async def test_a_broken_answer_is_never_whole(kind, shape, tmp_path, stack):
    """A stream that breaks after its first word ends with a failure, and what was said before it has been passed on."""
    provider = await stack.enter_async_context(ScriptedProvider(kind, script=failure_shapes(kind)[shape].script))
    service = await stack.enter_async_context(serving(tmp_path, {"only": provider}, **QUICK))
    outcome = await ask(service)
    assert isinstance(outcome.error, Failure | Unanswered)
    assert outcome.text or isinstance(outcome.error, Unanswered)


@pytest.mark.parametrize(("kind", "shape"), LATE_IN_ONE_PIECE)
async def test_in_one_piece_it_is_answered_elsewhere(kind, shape, tmp_path, stack):
    """An answer that was to come in one piece and broke is made anew by the next target: nothing of it had been passed on."""
    first = await stack.enter_async_context(ScriptedProvider(kind, script=failure_shapes(kind)[shape].script))
    second = await stack.enter_async_context(ScriptedProvider("openai", script=Answer("Tout va bien.")))
    service = await stack.enter_async_context(serving(tmp_path, {"first": first, "second": second}, **QUICK))
    outcome = await ask(service, question(stream=False))
    assert outcome.whole
    assert outcome.text == "Tout va bien."
