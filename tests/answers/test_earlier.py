"""The caller's own earlier answer: when it is kept, when it is given again, and that nobody else gets it."""

import asyncio
from contextlib import aclosing

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_pipeline import ALICE, BOB, DIALECTS

from sanspanne.answers.earlier import EarlierAnswers, OrEarlier, joined
from sanspanne.answers.meaning import ASIDE, meaning
from sanspanne.answers.route import Route
from sanspanne.answers.sealing import Sealing
from sanspanne.chat import (
    Begun,
    Earlier,
    Ended,
    Frame,
    Rung,
    Seam,
    Stop,
    Stopped,
    StopReason,
    TextDelta,
    ThinkingDelta,
    ToolCallBegun,
)
from sanspanne.dialects.base import Identity
from sanspanne.errors import CallerError, ClientFault, ServerFault, StoreError, Unanswered
from sanspanne.store.kept_answers import SqliteKeptAnswers
from sanspanne.store.sqlite import Database

DAY = 86_400.0
NOBODY = Unanswered([ServerFault("refused")])
SAID = (Begun("own", "gpt-4o"), TextDelta("Bon"), TextDelta("jour"), Stopped(Stop(StopReason.END)), Ended())
QUESTION = {"model": "auto", "messages": [{"role": "user", "content": "Bonjour ?"}], "max_tokens": 9}


def asked(dialect="openai_chat", headers=(), **more):
    """A question as its dialect reads it."""
    return DIALECTS[dialect].read_request(msgspec.json.encode({**QUESTION, **more}), dict(headers))


class Target:
    """The pipeline: answers with `events` as a rung, or fails with `error`."""

    def __init__(self):
        self.events, self.error, self.rung, self.seams, self.kept = SAID, None, Rung.PRIMARY, (), []

    async def __call__(self, request, caller, answer_id, route, said=None):
        self.kept.append(caller.kept)
        if self.error is not None:
            raise self.error
        route.target, route.rung, route.seams = "openai/gpt-4o", self.rung, self.seams
        for event in self.events:
            yield [Frame("x", b"", (event,))]


class Scene:
    """The pipeline or an earlier answer, with a wall clock of the test's."""

    def __init__(self, folder, days=7.0, most=10**6):
        self.target, self.time, self.notices, self.route = Target(), 1000.0, [], Route()
        store = SqliteKeptAnswers(Database(folder), days * DAY, most, "earlier_answers")
        self.earlier = EarlierAnswers(store, Sealing(bytes(32)), days * DAY, lambda: self.time, self.notices.append)
        self.either = OrEarlier(self.target)
        self.either.earlier = self.earlier

    async def ask(self, request=None, caller=ALICE, answer_id="ans_1", wants=True, **caller_more):
        """The events of the answer; what is kept of it is on the disk."""
        caller = msgspec.structs.replace(caller, earlier=wants, **caller_more)
        self.route, events = Route(), []
        async with aclosing(self.either.answer(request or asked(), caller, answer_id, self.route)) as batches:
            async for batch in batches:
                events += [event for frame in batch for event in frame.events]
        await asyncio.get_running_loop().run_in_executor(self.earlier._thread, lambda: None)
        return events

    async def gives(self, *how, **more):
        """Whether there is an earlier answer when nobody can answer."""
        before, self.target.error = self.target.error, self.target.error or NOBODY
        try:
            return any(isinstance(event, Earlier) for event in await self.ask(*how, **more))
        except (Unanswered, CallerError):
            return False
        finally:
            self.target.error = before


async def test_it_is_given_again(tmp_path):
    """The same words under a new name, with the date, from the rung `cached`, by whom they were given."""
    scene = Scene(tmp_path)
    assert tuple(await scene.ask()) == SAID
    assert scene.route.rung is Rung.PRIMARY
    scene.time, scene.target.error = 5000.0, NOBODY
    events = await scene.ask()
    assert events == [Begun("", "gpt-4o"), Earlier(1000.0), TextDelta("Bonjour"), *SAID[3:]]
    assert (scene.route.rung, scene.route.target, scene.route.answered_at) == (Rung.CACHED, "openai/gpt-4o", 1000.0)


@pytest.mark.parametrize(
    ("error", "is_given"),
    [
        (NOBODY, True),
        (CallerError(503, "overloaded", "busy"), True),
        (CallerError(429, "rate_limit", "used up"), False),
        (CallerError(400, "invalid_request", "wrong"), False),
        (Unanswered([ClientFault("wrong")]), False),
    ],
)
async def test_when_it_is_given(error, is_given, tmp_path):
    """When nobody can answer, or there is no room; what is wrong with the request or its budget is told instead."""
    scene = Scene(tmp_path)
    await scene.ask()
    scene.target.error = error
    assert await scene.gives() == is_given


async def test_somebody_can_answer(tmp_path):
    """As long as anybody answers, nothing old is given."""
    scene = Scene(tmp_path)
    await scene.ask()
    scene.target.events = (*SAID[:1], TextDelta("Autre chose"), *SAID[3:])
    assert tuple(await scene.ask(answer_id="ans_2")) == scene.target.events
    assert await scene.gives()  # and what is kept is the latest
    scene.target.error = NOBODY
    assert TextDelta("Autre chose") in await scene.ask()


@pytest.mark.parametrize(
    "other",
    [
        {"caller": BOB},
        {"wants": False},
        {"allow": frozenset({"anthropic"})},
        {"request": asked(temperature=1.0)},
        {"request": asked(model="other")},
        {"request": asked("anthropic_messages")},
    ],
)
async def test_who_does_not_get_it(other, tmp_path):
    """Not another key, not who did not ask, not past `x-sanspanne-allow`, not for another question or dialect."""
    scene = Scene(tmp_path)
    await scene.ask()
    assert not await scene.gives(**other)
    assert await scene.gives(allow=frozenset({"openai"}))


@pytest.mark.parametrize("what", ["onboard", "seam", "not asked for", "broken", "deferred"])
async def test_what_is_not_kept(what, tmp_path):
    """Not an answer of the model on board, one with a seam, one that broke off, or one whose caller did not ask for it."""
    scene = Scene(tmp_path)
    if what == "onboard":
        scene.target.rung = Rung.ONBOARD
    if what == "seam":
        scene.target.seams = (Seam("a", "b", "timeout", "anchor", 3, True),)
    if what == "broken":
        scene.target.events = SAID[:2]
        real = scene.target.__call__

        async def breaking(*how):
            async for batch in real(*how):
                yield batch
            raise ServerFault("cut")

        scene.either._produce = breaking
        with pytest.raises(ServerFault):
            await scene.ask()
        scene.either._produce = scene.target
    elif what == "deferred":
        scene.either.earlier = None
        await scene.ask()
        scene.either.earlier = scene.earlier
    else:
        await scene.ask(wants=what != "not asked for")
    assert not await scene.gives()


async def test_for_so_many_days(tmp_path):
    """After its days it is not given any more."""
    scene = Scene(tmp_path, days=7.0)
    await scene.ask()
    scene.time += 7 * DAY
    assert await scene.gives()
    scene.time += 1
    assert not await scene.gives()


async def test_in_so_many_bytes(tmp_path):
    """Beyond the bound the oldest go first."""
    scene = Scene(tmp_path, most=1000)
    for number in range(10):
        scene.time += 1
        await scene.ask(asked(seed=number), answer_id=f"ans_{number}")
    kept = [number for number in range(10) if await scene.gives(asked(seed=number))]
    assert kept
    assert kept == list(range(kept[0], 10))
    assert kept[0] > 0


async def test_it_is_forgotten(tmp_path):
    """What its caller asks to be forgotten is not given again; nobody else can ask for that."""
    scene = Scene(tmp_path)
    await scene.ask(answer_id="ans_7")
    assert not await scene.earlier.forget("bob", "ans_7")
    assert await scene.gives()
    assert await scene.earlier.forget("alice", "ans_7")
    assert not await scene.gives()


async def test_who_has_one_need_not_be_kept(tmp_path):
    """A caller who would come again later gets his earlier answer now, if he has one; else his question waits."""
    scene = Scene(tmp_path)
    await scene.ask()
    assert await scene.gives(kept=True)
    assert not await scene.gives(asked(seed=1), kept=True)
    assert scene.target.kept == [False, False, True]


async def test_a_disk_that_fails(tmp_path):
    """Without its store the caller is told what he would be told without it, and the operator why."""
    scene = Scene(tmp_path)

    def fails(*how):
        raise StoreError("the disk is gone")

    scene.earlier._store.put = scene.earlier._store.find = fails
    assert tuple(await scene.ask()) == SAID
    assert not await scene.gives()
    assert len(set(scene.notices)) == 2


async def test_another_data_key(tmp_path):
    """What was sealed with another key is not found; what was damaged is told of."""
    scene = Scene(tmp_path)
    await scene.ask()
    with scene.earlier._store._database.work() as connection:
        connection.execute("UPDATE earlier_answers SET content = x'0011'")
    assert not await scene.gives()
    assert "damaged" in scene.notices[0]


def test_the_same_question():
    """Order, spacing, who asks and whether it is streamed make no other question; any word or parameter does."""
    one = meaning(asked())
    again = b' {"max_tokens" : 9, "user": "u", "stream":true, "messages":[{"content":"Bonjour ?","role":"user"}],"model":"auto"}'
    assert meaning(DIALECTS["openai_chat"].read_request(again, {})) == one
    for name in ASIDE - {"stream_options", "store", "metadata", "service_tier"}:
        assert meaning(asked(**{name: True if name == "stream" else "x"})) == one
    others = [
        asked(temperature=0.1),
        asked(max_tokens=10),
        asked(model="other"),
        asked(messages=[{"role": "user", "content": "Bonjour  ?"}]),
        asked(messages=[{"role": "system", "content": "Bonjour ?"}]),
        asked(unheard_of=1),
    ]
    meanings = [one, *map(meaning, others)]
    assert len(set(meanings)) == len(meanings)
    anthropic = asked("anthropic_messages")
    assert meaning(anthropic) != meaning(asked("anthropic_messages", {"anthropic-beta": "x"}))
    assert meaning(anthropic) == meaning(asked("anthropic_messages", {"anthropic-version": "2023-06-01"}))


def test_tools_are_not_asked_twice():
    """Where tools take part, what was said then need not be so now."""
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
    assert meaning(asked(tools=[tool])) is None
    assert meaning(asked(web_search_options={})) is None
    assert meaning(asked("anthropic_messages", tools=[{"name": "f", "input_schema": {"type": "object"}}])) is None


PIECES = st.one_of(
    st.builds(TextDelta, st.text(max_size=3), st.integers(0, 1)),
    st.builds(TextDelta, st.text(max_size=3), st.integers(0, 1), st.just([{"token": "x"}])),
    st.builds(ThinkingDelta, st.text(max_size=3)),
    st.builds(ToolCallBegun, st.just(0), st.just("id"), st.just("f")),
)


@given(st.lists(PIECES, max_size=20))
def test_joined_says_the_same(events):
    """Pieces put together say the same words of each choice, in the same place among all else, and are fewer."""
    out = joined(events)
    assert len(out) <= len(events)
    assert joined(out) == out
    for choice in (0, 1):
        assert _text(out, choice) == _text(events, choice)
    assert [one for one in out if not isinstance(one, TextDelta)] == [
        one for one in events if not isinstance(one, TextDelta)
    ]


def _text(events, choice):
    return "".join(one.text for one in events if isinstance(one, TextDelta) and one.choice == choice)


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda dialect: dialect.name)
def test_every_dialect_can_say_it(dialect):
    """An earlier answer is read as what it says, streamed or not; what stands beside it is the rung and the date."""
    events = (Begun("", "m"), Earlier(1234.5), *SAID[1:])
    request, identity = asked(dialect.name), Identity("ans_1", "m", 7)
    body = dialect.write_answer(events, request, identity)
    assert msgspec.json.decode(body)["sanspanne"] == {"rung": "cached", "answered_at": 1234}
    stream = dialect.writer(request, identity).write([Frame("", b"", events)])
    assert stream.count(b'"sanspanne":{"rung":"cached","answered_at":1234}') == 1
    read = [event for frame in dialect.reader().feed(stream) for event in frame.events]
    for said in (read, dialect.read_answer(body).events):
        assert _text(said, 0) == "Bonjour"
        assert isinstance(said[-1], Ended)
