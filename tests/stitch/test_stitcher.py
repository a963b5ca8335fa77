"""One answer from several attempts."""

import pytest

from sanspanne.attempts.report import Report
from sanspanne.chat import (
    Begun,
    Capability,
    ChatRequest,
    Citation,
    Cited,
    Ended,
    Frame,
    Message,
    RefusalDelta,
    Rung,
    Seam,
    Stop,
    Stopped,
    StopReason,
    Target,
    Text,
    TextDelta,
    ThinkingDelta,
    ToolCallBegun,
    Usage,
    UsageSeen,
)
from sanspanne.errors import ClientFault, ContentRefused, ServerFault
from sanspanne.routing.plan import Step
from sanspanne.stitch.ladder import MOST_CALLS
from sanspanne.stitch.said import Said
from sanspanne.stitch.stitcher import Stitcher
from sanspanne.stitch.takeover import Broken

STORY = "Once upon a time there was a fox who lived by the old mill, and nobody knew how it had come there at all."
HEAD, TAIL = STORY[:64], STORY[64:]
END = (Stopped(Stop(StopReason.END)), Ended())
A, B, C, D = (Target(name, "m") for name in "abcd")
PREFILL = frozenset({Capability.PREFILL})
CITES = frozenset({Capability.CITES})


def frames(*events):
    return [Frame("openai_chat", b"raw", (event,)) for event in events]


def request(**fields):
    return ChatRequest(
        dialect="openai_chat", model="auto", messages=(Message("user", (Text("Tell me."),)),), stream=True, **fields
    )


class Scene:
    """Targets that play their parts when they are asked to take over: a part is a list of batches and of errors to raise."""

    def __init__(self, *, continuations=1, budget=100, capabilities=None):
        self.parts = {}
        self.asked = []
        self.learnt = []
        self.reports = []
        self.budget = budget
        self.capabilities = capabilities or {}
        self.stitcher = Stitcher(
            lambda target: self.capabilities.get(target, frozenset()),
            lambda one, other: False,
            self.learnt.append,
            self.pay,
            continuations,
        )

    def pay(self):
        self.budget -= 1
        return self.budget >= 0

    def plays(self, target, *parts):
        self.parts.setdefault(target, []).extend(parts)

    def run(self, takeover):
        self.asked.append((takeover.step.target.provider, takeover.means.value))
        self.reports.append(Report())
        return self.play(self.parts[takeover.step.target].pop(0), takeover), self.reports[-1]

    async def play(self, part, takeover):
        for batch in part(takeover) if callable(part) else part:
            if isinstance(batch, Exception):
                raise batch
            yield batch

    async def finish(self, said_events=None, *, req=None, others=(B, C), wish="auto", failure=None):
        """The events that finish an answer of A that has said `said_events`; and the error, if it could not be finished."""
        req = req or request()
        said = Said(req)
        said.see(frames(*(said_events or [Begun("1", "m"), TextDelta(HEAD)])))
        broken = Broken(said, failure or ServerFault("broke off"), Step(A, Rung.PRIMARY), Usage(10, 5))
        steps = [Step(target, Rung.FALLBACK) for target in others]
        events, error = [], None
        try:
            async for batch in self.stitcher.finish(req, broken, lambda broken: steps, self.run, wish=wish):
                assert all(frame.raw == b"" for frame in batch)
                events += [event for frame in batch for event in frame.events]
        except Exception as raised:
            error = raised
        return events, error


def anchored(text=TAIL):
    """A model that repeats what stands between the tags and goes on with `text`."""

    def part(takeover):
        turn = takeover.request.messages[-1].parts[0].text
        anchor = turn.split("<ancre>")[-1].split("</ancre>")[0]
        return [frames(Begun("2", "m2"), TextDelta(anchor)), frames(TextDelta(text)), frames(*END)]

    return part


def text_of(events):
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def seams(events):
    return [event for event in events if isinstance(event, Seam)]


async def test_an_anchor_finishes_the_answer():
    """What follows the repeated words is passed on behind a seam, without a second beginning and without raw bytes."""
    scene = Scene()
    scene.plays(B, anchored())
    events, error = await scene.finish()
    assert error is None
    assert text_of(events) == TAIL
    assert seams(events) == [Seam("a/m", "b/m", "server_error", "anchor", len(HEAD), True)]
    assert events.index(seams(events)[0]) == 0
    assert not [event for event in events if isinstance(event, Begun)]
    assert [event for event in events[-3:] if not isinstance(event, UsageSeen)] == list(END)


async def test_white_space_at_the_cut_is_said_once():
    """Whether a model brings the white space behind the last words again or goes on behind it, it stands there once."""
    for before, after in ((" ", ""), (" ", " "), ("\n\n", "\n\n"), ("\n\n", "")):
        said = HEAD.rstrip() + before
        scene = Scene()
        scene.plays(
            B,
            lambda takeover, after=after: [
                frames(TextDelta(HEAD.rstrip() + after)),
                frames(TextDelta(TAIL)),
                frames(*END),
            ],
        )
        events, error = await scene.finish([TextDelta(said)])
        assert (error, text_of(events)) == (None, TAIL)


async def test_who_takes_a_prefill_comes_before_who_needs_an_anchor():
    """The chain's order yields to the surer means."""
    scene = Scene(capabilities={C: PREFILL})
    scene.plays(C, [frames(TextDelta(" " + TAIL)), frames(*END)])  # it was not sent the space at the end
    events, error = await scene.finish()
    assert (error, text_of(events), scene.asked) == (None, TAIL, [("c", "prefill")])


async def test_a_refused_prefill_is_learnt_and_the_anchor_tried():
    """A 400 to a prefill moves to the next means on the same target."""
    scene = Scene(capabilities={B: PREFILL})
    scene.plays(B, [ClientFault("prefill is not supported", target="b/m")], anchored())
    events, error = await scene.finish()
    assert (error, text_of(events), scene.asked) == (None, TAIL, [("b", "prefill"), ("b", "anchor")])
    assert scene.learnt == [B]


@pytest.mark.parametrize("reason", ["too_long", "too_large"])
async def test_a_prompt_that_is_too_long_teaches_nothing(reason):
    """Who refuses a prompt for its length can still continue unfinished messages: that is not forgotten for one long one."""
    scene = Scene(capabilities={B: PREFILL})
    scene.plays(B, [ClientFault("too long", target="b/m", reason=reason)], anchored())
    _, error = await scene.finish()
    assert (error, scene.learnt) == (None, [])


async def test_the_original_error_is_not_lost():
    """When everybody fails, the caller is told of what broke his answer and not of what refused to mend it."""
    scene = Scene(capabilities={B: PREFILL})
    scene.plays(B, [ClientFault("prefill is not supported")], [ServerFault("down")])
    original = ServerFault("the cut")
    events, error = await scene.finish(others=(B,), failure=original)
    assert (events, error) == ([], original)


async def test_a_lost_place_costs_nothing_and_the_next_is_asked():
    """A model that paraphrases has said nothing that the caller sees; why it was given up stands in its report."""
    scene = Scene()
    scene.plays(B, [frames(TextDelta("In days of old a vixen dwelt beside a mill. " * 8)), frames(*END)])
    scene.plays(C, anchored())
    events, error = await scene.finish()
    assert (error, text_of(events), [name for name, _ in scene.asked]) == (None, TAIL, ["b", "c"])
    assert scene.reports[0].given_up


async def test_nobody_finds_the_place_and_the_answer_begins_again_in_sight():
    """A restart stands behind a note in the text and a seam that says it is not exact."""
    scene = Scene()
    lost = [frames(TextDelta("Something else entirely, at some length, which does not go on. " * 8)), frames(*END)]
    scene.plays(B, lost, lost, lost, [frames(TextDelta(STORY)), frames(*END)])
    events, error = await scene.finish(others=(B,))
    assert error is None
    assert [means for _, means in scene.asked] == ["anchor", "anchor", "anchor", "restart"]
    assert text_of(events).endswith(STORY)
    assert text_of(events) != STORY
    assert [seam.exact for seam in seams(events)] == [False]


@pytest.mark.parametrize(("before", "closed"), [("", ""), ("```python\nx = 1\n", "\n```")])
async def test_the_note_is_a_paragraph_of_its_own(before, closed):
    """What broke off, the note and the new answer stand apart; a block of code that was open is closed before the note."""
    scene = Scene()
    scene.plays(B, [frames(TextDelta(STORY)), frames(*END)])
    events, _ = await scene.finish([TextDelta(before + HEAD)], wish="restart")
    assert text_of(events).startswith(f"{closed}\n\n[")
    assert text_of(events).endswith(f"]\n\n{STORY}")


@pytest.mark.parametrize(
    ("wish", "asked", "whole"),
    [("fail", [], False), ("restart", [("b", "restart")], True), ("auto", [("b", "anchor")], True)],
)
async def test_the_caller_decides_what_a_break_does(wish, asked, whole):
    """`x-sanspanne-resume` is obeyed."""
    scene = Scene()
    scene.plays(B, anchored() if wish == "auto" else [frames(TextDelta(STORY)), frames(*END)])
    _, error = await scene.finish(wish=wish)
    assert (scene.asked, error is None) == (asked, whole)


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ([ToolCallBegun(0, "c", "f")], {}),
        ([TextDelta("Let me look."), ToolCallBegun(0, "c", "f")], {}),
        ([RefusalDelta("I cannot")], {}),
        ([TextDelta(HEAD)], {"n": 2}),
        ([TextDelta(HEAD)], {"logprobs": True}),
    ],
)
async def test_what_cannot_be_continued_ends_honestly(said, fields):
    """Calls, refusals, choices and logprobs are never finished by another."""
    scene = Scene()
    events, error = await scene.finish(said, req=request(**fields))
    assert (events, scene.asked) == ([], [])
    assert isinstance(error, ServerFault)


async def test_what_a_policy_refused_is_not_asked_for_elsewhere():
    """A stream that ends by a content policy is not finished by another provider."""
    scene = Scene()
    events, error = await scene.finish(failure=ContentRefused("policy"))
    assert (events, scene.asked, type(error)) == ([], [], ContentRefused)


async def test_a_second_break_needs_a_second_continuation():
    """One takeover by default; with two allowed, the second goes on from everything that was said."""
    for allowed, finished in ((1, False), (2, True)):
        scene = Scene(continuations=allowed)

        def breaking(takeover):
            *batches, _ = anchored(TAIL[:30])(takeover)
            return [*batches, ServerFault("broke again", target="b/m")]

        scene.plays(B, breaking)
        scene.plays(C, anchored(TAIL[30:]))
        events, error = await scene.finish(others=(B, C))
        assert (error is None) is finished
        assert text_of(events) == (TAIL if finished else TAIL[:30])
        if finished:
            assert [seam.at for seam in seams(events)] == [len(HEAD), len(HEAD) + 30]


async def test_usage_is_the_sum_of_all_attempts():
    """The caller is told what all of it cost, also what was lost on the way."""
    scene = Scene()

    def with_usage(takeover):
        first, second, last = anchored()(takeover)
        return [first, second, [*last[:1], *frames(UsageSeen(Usage(30, 20))), *last[1:]]]

    scene.plays(B, with_usage)
    events, _ = await scene.finish()
    assert [event.usage for event in events if isinstance(event, UsageSeen)] == [Usage(40, 25)]


async def test_usage_that_nobody_told_is_estimated():
    """A target that never tells its usage does not leave the caller with half a sum."""
    scene = Scene()
    scene.plays(B, anchored())
    events, _ = await scene.finish(req=request(size=400))
    told = [event.usage for event in events if isinstance(event, UsageSeen)]
    assert len(told) == 1
    assert told[0].input > 10 + 400 // 4
    assert told[0].output > 5 + len(TAIL) // 4


async def test_there_are_never_two_lists_of_sources():
    """An answer that has named its sources gets none of the one who finishes it."""
    sources = Cited((Citation("https://example.org/2"),))
    for before, passed in (([], 1), ([Cited((Citation("https://example.org/1"),))], 0)):
        scene = Scene()

        def citing(takeover):
            first, second, last = anchored()(takeover)
            return [[*first, *frames(sources)], second, last]

        scene.plays(B, citing)
        events, _ = await scene.finish([TextDelta(HEAD), *before])
        assert len([event for event in events if isinstance(event, Cited)]) == passed


async def test_who_names_sources_does_not_finish_what_has_named_others():
    """The numbers in his text would point into the first one's list: neither a continuation nor a restart is asked of him."""
    for capabilities, finished in (({B: CITES}, True), ({B: CITES, C: CITES}, False)):
        scene = Scene(capabilities=capabilities)
        scene.plays(C, anchored())
        events, error = await scene.finish([TextDelta(HEAD), Cited((Citation("https://example.org/1"),))])
        assert (error is None, text_of(events)) == (finished, TAIL if finished else "")
        assert scene.asked == ([("c", "anchor")] if finished else [])


async def test_a_refused_call_costs_no_tokens():
    """Who refuses a prefill, or is down, has read nothing: the sum of the tokens is that of the attempts that spoke."""
    scene = Scene(capabilities={B: PREFILL})

    def with_usage(takeover):
        first, second, last = anchored()(takeover)
        return [first, second, [*last[:1], *frames(UsageSeen(Usage(30, 20))), *last[1:]]]

    scene.plays(B, [ClientFault("prefill is not supported", target="b/m")], with_usage)
    events, _ = await scene.finish()
    assert [event.usage for event in events if isinstance(event, UsageSeen)] == [Usage(40, 25)]


async def test_anothers_thoughts_are_left_out():
    """An answer has one train of thought; and a thought that broke off leaves the answer to be made whole by another."""
    scene = Scene()
    scene.plays(B, [frames(ThinkingDelta("hm")), frames(TextDelta(STORY)), frames(*END)])
    events, error = await scene.finish([ThinkingDelta("Let me th")])
    assert (error, text_of(events)) == (None, STORY)
    assert not [event for event in events if isinstance(event, ThinkingDelta)]
    assert [(seam.means, seam.exact) for seam in seams(events)] == [("restart", False)]


async def test_anothers_refusal_is_not_the_end_of_the_answer():
    """A target that declines to go on is passed over."""
    scene = Scene()
    scene.plays(B, [frames(RefusalDelta("I cannot")), frames(*END)])
    scene.plays(C, anchored())
    events, error = await scene.finish()
    assert (error, text_of(events)) == (None, TAIL)


async def test_who_declines_is_not_asked_to_go_on_again():
    """A target that declines is asked once to continue, and once to begin again when nobody else can."""
    scene = Scene(capabilities={B: PREFILL})
    refusal = [frames(RefusalDelta("I cannot")), frames(*END)]
    scene.plays(B, refusal, refusal, refusal, refusal)
    _, error = await scene.finish(others=(B,))
    assert (scene.asked, isinstance(error, ServerFault)) == ([("b", "prefill"), ("b", "restart")], True)


async def test_an_unfinished_sentence_does_not_end_by_silence():
    """A target that has nothing to add in the middle of a sentence is not believed; at the end of one it is."""
    for said, whole in ((HEAD, False), (STORY, True)):
        scene = Scene(capabilities={B: PREFILL})
        empty = [frames(*END)]
        scene.plays(B, empty, anchored(""), anchored(""), [ServerFault("down")])
        events, error = await scene.finish([TextDelta(said)], others=(B,))
        assert (error is None, text_of(events)) == (whole, "")


async def test_an_empty_budget_ends_the_answer_honestly():
    """Takeovers stop when their budget is used up."""
    scene = Scene(budget=1)
    scene.plays(B, [ServerFault("down")])
    scene.plays(C, anchored())
    _, error = await scene.finish()
    assert (len(scene.asked), isinstance(error, ServerFault)) == (1, True)


async def test_the_calls_for_one_break_are_few():
    """However long the chain, a caller does not wait for all of it."""
    scene = Scene()
    others = [Target(f"t{number}", "m") for number in range(20)]
    for target in others:
        scene.plays(target, [ServerFault("down", target=str(target))] * 3)
    await scene.finish(others=others)
    assert len([means for _, means in scene.asked if means == "anchor"]) == MOST_CALLS


async def test_after_our_own_death_the_seam_names_us():
    """A takeover after a kill says that it was the service that broke off, not a provider."""
    scene = Scene()
    scene.plays(B, anchored())
    said = Said(request())
    said.see(frames(TextDelta(HEAD)))
    broken = Broken(said, ServerFault("stopped"), None, Usage())
    steps = [Step(B, Rung.PRIMARY)]
    batches = scene.stitcher.finish(request(), broken, lambda broken: steps, scene.run)
    found = seams([event async for batch in batches for frame in batch for event in frame.events])
    assert [(seam.before, seam.reason) for seam in found] == [("sanspanne", "restart")]
