"""Answers cut at random bytes, in every shape: 2,000 of the 10,000 that `python -m benchmarks.cuts` plays."""

import asyncio

import pytest
from benchmarks import unspliced
from benchmarks.cut_cases import cases
from benchmarks.cuts import PROMISED, Figures, explained, outcomes
from benchmarks.texts import PROSE

CUTS, UNSPLICED, BEHAVING, TWICE = 2_000, 700, 250, 150
CUT = ("intact", "note", "ended")

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def played():
    """The outcomes, one in ten of whose continuations goes wrong."""

    async def play():
        return [outcome async for outcome in outcomes(cases(CUTS))]

    return asyncio.run(play())


def figures_of(played):
    """The same, counted."""
    figures = Figures()
    for outcome in played:
        figures.add(outcome)
    return figures


def test_nothing_is_corrupted_in_silence(played):
    """What a caller has without an error and without a note is the text, to the character; what ends early is its beginning."""
    assert not [explained(outcome) for outcome in played if outcome.verdict == "corrupt"]


def test_cut_prose_is_finished_by_another(played):
    """At least 99 % of the prose that is cut after its first word is finished with no character lost or repeated."""
    assert figures_of(played).intact(PROSE) >= PROMISED


def test_the_cuts_reach_everything(played):
    """The run is a test of what it says: many answers are cut in each kind of text, both ways, in every shape."""
    for row in figures_of(played).counts.values():
        assert sum(row[verdict] for verdict in CUT) > 30
    stitched = [outcome.played for outcome in played if outcome.verdict == "intact"]
    assert len({(one.case.first.scripted, one.case.shape) for one in stitched}) > 70
    assert {seam.means for one in stitched for seam in one.seams} == {"prefill", "anchor"}
    assert len({quirk for outcome in played for quirk in outcome.quirks}) > 8


async def test_targets_that_behave_finish_every_prose():
    """Where nobody goes wrong, all prose is finished exactly."""
    figures = Figures()
    async for outcome in outcomes(cases(BEHAVING, 1), rate=0.0):
        figures.add(outcome)
    assert not figures.corrupt
    assert figures.intact(PROSE) == 1.0


async def test_two_breaks_in_one_answer():
    """An answer that breaks a second time is finished a second time, or ends honestly."""
    verdicts = [outcome async for outcome in outcomes(cases(TWICE, 2, twice=1.0), rate=0.0)]
    assert not [explained(outcome) for outcome in verdicts if outcome.verdict == "corrupt"]
    seams = [outcome.played.seams for outcome in verdicts if outcome.verdict == "intact"]
    assert sum(len(made) == 2 for made in seams) > 30


async def test_nothing_is_spliced_that_must_not_be():
    """Tool calls, schema answers, refusals, thoughts, several choices and log-probabilities are one target's, or incomplete."""
    seen = set()
    async for verdict, one in unspliced.outcomes(UNSPLICED):
        assert verdict != "spliced", (one.case, one.heard)
        seen.add((one.case.corpus, verdict))
    assert {kind for kind, verdict in seen if verdict == "ended"} >= {
        "tool call",
        "schema",
        "refusal",
        "n > 1",
        "logprobs",
    }
    assert {kind for kind, verdict in seen if verdict == "restarted"} == set(unspliced.BY_NAME)
