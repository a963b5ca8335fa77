"""Counting tokens sends the whole prompt: it goes only where the caller lets it go."""

import pytest
from conftest_faults import question, serving

from sanspanne.answers.route import Caller
from sanspanne.counting import count_tokens
from sanspanne.testing import ScriptedProvider


@pytest.mark.parametrize(("allow", "asked"), [(None, 1), (frozenset({"claude"}), 1), (frozenset({"onboard"}), 0)])
async def test_a_prompt_is_counted_only_where_it_may_go(allow, asked, tmp_path, stack):
    """`x-sanspanne-allow` narrows the counting of tokens too; where nobody may be asked, the count is estimated."""
    provider = await stack.enter_async_context(ScriptedProvider("anthropic"))
    service = await stack.enter_async_context(serving(tmp_path, {"claude": provider}))
    tokens = await count_tokens(question(), Caller(allow=allow), service.wiring, service.obstacle)
    assert tokens > 0
    assert len(provider.calls) == asked


async def test_a_provider_that_is_out_is_not_asked_to_count(tmp_path, stack):
    """Who stands out just now would only cost the caller the wait."""
    provider = await stack.enter_async_context(ScriptedProvider("anthropic"))
    service = await stack.enter_async_context(serving(tmp_path, {"claude": provider}))
    assert await count_tokens(question(), Caller(), service.wiring, lambda target: "is down") > 0
    assert not len(provider.calls)
