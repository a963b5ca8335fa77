"""Conversations stay with the target that took them, and nothing of what was said is remembered."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sanspanne.chat import ChatRequest, Image, Message, Target, Text
from sanspanne.routing.affinity import BEGINNING, IDLE_SECONDS, MOST, Affinity

A, B = Target("a", "m"), Target("b", "m")
SECRET = "the name of my doctor"


class Clock:
    """Time that passes when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def said(role: str, *texts: str) -> Message:
    return Message(role, tuple(Text(text) for text in texts))


def asked(*messages: Message, model: str = "m") -> ChatRequest:
    return ChatRequest(dialect="", model=model, messages=messages)


FIRST = asked(said("system", "Be brief."), said("user", SECRET))


def test_later_turns_are_the_same_conversation() -> None:
    """Every turn brings its beginning along, and so is known."""
    affinity = Affinity(Clock())
    later = asked(*FIRST.messages, said("assistant", "Yes?"), said("user", "And then?"))
    assert affinity.conversation(FIRST, "key") == affinity.conversation(later, "key")


def test_other_beginnings_are_other_conversations() -> None:
    """Another caller, model, system prompt, first message or picture makes another conversation."""
    affinity = Affinity(Clock())
    others = [
        (FIRST, "another key"),
        (asked(*FIRST.messages, model="n"), "key"),
        (asked(said("system", "Be long."), said("user", SECRET)), "key"),
        (asked(said("system", "Be brief."), said("user", SECRET + "!")), "key"),
        (asked(said("user", "Be brief."), said("user", SECRET)), "key"),
        (asked(said("system", "Be brief."), Message("user", (Text(SECRET), Image(url="http://x")))), "key"),
    ]
    names = {affinity.conversation(request, key) for request, key in [*others, (FIRST, "key")]}
    assert len(names) == 7


@given(st.lists(st.text(max_size=4), max_size=4), st.lists(st.text(max_size=4), max_size=4))
def test_the_cut_between_texts_counts(some: list[str], others: list[str]) -> None:
    """Two beginnings have one name only if they are the same texts, whatever these hold."""
    affinity = Affinity(Clock())
    one, another = asked(said("user", *some)), asked(said("user", *others))
    assert (affinity.conversation(one, "") == affinity.conversation(another, "")) == (some == others)


def test_nothing_that_was_said_is_remembered() -> None:
    """What is kept is a hash under a key of this process: two processes give a conversation two names."""
    affinity = Affinity(Clock())
    name = affinity.conversation(FIRST, "key")
    affinity.note(name, A)
    assert SECRET.encode() not in b"".join(affinity.kept)
    assert Affinity(Clock()).conversation(FIRST, "key") != name


def test_a_long_prompt_costs_little() -> None:
    """Only the beginning of a long text is looked at."""
    affinity = Affinity(Clock())
    long = "x" * BEGINNING
    one, another = asked(said("user", long + "1")), asked(said("user", long + "2"))
    assert affinity.conversation(one, "") == affinity.conversation(another, "")


def test_an_idle_conversation_is_forgotten() -> None:
    """After ten minutes without an answer nobody is bound any more; each answer begins the ten minutes anew."""
    clock = Clock()
    affinity = Affinity(clock)
    affinity.note(b"1", A)
    affinity.note(b"2", B)
    clock.now += IDLE_SECONDS - 1
    affinity.note(b"1", A)
    clock.now += 1
    assert (affinity.target_of(b"1"), affinity.target_of(b"2")) == (A, None)
    clock.now += IDLE_SECONDS
    assert affinity.target_of(b"3") is None
    assert not affinity.kept


def test_the_oldest_makes_room() -> None:
    """However many conversations there are, a bounded number is remembered: the latest."""
    affinity = Affinity(Clock())
    for number in range(MOST + 1):
        affinity.note(str(number).encode(), A)
    assert len(affinity.kept) == MOST
    assert (affinity.target_of(b"0"), affinity.target_of(b"1")) == (None, A)
