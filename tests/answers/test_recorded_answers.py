"""Recorded answers: every follower gets the same bytes, and nobody gets one that is not safe."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_pipeline import ALICE, BOB, Book, Pipeline, answers_over, bytes_of, question, text_of, until

from sanspanne.answers.records import Erased, Opened, Over, Said
from sanspanne.errors import CallerError, ServerFault, Unanswered


def kinds(book):
    """The kinds of records in a book, one letter each."""
    return "".join({Opened: "o", Said: "s", Over: "e", Erased: "x"}[type(record)] for record in book.records)


def journalled(pipeline):
    """Answers over a pipeline, and the book of the detached ones."""
    answers = answers_over(pipeline)
    answers.journal = Book()
    return answers, answers.journal


async def test_nothing_is_shown_before_it_is_written():
    """A follower of a detached answer gets its bytes, and its end, only when they are in the journal."""
    answers, book = journalled(Pipeline("un"))
    answer = await answers.record(question(detach=True))
    follower = answer.follow()
    first = asyncio.ensure_future(anext(follower))
    await until(lambda: kinds(book) == "osse")
    assert (first.done(), answer.recording.last) == (False, 0)
    book.write()
    shown = await first
    assert text_of(shown) == "un"
    assert b"".join(record.data for record in book.records if isinstance(record, Said)) == shown
    assert [data async for data in follower] == []


async def test_it_is_written_down_before_anybody_is_asked():
    """A detached answer is in the journal, with all that is needed to ask again, before any provider is called."""
    pipeline = Pipeline("un")
    answers, book = journalled(pipeline)
    await answers.record(question(b"body", detach=True, key="k"))
    (opened,) = book.records
    assert pipeline.started == 0
    assert (opened.body, opened.key, opened.idempotency_key, opened.dialect) == (b"body", "alice", "k", "openai_chat")


async def test_only_detached_answers_are_written():
    """An Idempotency-Key alone puts nothing on the disk while the answer runs."""
    answers, book = journalled(Pipeline("un"))
    assert text_of(await bytes_of(await answers.record(question(key="k")))) == "un"
    assert not book.records


async def test_a_repetition_can_ask_that_the_answer_goes_on_without_it():
    """`x-sanspanne-detach` on a repetition holds for the answer that it joins: it is written down whole, and goes on."""
    pipeline = Pipeline("un", "deux", "trois")
    pipeline.go = asyncio.Semaphore(1)
    answers, book = journalled(pipeline)
    book.when_written = lambda call: call()
    first = (await answers.record(question(b"body", key="k"))).follow()
    begun = await anext(first)
    answer = await answers.record(question(b"body", key="k", detach=True))
    second = answer.follow()
    assert await anext(second) == begun
    await first.aclose()
    await second.aclose()
    pipeline.go.release()
    pipeline.go.release()
    await until(lambda: answer.state == "whole")
    assert kinds(book) == "osssse"
    assert book.records[0].body == b"body"
    assert b"".join(record.data for record in book.records if isinstance(record, Said)) == answer.recording.data
    assert answers.find("alice", answer.id) is answer


async def test_an_answer_that_is_being_given_up_is_not_joined():
    """Who repeats his request in the moment in which the last follower leaves gets an answer, and not its end."""
    pipeline = Pipeline("un", "deux")
    pipeline.go = asyncio.Semaphore(1)
    answers = answers_over(pipeline)
    first = (await answers.record(question(key="k"))).follow()
    await anext(first)
    await first.aclose()
    pipeline.go = asyncio.Semaphore(2)
    again = await answers.record(question(key="k"))
    assert text_of(await bytes_of(again)) == "undeux"


@given(words=st.lists(st.text(min_size=1), min_size=1, max_size=20), after=st.integers(0, 40), data=st.data())
def test_a_follower_gets_exactly_what_he_misses(words, after, data):
    """Whoever has had the first N events, from wherever he joins, gets the events after them and nothing else."""
    joins = data.draw(st.integers(0, len(words)))

    async def follow():
        pipeline = Pipeline(*words)
        pipeline.go = asyncio.Semaphore(joins)
        answers, book = journalled(pipeline)
        book.when_written = lambda call: call()
        answer = await answers.record(question(detach=True))
        while pipeline.go._value:
            await asyncio.sleep(0)
        seen = min(after, answer.recording.last)
        follower = asyncio.ensure_future(bytes_of(answer, seen))
        await asyncio.sleep(0)
        for _ in words:
            pipeline.go.release()
        got, whole = await follower, await bytes_of(answer)
        mark = b"id: %d\n" % (seen + 1)
        assert got == (whole[whole.index(mark) :] if mark in whole else b"")
        assert text_of(whole) == "".join(words)

    asyncio.run(follow())


async def test_a_failure_before_the_first_word_is_raised_to_all():
    """An answer that never began raises the same to each follower, and afterwards says what happened."""
    answers, book = journalled(Pipeline(error=Unanswered([ServerFault("broke", target="a/m")])))
    book.when_written = lambda call: call()
    answer = await answers.record(question(detach=True))
    for _ in range(2):
        with pytest.raises(CallerError) as told:
            await bytes_of(answer)
        assert (told.value.status, answer.state) == (503, "refused")
    assert book.records[-1].told.status == 503


async def test_a_failure_after_it_is_part_of_the_recording():
    """An answer that breaks off says so once, with a number of its own, to early and late followers alike."""
    answers = answers_over(Pipeline("un", error=ServerFault("broke")))
    answer = await answers.record(question(detach=True))
    early, late = await bytes_of(answer), await bytes_of(answer)
    assert early == late
    assert early.count(b'"error"') == 1
    assert early[early.rindex(b"id: ") :].startswith(b"id: %d\n" % answer.recording.last)
    assert b"[DONE]" not in early


async def test_handed_over_is_not_over():
    """When the process ends, a running detached answer has no end in the journal, and its outcome is not told."""
    pipeline = Pipeline("un", "deux")
    pipeline.go = asyncio.Semaphore(1)
    answers, book = journalled(pipeline)
    book.when_written = lambda call: call()
    answer = await answers.record(question(detach=True))
    follower = answer.follow()
    assert text_of(await anext(follower)) == "un"
    await answers.close(CallerError(503, "unavailable", "the end"))
    with pytest.raises(CallerError, match="the end"):
        await anext(follower)
    assert kinds(book) == "os"
    assert (answers.facts, pipeline.closed, answer.state) == ([], 1, "running")


async def test_a_forgotten_answer_is_cancelled_and_gone():
    """Forgetting cancels what runs, is written down, and leaves 410; another caller's answer is 404."""
    pipeline = Pipeline("un", "deux")
    pipeline.go = asyncio.Semaphore(1)
    answers, book = journalled(pipeline)
    book.when_written = lambda call: call()
    answer = await answers.record(question(detach=True, key="k"))
    await until(lambda: answer.recording.last)
    for deed in (answers.find, answers.forget):
        with pytest.raises(CallerError) as told:
            await deed("bob", answer.id)
        assert told.value.status == 404
    await answers.forget("alice", answer.id)
    await until(lambda: pipeline.closed)
    assert kinds(book) == "osx"
    with pytest.raises(CallerError) as told:
        answers.find("alice", answer.id)
    assert told.value.status == 410
    pipeline.go.release()
    pipeline.go.release()
    assert text_of(await bytes_of(await answers.record(question(detach=True, key="k")))) == "undeux"


async def test_taking_up_what_is_not_there_is_refused():
    """A caller who has seen events of a stream that is not kept gets 410, never a second stream from its beginning."""
    pipeline = Pipeline("un")
    answers = answers_over(pipeline)
    for key in ("k", None):
        with pytest.raises(CallerError) as told:
            await answers.record(question(key=key), after=3)
        assert told.value.status == 410
    assert pipeline.started == 0


async def test_taking_up_a_broken_stream_gives_its_end():
    """With the number of the last event the same key gives what is missing of a broken answer; without it, a new try."""
    pipeline = Pipeline("un", error=ServerFault("broke"))
    answers = answers_over(pipeline)
    whole = await bytes_of(await answers.record(question(key="k")))
    answer = await answers.record(question(key="k"), after=1)
    assert await bytes_of(answer, 1) == whole[whole.index(b"id: 2\n") :]
    assert pipeline.started == 1
    with pytest.raises(CallerError) as told:
        await answers.record(question(key="k"), after=99)
    assert told.value.status == 400


async def test_an_answer_is_found_by_its_own_id():
    """The id in the answer's own chunks finds it as ours does, for the caller who asked."""
    answers = answers_over(Pipeline("un"))
    mine = await answers.record(question(detach=True))
    his = await answers.record(question(detach=True, caller=BOB))
    await bytes_of(mine)
    await bytes_of(his)
    assert answers.find(ALICE.key, mine.id) is answers.find(ALICE.key, "own_1") is mine
    with pytest.raises(CallerError) as told:
        answers.find(ALICE.key, his.id)
    assert told.value.status == 404
