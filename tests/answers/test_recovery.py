"""Answers of an earlier life: given again, or gone on with, without a gap and without a repetition."""

import asyncio
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_pipeline import Book, Pipeline, answers_over, bytes_of, question, text_of

from sanspanne.answers.answers import AT_ONCE
from sanspanne.answers.recording import SKIPPED
from sanspanne.answers.records import Kept, Opened, Over, Said
from sanspanne.chat import Seam
from sanspanne.errors import CallerError, ServerFault

OPENAI = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "Bonjour"}]}
BODIES = {"openai_chat": OPENAI, "anthropic_messages": {**OPENAI, "max_tokens": 100}}


def body(dialect="openai_chat", **more):
    """The bytes of a question that the dialect can read."""
    return msgspec.json.encode({**BODIES[dialect], **more})


async def lived(pipeline, dialect="openai_chat", **more):
    """What the journal has of one answer when its life has ended by itself."""
    answers, book = answers_over(pipeline), Book()
    book.when_written = lambda call: call()
    answers.journal = book
    asked = question(body(dialect, **more), detach=True, key="k", dialect=dialect, stream=more.get("stream", True))
    answer = await answers.record(asked)
    with suppress(CallerError):
        await bytes_of(answer)
    return kept(book.records)


def kept(records):
    """These records, as the journal gives them to the next life."""
    said = [record for record in records if isinstance(record, Said)]
    return Kept(records[0], said, next((record for record in records if isinstance(record, Over)), None))


def cut(life, count):
    """The same, had we died when so many pieces were written."""
    return Kept(life.opened, life.said[:count], None)


def data_of(life):
    """The bytes of an answer's pieces."""
    return b"".join(said.data for said in life.said)


def next_life(pipeline, *lives):
    """Answers that have taken up these, and their journal."""
    answers, book = answers_over(pipeline), Book()
    book.when_written = lambda call: call()
    answers.journal = book
    answers.recover(lives)
    return answers, book


def numbers(data):
    """The numbers of the events."""
    return [int(line[4:]) for line in data.split(b"\n") if line.startswith(b"id: ")]


@pytest.mark.parametrize("dialect", BODIES)
@given(words=st.lists(st.text(min_size=1), min_size=1, max_size=8), death=st.integers(1, 8))
def test_the_next_life_goes_on_where_it_broke(dialect, words, death):
    """Wherever we die, what follows has the next numbers, the pipeline is told what was said, and the text is one."""

    async def live():
        first = await lived(Pipeline(*words), dialect)
        told = cut(first, min(death, len(words)))
        before = data_of(told)
        rest = Pipeline("fin")
        answers, book = next_life(rest, told)
        answer = answers.find("alice", first.opened.answer_id)
        whole = await bytes_of(answer)
        assert whole.startswith(before)
        assert numbers(whole) == list(range(1, answer.recording.last + 1))
        said = "".join(words[: min(death, len(words))])
        assert rest.said[0].text == said
        assert text_of(whole, dialect) == said + "fin"
        assert data_of(kept([told.opened, *book.records])) == whole[len(before) :]
        assert answer.state == "whole"

    asyncio.run(live())


async def test_earlier_seams_stay_in_the_account():
    """Who took over in an earlier life is told of together with who takes over in this one."""
    seams = [Seam("a/m", "b/m", "server_error", "anchor", 2, True), Seam("", "c/m", "restart", "anchor", 6, True)]
    life = await lived(Pipeline("un", seams[0], "deux", "trois"))
    pipeline = Pipeline(seams[1], "trois")
    answers, _ = next_life(pipeline, cut(life, 3))
    answer = answers.find("alice", life.opened.answer_id)
    await bytes_of(answer)
    assert pipeline.said[0].seams == seams[:1]
    assert (answer.route.seams, answer.route.attempts) == (tuple(seams[:1]), 2)


async def test_what_was_over_is_given_again():
    """A whole answer, a broken one and a refused one are what they were, and nobody is asked again."""
    broken = Pipeline("un", error=ServerFault("broke"))
    refused = Pipeline(error=CallerError(400, "invalid_request", "no such thing"))
    for pipeline, state in ((Pipeline("un"), "whole"), (broken, "broken"), (refused, "refused")):
        life = await lived(pipeline)
        again = Pipeline()
        answers, book = next_life(again, life)
        answer = answers.find("alice", life.opened.answer_id)
        assert (answer.state, answer.request.model) == (state, "m")
        if state == "refused":
            with pytest.raises(CallerError, match="no such thing"):
                await bytes_of(answer)
        else:
            assert await bytes_of(answer) == data_of(life)
            assert answers.find("alice", answer.name) is answer
        assert (again.started, book.records) == (0, [])


async def test_a_repetition_joins_what_an_earlier_life_began():
    """The Idempotency-Key of a detached answer is still known, and its body still compared."""
    life = await lived(Pipeline("un"))
    answers, _ = next_life(Pipeline(), life)
    same = await answers.record(question(body(), detach=True, key="k"))
    assert same.id == life.opened.answer_id
    with pytest.raises(CallerError) as told:
        await answers.record(question(b"other", detach=True, key="k"))
    assert told.value.status == 422


async def test_final_events_that_were_shown_are_the_end():
    """If we died between the last event and the note of it, the answer is simply over."""
    life = await lived(Pipeline("un"))
    again = Pipeline("zwei")
    answers, book = next_life(again, cut(life, 99))
    answer = answers.find("alice", life.opened.answer_id)
    assert await bytes_of(answer) == data_of(life)
    assert (answer.state, again.started) == ("whole", 0)
    assert isinstance(book.records[-1], Over)


async def test_an_error_that_was_shown_is_the_end():
    """If we died right after telling a failure, nothing is added to it."""
    life = await lived(Pipeline("un", error=ServerFault("broke")))
    answers, _ = next_life(Pipeline("zwei"), cut(life, 99))
    answer = answers.find("alice", life.opened.answer_id)
    assert await bytes_of(answer) == data_of(life)
    assert answer.state == "broken"


async def test_one_piece_starts_afresh():
    """An answer that was to come as one JSON body is asked for anew; one whose body was written is over."""
    life = await lived(Pipeline("un"), stream=False)
    assert len(life.said) == 1
    for count, asked in ((0, 1), (1, 0)):
        again = Pipeline("deux")
        answers, _ = next_life(again, cut(life, count))
        answer = answers.find("alice", life.opened.answer_id)
        said = msgspec.json.decode(await bytes_of(answer))["choices"][0]["message"]["content"]
        assert (said, again.started, answer.state) == ("un" if count else "deux", asked, "whole")
        assert [earlier.begun for earlier in again.said] == [False] * asked, (
            "the pipeline is not told of the earlier life"
        )


async def test_what_the_journal_lost_is_not_called_whole():
    """Of a broken answer whose end is missing a follower gets what there is, and then an error."""
    life = await lived(Pipeline("un"))
    lost = Kept(life.opened, life.said[:1], Over(life.opened.answer_id, "broken", 1000.0))
    answers, _ = next_life(Pipeline(), lost)
    follower = answers.find("alice", life.opened.answer_id).follow()
    assert text_of(await anext(follower)) == "un"
    with pytest.raises(CallerError, match="not complete"):
        await anext(follower)


async def test_who_has_seen_what_was_lost_is_told_so():
    """A caller who has had more events than were kept made no mistake: he is told that a part was lost."""
    life = await lived(Pipeline("un"))
    lost = Kept(life.opened, life.said[:1], Over(life.opened.answer_id, "broken", 1000.0))
    answers, _ = next_life(Pipeline(), lost)
    with pytest.raises(CallerError, match="was lost") as told:
        answers.find("alice", life.opened.answer_id).require(99)
    assert told.value.status == 502


async def test_a_question_that_cannot_be_read_ends_as_broken():
    """If the next life does not understand the question any more, the answer ends with an error, after what was said."""
    life = await lived(Pipeline("un", "deux"))
    opened = msgspec.structs.replace(life.opened, body=b'{"stream":true,"model":"m"}')
    answers, _ = next_life(Pipeline("trois"), Kept(opened, life.said[:1], None))
    answer = answers.find("alice", opened.answer_id)
    whole = await bytes_of(answer)
    assert whole.startswith(life.said[0].data)
    assert b"error" in whole[len(life.said[0].data) :]
    assert answer.state == "broken"


async def test_few_at_once():
    """However many answers are taken up, a few begin at a time; those that have their next word let the next ones begin."""
    life = await lived(Pipeline("un", "deux"))
    lives = [
        Kept(msgspec.structs.replace(life.opened, answer_id=f"ans_{number}", idempotency_key=None), [], None)
        for number in range(3 * AT_ONCE)
    ]
    pipeline = Pipeline("un", "deux")
    pipeline.go = asyncio.Semaphore(0)
    answers, _ = next_life(pipeline, *lives)
    for begun in (1, 2):
        for _ in range(100):
            await asyncio.sleep(0)
        assert (pipeline.started, pipeline.closed) == (begun * AT_ONCE, 0)
        for _ in range(AT_ONCE):
            pipeline.go.release()
    for _ in lives * 2:
        pipeline.go.release()
    for each in lives:
        assert text_of(await bytes_of(answers.find("alice", each.opened.answer_id))) == "undeux"


@pytest.mark.parametrize("dialect", BODIES)
@given(words=st.lists(st.text(min_size=1), min_size=1, max_size=6), death=st.integers(0, 6))
def test_a_power_cut_never_splices_two_wordings(dialect, words, death):
    """After another boot the numbers go on behind a gap; who has seen one inside of it is told that it was lost, in every life."""

    async def live():
        first = await lived(Pipeline(*words), dialect)
        told = msgspec.structs.replace(cut(first, min(death, len(words))), torn=True)
        kept_last = told.said[-1].last if told.said else 0
        pipeline = Pipeline("fin")
        pipeline.go = asyncio.Semaphore(0)
        answers, book = next_life(pipeline, told)
        answer = answers.find("alice", first.opened.answer_id)
        for lost in (kept_last + 1, kept_last + SKIPPED):  # also before anything was said
            refused_as_lost(answer, lost)
        pipeline.go.release()
        whole = await bytes_of(answer)
        behind = kept_last + SKIPPED
        assert numbers(whole) == [*range(1, kept_last + 1), *range(behind + 1, answer.recording.last + 1)]
        tail = whole.partition(b"id: %d\n" % (behind + 1))[2].partition(b"\n\n")[2]
        assert await bytes_of(answer, behind + 1) == tail
        last_life, _ = next_life(Pipeline(), kept([told.opened, *told.said, *book.records]))
        for each in (answer, last_life.find("alice", first.opened.answer_id)):
            refused_as_lost(each, kept_last + 1)
            refused_as_lost(each, behind)
            each.require(kept_last)
            each.require(behind + 1)
            with pytest.raises(CallerError, match="so far is number") as never:
                each.require(answer.recording.last + 1)
            assert never.value.status == 400

    asyncio.run(live())


def refused_as_lost(answer, number):
    """Who says that he has seen event `number` is told that it was lost."""
    with pytest.raises(CallerError, match=f"Event {number} of this answer was lost") as told:
        answer.require(number)
    assert told.value.status == 502


def test_records_survive_the_journal():
    """What stands in a question comes back as it was: who asked, what he allows, what he wished."""
    opened = Opened("ans_1", "openai_chat", b"{}", {"a": "b"}, "k", ("x",), "fail", "req", None, b"h", 1.0)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(opened), type=Opened) == opened
