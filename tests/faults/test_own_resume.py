"""A stream that breaks is taken up again by the provider that was giving it: the caller gets one whole answer, generated once."""

import json
import random

import anthropic
import openai
import pytest
from conftest_faults import Facts, ask, question
from served_process import ServedProcess

from sanspanne.answers.route import Caller
from sanspanne.app import Service
from sanspanne.chat import (
    Cited,
    OutputFormat,
    Target,
    TextDelta,
    ThinkingDelta,
    Tool,
    ToolCallBegun,
    ToolCallDelta,
    UsageSeen,
)
from sanspanne.config import parse
from sanspanne.testing import Answer, Break, Cut, ErrorEvent, Fail, ScriptedProvider, Source, Stall, ToolUse, cut_shapes
from sanspanne.testing.asked import words
from sanspanne.testing.responses import FlatError, ResponseFailed

TABLE = "| a | b |\n|---|---|\n| `x` | **y** |"
TEXT = f"Une panne ne doit rien coûter 🙂 : 谢谢.\n\n{TABLE}\n\nNothing is said twice, nothing is lost."
CALLS = [ToolUse("f", {"ville": "Nîmes", "jours": [1, 2, 3]}), ToolUse("g", {"long": "x" * 200})]
FULL = Answer(TEXT, thinking="Voyons, voyons.", tool_calls=CALLS)
PACED = Answer(
    TEXT, thinking="Voyons, voyons.", tool_calls=CALLS, gap=0.002
)  # so that words have passed before an error
TOOLS = (Tool("f"), Tool("g"))
HOLD_ALL = {"hold_bytes": 1_000_000, "hold_seconds": 60.0}
HOLD_NOTHING = {"hold_bytes": 0, "hold_seconds": 0.0}
QUICK = {"first_token": 5.0, "gap": 0.3, "connect": 0.3}
HOWS = ["reset", "close", "clean", "bad_chunk", "half_chunk"]


async def serve(stack, tmp_path, first, second=None, resume=HOLD_NOTHING, **resume_more):
    """A service whose first target answers in the background, before another one."""
    provider = await stack.enter_async_context(ScriptedProvider("openai", script=first))
    other = await stack.enter_async_context(ScriptedProvider("openai", name="Other", script=second or Answer("Else.")))
    names = {"first": provider, "second": other}
    config = parse(
        {
            "providers": {
                name: {"kind": "openai", "base_url": one.base_url, "key_env": "KEY", "background": name == "first"}
                for name, one in names.items()
            },
            "models": {"auto": {"chain": ["first/gpt-5", "second/gpt-4o"], "onboard": False}},
            "onboard": {"enabled": False},
            "clocks": QUICK,
            "resume": {**resume, **resume_more},
        }
    )
    service = Service(config, data_dir=tmp_path, environ={"KEY": "sk-test-key"})
    service.hooks.add(facts := Facts())
    await service.start()
    stack.push_async_callback(service.stop)
    return service, provider, other, facts


def events_of(outcome):
    return [event for frame in outcome.frames for event in frame.events]


def told(outcome):
    """What a caller was told: thoughts, text, calls with their arguments, and the reason of the end."""
    events = events_of(outcome)
    calls = [(event.index, event.name) for event in events if isinstance(event, ToolCallBegun)]
    arguments = {index: "" for index, _ in calls}
    for event in events:
        if isinstance(event, ToolCallDelta):
            arguments[event.index] += event.arguments
    thoughts = "".join(event.text for event in events if isinstance(event, ThinkingDelta))
    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    return thoughts, text, calls, arguments


WHOLE = (
    "Voyons, voyons.",
    TEXT,
    [(0, "f"), (1, "g")],
    {0: CALLS[0].json(), 1: CALLS[1].json()},
)


def generations(provider):
    """How often a provider was made to generate."""
    return sum(call.method == "POST" and not call.path.endswith("/cancel") for call in provider.calls)


async def check(stack, tmp_path, script, *, request=None, expected=WHOLE, resume=HOLD_NOTHING, **more):
    """One answer by a service of its own: whole, exact, generated once. Its route."""
    async with type(stack)() as inner:
        service, provider, other, _ = await serve(inner, tmp_path, script, resume=resume, **more)
        outcome = await ask(service, request or question(tools=TOOLS))
        assert outcome.error is None
        assert told(outcome) == expected
        assert (generations(provider), len(other.calls)) == (1, 0)
        assert all(seam.exact and seam.means == "resume" for seam in outcome.route.seams)
        return outcome


@pytest.mark.parametrize("resume", [HOLD_NOTHING, HOLD_ALL], ids=["nothing held", "all held"])
@pytest.mark.parametrize("after", range(1, 78, 4))
async def test_cut_behind_any_event(after, resume, tmp_path, stack):
    """Cut behind an event, in thoughts, text or the middle of a tool call: whole, generated once, the seam exact."""
    script = [Break("close", after=after, answer=FULL), Answer("Else.")]
    outcome = await check(stack, tmp_path, script, resume=resume)
    assert len(outcome.route.seams) == 1


@pytest.mark.parametrize("how", HOWS)
async def test_cut_at_any_byte(how, tmp_path, stack):
    """Cut at a random byte, by every end that a connection can come to: 0 characters lost or repeated."""
    rng = random.Random(HOWS.index(how))
    for _ in range(12):
        at = 0.25 + 0.75 * rng.random()  # before that nothing has been said, and the next target is free to answer
        await check(stack, tmp_path, [Break(how, at=at, answer=FULL), Answer("Else.")])


SHAPES = sorted({*cut_shapes("openai")} - {"stall"})  # silence costs a clock each time: it has a test of its own


@pytest.mark.parametrize("shape", SHAPES)
async def test_no_shape_corrupts(shape, tmp_path, stack):
    """However an answer is spoilt, what reaches the caller is its whole, or another's whole, or it says where it broke off."""
    rng = random.Random(SHAPES.index(shape))
    for hold in (HOLD_NOTHING, HOLD_ALL, {}) * 3:
        async with type(stack)() as inner:
            cut = Cut(shape, rng.random(), FULL)
            service, _, other, _ = await serve(inner, tmp_path, [cut, Answer("Else.")], resume=hold)
            outcome = await ask(service, question(tools=TOOLS))
        exact = all(seam.exact for seam in outcome.route.seams)
        if outcome.whole and exact:
            assert told(outcome) == (("", "Else.", [], {}) if other.calls else WHOLE)
        elif outcome.whole:
            thoughts, text, calls, _ = told(outcome)
            assert TEXT.startswith(text[: outcome.route.seams[0].at])
            assert (thoughts, calls, text[outcome.route.seams[0].at :].lstrip()[:1]) == (WHOLE[0], [], "[")


@pytest.mark.parametrize(
    "broken",
    [
        Stall(20, answer=FULL),
        ErrorEvent("overloaded", after=20, answer=PACED),
        ErrorEvent("server_error", after=20, then="done", answer=PACED),
        FlatError(after=20, answer=PACED),
        Cut("noise", 0.5, FULL),
    ],
    ids=["silence", "error", "error, then the end", "flat error", "bytes that are no text"],
)
async def test_broken_in_other_ways(broken, tmp_path, stack):
    """Silence, errors in the stream and bytes that cannot be read are mended like a cut."""
    await check(stack, tmp_path, [broken, Answer("Else.")])


async def test_sources_keep_their_places(tmp_path, stack):
    """The sources of an answer that was taken up again are its own: each once, where it belongs."""
    answer = Answer(TEXT, sources=[Source("https://a.example", "A"), Source("https://b.example", "B")])
    after = len(words(TEXT))
    for cut in (after, after + 1):
        expected = ("", TEXT, [], {})
        outcome = await check(
            stack, tmp_path, [Break("close", after=cut, answer=answer), Answer("Else.")], expected=expected
        )
        cited = [one for event in events_of(outcome) if isinstance(event, Cited) for one in event.citations]
        assert [(one.url, one.end) for one in cited] == [
            ("https://a.example", len(TEXT)),
            ("https://b.example", len(TEXT)),
        ]


async def test_a_schema_answer_goes_on(tmp_path, stack):
    """What no other target may continue, the same generation does: JSON that must fit a schema, cut in its middle."""
    text = '{"ville": "Nîmes", "jours": [1, 2, 3], "fin": true}'
    request = question(output=OutputFormat("json_schema", "n", {"type": "object"}))
    for after in range(2, 8):
        script = [Break("close", after=after, answer=Answer(text, thinking="Hm.")), Answer("Else.")]
        await check(stack, tmp_path, script, request=request, expected=("Hm.", text, [], {}))


@pytest.mark.parametrize("after", [3, 20, 45, 60])
async def test_cut_twice(after, tmp_path, stack):
    """Two cuts are mended where two continuations are allowed."""
    script = [Break("close", after=after, answer=FULL), Break("close", after=4), Answer("Else.")]
    outcome = await check(stack, tmp_path, script, continuations=2)
    assert len(outcome.route.seams) == 2


async def test_the_tokens_are_those_of_one_generation(tmp_path, stack):
    """The prompt was read once: the usage is the provider's own count, and not the sum of two attempts."""
    unbroken = await check(stack, tmp_path, FULL)
    mended = await check(stack, tmp_path, [Break("close", after=9, answer=FULL), Answer("Else.")])
    usages = [[e.usage for e in events_of(outcome) if isinstance(e, UsageSeen)][-1] for outcome in (unbroken, mended)]
    assert usages[0] == usages[1]


@pytest.mark.parametrize(
    "rest",
    [
        Fail("server_error"),
        Fail("model_gone"),
        Stall(0),
        ResponseFailed(),
        ErrorEvent("server_error"),
        Break("reset", at=0),
    ],
    ids=["500", "404", "silence", "failed", "error", "reset"],
)
async def test_else_the_ladder_goes_on(rest, tmp_path, stack):
    """Where the provider cannot go on with its answer, another target does: never a hole, and the first is not taken out."""
    first = [Break("close", after=12, answer=Answer(TEXT)), rest, Answer("Else.")]
    service, _, other, _ = await serve(stack, tmp_path, first, Answer("Else."))
    outcome = await ask(service, question())
    assert len(other.calls.chats) > 0
    assert outcome.error is None
    assert [(seam.means, seam.exact) for seam in outcome.route.seams] == [
        ("restart", False)
    ]  # it does not know any anchor
    assert told(outcome)[1].endswith("Else.")
    assert TEXT.startswith(told(outcome)[1][: outcome.route.seams[0].at])
    assert service.standings.obstacle(Target("first", "gpt-5")) is None


@pytest.mark.parametrize("wish", ["auto", "restart"])
async def test_a_call_in_flight_is_spliced_by_nobody_else(wish, tmp_path, stack):
    """A tool call whose generation is lost ends as incomplete: no other target's arguments are put to it."""
    cut = Break("close", after=50, answer=FULL)
    service, _, other, _ = await serve(stack, tmp_path, [cut, Fail("model_gone")], Answer(tool_calls=CALLS))
    outcome = await ask(service, question(tools=TOOLS), Caller(resume=wish))
    assert outcome.error is not None
    assert len(other.calls) == 0
    begun = told(outcome)[3]
    assert all(CALLS[index].json().startswith(arguments) for index, arguments in begun.items())


async def test_a_held_call_is_made_anew_when_its_generation_is_lost(tmp_path, stack):
    """What was held back of a call is no loss: when its generation is gone, another target makes the call from its start."""
    answer = Answer(tool_calls=CALLS)
    cut = Break("close", after=10, answer=answer)
    service, _, other, _ = await serve(stack, tmp_path, [cut, Fail("model_gone")], answer, resume=HOLD_ALL)
    outcome = await ask(service, question(tools=TOOLS))
    assert outcome.whole
    assert told(outcome)[2:] == WHOLE[2:]
    assert len(other.calls) == 1


# --- called off


def cancels(provider):
    return [call for call in provider.calls if call.path.endswith("/cancel")]


async def test_a_caller_who_leaves_stops_the_generation(tmp_path, stack):
    """The generation that nobody hears any more is called off."""
    service, provider, _, _ = await serve(stack, tmp_path, Stall(5, answer=FULL))
    follower = service.answers.open(question(), Caller()).follow()
    await anext(follower)
    await follower.aclose()
    await provider.calls.wait_until(lambda call: call.path.endswith("/cancel"))


async def test_a_target_that_was_too_late_is_called_off(tmp_path, stack):
    """A generation that had not said a word when the next target was asked does not go on at the user's cost."""
    first = Break("reset", at=0.05, answer=FULL)
    service, provider, other, _ = await serve(stack, tmp_path, first)
    outcome = await ask(service, question())
    assert outcome.whole
    assert len(other.calls.chats) == 1
    await provider.calls.wait_until(lambda call: call.path.endswith("/cancel"))


async def test_who_wants_no_resume_gets_none(tmp_path, stack):
    """With `x-sanspanne-resume: fail` a broken answer ends, and its generation is called off at the latest when we end."""
    service, provider, _, _ = await serve(stack, tmp_path, Break("close", after=9, answer=FULL))
    outcome = await ask(service, question(), Caller(resume="fail"))
    assert outcome.error is not None
    assert [call.method for call in provider.calls] == ["POST"]
    await service.stop()
    assert len(cancels(provider)) == 1


async def test_a_mended_answer_is_not_called_off(tmp_path, stack):
    """An answer that was read to its end leaves nothing to call off."""
    service, provider, _, _ = await serve(stack, tmp_path, [Break("close", after=9, answer=FULL), Answer("Else.")])
    assert (await ask(service, question())).whole
    await service.stop()
    assert cancels(provider) == []
    assert provider.calls[1].path.startswith("/v1/responses/resp_")


async def test_the_ledger_counts_the_prompt_once(tmp_path, stack):
    """The rest of an answer is an attempt of its own in the account, for which no prompt was read."""
    service, _, _, facts = await serve(stack, tmp_path, [Break("close", after=9, answer=FULL), Answer("Else.")])
    assert (await ask(service, question())).whole
    begun = [fact.prompt for fact in facts.all if type(fact).__name__ == "AttemptBegun"]
    assert begun[0] > 0
    assert begun[1:] == [0]
    ended = facts.attempts("first/gpt-5")
    assert [fact.outcome for fact in ended] == ["server_error", "answered"]
    assert sum(fact.said for fact in ended) == len(TEXT) + len("Voyons, voyons.") + sum(len(c.json()) for c in CALLS)


# --- other people's clients


async def test_the_official_clients_notice_nothing(tmp_path, stack):
    """Both official clients gather the whole of an answer that was cut in the middle of a call, and the provider's own count."""
    provider = await stack.enter_async_context(ScriptedProvider("openai"))
    kept = f'[providers.kept]\nkind = "openai"\nbase_url = "{provider.base_url}"\nkey_env = "KEY"\nbackground = true\n'
    model = '[models.kept]\nchain = ["kept/gpt-5"]\nonboard = false\n[resume]\nhold_bytes = 0\nhold_seconds = 0.0\n'
    served = await stack.enter_async_context(ServedProcess(tmp_path, {"other": provider}, more=kept + model))
    asked = [{"role": "user", "content": "Bonjour"}]
    names = [(call.name, call.arguments) for call in CALLS]

    provider.script = [Break("close", after=50, answer=FULL), Answer("Else.")]
    tools = [{"type": "function", "function": {"name": call.name, "parameters": {"type": "object"}}} for call in CALLS]
    async with openai.AsyncOpenAI(base_url=f"{served.url}/v1", api_key="any", max_retries=0) as client:
        options = {"tools": tools, "stream_options": {"include_usage": True}}
        async with client.chat.completions.stream(model="kept", messages=asked, **options) as stream:
            answer = await stream.get_final_completion()
    message = answer.choices[0].message
    assert (message.content, answer.choices[0].finish_reason) == (TEXT, "tool_calls")
    assert [(call.function.name, json.loads(call.function.arguments)) for call in message.tool_calls] == names
    usage = answer.usage

    provider.script = [Break("close", after=50, answer=FULL), Answer("Else.")]
    tools = [{"name": call.name, "input_schema": {"type": "object"}} for call in CALLS]
    options = {"model": "kept", "max_tokens": 500, "messages": asked, "tools": tools}
    client = await stack.enter_async_context(
        anthropic.AsyncAnthropic(base_url=served.url, api_key="any", max_retries=0)
    )
    async with client.messages.stream(**options) as stream:
        message = await stream.get_final_message()
    assert "".join(block.text for block in message.content if block.type == "text") == TEXT
    assert [(block.name, block.input) for block in message.content if block.type == "tool_use"] == names
    assert message.stop_reason == "tool_use"
    assert (message.usage.input_tokens, message.usage.output_tokens) == (usage.prompt_tokens, usage.completion_tokens)
    assert generations(provider) == 2
