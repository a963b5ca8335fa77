"""What the small model gets: what fits, whole, in order, and with an account of what was left out."""

import asyncio

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.chat import ChatRequest, Image, Message, Reasoning, Text, Thinking, ToolCall
from sanspanne.errors import ClientFault
from sanspanne.onboard.prepare import REPLY, SPARE, SYSTEM, TEMPERATURE, Room, prepare
from sanspanne.onboard.tokens import Turns

ROOM = Room(context=2048, prompt=800, reply=512)


async def words(turns: Turns) -> int:
    """A tokenizer for which a word is a token."""
    return sum(len(turn["content"].split()) for turn in turns)


def ask(*texts: str, system: str = "", **more: object) -> ChatRequest:
    """A conversation that begins and ends with the user."""
    turns = [Message("assistant" if number % 2 else "user", (Text(text),)) for number, text in enumerate(texts)]
    messages = (*([Message("system", (Text(system),))] if system else []), *turns)
    return ChatRequest(dialect="openai_chat", model="auto", messages=messages, **more)  # type: ignore[arg-type]


def texts(request: ChatRequest) -> list[str]:
    return [part.text for message in request.messages for part in message.parts if isinstance(part, Text)]


async def test_short_request_keeps_everything() -> None:
    """A short conversation goes as it is, with limits that suit a small model."""
    request, notes = await prepare(ask("Hello!", "Hi.", "How are you?", system="Be kind."), ROOM, words)
    assert texts(request) == ["Be kind.", "Hello!", "Hi.", "How are you?"]
    assert (request.max_tokens, request.temperature) == (REPLY, TEMPERATURE)
    assert (notes.dropped, notes.shortened) == (0, False)


async def test_callers_own_choices_are_kept() -> None:
    """A temperature and a limit that the caller chose are his; more than there is room for is cut, and told."""
    request, notes = await prepare(ask("Hello!", temperature=1.2, max_tokens=50), ROOM, words)
    assert (request.temperature, request.max_tokens, notes.shortened) == (1.2, 50, False)
    request, notes = await prepare(ask("Hello!", max_tokens=5000), ROOM, words)
    assert (request.max_tokens, notes.shortened) == (512, True)


async def test_request_is_translated_and_not_passed_on() -> None:
    """The caller's own fields stay behind, so that what was prepared is what is sent."""
    asked = ask("Hello!", fields={"model": msgspec.Raw(b'"auto"')}, unknown=("x",), reasoning=Reasoning())
    request, _ = await prepare(asked, ROOM, words)
    assert (request.fields, request.unknown, request.reasoning) == ({}, (), None)
    assert asked.fields, "the caller's request itself is not touched"


@pytest.mark.parametrize(("question", "language"), [("bonjour", "fr"), ("hello", "en"), ("Wie geht es dir?", "en")])
async def test_default_system_text_is_in_the_callers_language(question: str, language: str) -> None:
    """Who gives no system text gets ours, one that the engine's slots have read already."""
    request, _ = await prepare(ask(question), ROOM, words)
    assert texts(request)[0] == SYSTEM[language]  # type: ignore[index]


async def test_system_text_stands_first() -> None:
    """System text from anywhere is put first, where every model's template takes it."""
    asked = ask("Hello!", system="One.")
    late = msgspec.structs.replace(asked, messages=(*asked.messages, Message("system", (Text("Two."),))))
    request, _ = await prepare(late, ROOM, words)
    assert texts(request) == ["One.\n\nTwo.", "Hello!"]


async def test_oldest_turns_go_first() -> None:
    """When there is no room the oldest go, the rest begins with a question, and it is noted how many."""
    long = "mot de la conversation " * 100
    request, notes = await prepare(ask(long, "Oui.", long, "Non.", "Et maintenant ?"), ROOM, words)
    assert texts(request) == [SYSTEM["fr"], long, "Non.", "Et maintenant ?"]
    assert notes.dropped == 2


async def test_too_long_a_message_is_refused_with_the_length_that_fits() -> None:
    """A single message is never cut in silence: the refusal says how long it may be, and that length is accepted."""
    with pytest.raises(ClientFault, match=r"can read about (\d+) characters \(800 tokens\)") as refused:
        await prepare(ask("word " * 3000), ROOM, words)
    characters = int(refused.value.message.split("about ")[1].split()[0])
    await prepare(ask("word " * ((characters - len(SYSTEM["en"])) // 5)), ROOM, words)


@pytest.mark.parametrize("part", [Image(url="https://example.org/a.png"), ToolCall("1", "f", "{}")])
async def test_more_than_text_is_refused(part: Image | ToolCall) -> None:
    """Pictures and tools are refused rather than guessed at."""
    asked = ask("Hello!")
    with pytest.raises(ClientFault, match="reads text only"):
        await prepare(msgspec.structs.replace(asked, messages=(Message("user", (part,)),)), ROOM, words)


async def test_thinking_of_others_is_left_out() -> None:
    """Another model's reasoning in the history is not read to the small one."""
    asked = ask("Hello!")
    thought = Message("assistant", (Thinking("hmm"), Text("Hi.")))
    request, _ = await prepare(msgspec.structs.replace(asked, messages=(thought, *asked.messages)), ROOM, words)
    assert texts(request)[1:] == ["Hi.", "Hello!"]


async def test_an_unfinished_answer_stays_with_its_question() -> None:
    """When room is short the oldest turns go; the last question and the answer that has begun stay, whole and in order."""
    long = "mot de la conversation " * 100
    request, notes = await prepare(ask(long, "Oui.", long, "Non.", "Et après ?", "Ensuite, il "), ROOM, words)
    assert texts(request)[1:] == [long, "Non.", "Et après ?", "Ensuite, il "]
    assert (request.messages[-1].role, notes.dropped, notes.begun) == ("assistant", 2, False)


async def test_of_a_long_unfinished_answer_the_end_is_kept() -> None:
    """An answer that has begun and is too long loses its beginning, at a word, and never its end; that is noted."""
    begun = " ".join(f"mot{number}" for number in range(3000))
    request, notes = await prepare(ask("Une question.", "Oui.", "Et après ?", begun), ROOM, words)
    _, question, kept = texts(request)
    assert (question, notes.dropped, notes.begun) == ("Et après ?", 2, True)
    assert begun.endswith(" " + kept)
    assert 300 < len(kept.split()) < 800
    assert notes.prompt_tokens <= ROOM.prompt


async def test_an_unfinished_answer_does_not_push_its_question_out() -> None:
    """A question that is too long is refused in words, also where its answer has begun."""
    with pytest.raises(ClientFault, match="can read about"):
        await prepare(ask("word " * 3000, "The answer is "), ROOM, words)


LINE = st.lists(st.sampled_from(["a", "mot", "été", "日本語", "word"]), max_size=60).map(" ".join)


@given(st.lists(LINE, min_size=1, max_size=12), LINE, st.integers(30, 300), st.integers(1, 400))
def test_what_goes_fits_and_is_a_tail_of_what_came(lines: list[str], system: str, prompt: int, reply: int) -> None:
    """Whatever comes: it is refused, or the system text and an unbroken tail with the last question go, within the budget.

    Of an answer that has begun, with which every second of these conversations ends, at least the end goes.
    """
    room = Room(context=400, prompt=prompt, reply=reply)
    system = system or "Be kind."
    asked = ask(*lines, system=system)
    last = lines[-1:] if len(lines) % 2 else lines[-2:]
    try:
        request, notes = asyncio.run(prepare(asked, room, words))
    except ClientFault:
        least = asyncio.run(words([{"content": text} for text in (system, *last)]))
        assert least > min(prompt, room.context - min(reply, 200) - SPARE), "what would have fitted was refused"
        return
    sent = texts(request)
    assert sent[1:-1] == lines[len(lines) - len(sent) + 1 : -1]
    assert len(sent) > len(last)
    assert lines[-1].endswith(sent[-1])
    assert notes.begun == (sent[-1] != lines[-1])
    assert len(last) == 2 or not notes.begun
    assert notes.dropped == len(lines) - len(sent) + 1
    assert asyncio.run(words([{"content": text} for text in sent])) <= prompt
    assert request.max_tokens is not None
    assert notes.prompt_tokens + request.max_tokens + SPARE <= room.context


@given(st.text(min_size=1, max_size=3000), st.integers(20, 200))
def test_the_end_that_is_kept_ends_as_the_answer_does(begun: str, prompt: int) -> None:
    """Whatever script an unfinished answer is in: what goes is its end, cut between characters, or it is refused."""

    async def letters(turns: Turns) -> int:
        return sum(len(turn["content"]) for turn in turns) // 4

    try:
        request, notes = asyncio.run(prepare(ask("Et ?", begun), Room(2048, prompt, 100), letters))
    except ClientFault:
        return
    assert begun.endswith(texts(request)[-1])
    assert texts(request)[-1]
    assert notes.begun == (texts(request)[-1] != begun)
