"""A provider that dies breaks all of its running answers at the same moment."""

import asyncio

from conftest_faults import ask, serving

from sanspanne.testing import Break, Continuing, ScriptedProvider

STORY = "Il était une fois un petit village au bord de la mer, où personne ne comptait plus les heures du soir."


async def test_all_of_them_are_finished(tmp_path):
    """Forty answers that break at once are forty answers finished: a new service has budget for that."""
    cut = Break("reset", after=5, answer=Continuing(STORY))
    async with (
        ScriptedProvider("openai", script=cut) as first,
        ScriptedProvider("anthropic", script=Continuing(STORY)) as second,
        serving(tmp_path, {"first": first, "second": second}, ["first/gpt-4o", "second/claude-sonnet-5"]) as service,
    ):
        outcomes = await asyncio.gather(*(ask(service) for _ in range(40)))
    assert [outcome.text for outcome in outcomes if outcome.whole] == [STORY] * 40
