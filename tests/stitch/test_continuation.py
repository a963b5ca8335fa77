"""What another target is asked so that it goes on."""

import msgspec

from sanspanne.chat import ChatRequest, Message, Reasoning, Text
from sanspanne.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.stitch.continuation import FEWEST_TOKENS, anchored, prefilled

SAID = "Il était une fois "


def asked(dialect, **fields):
    body = {"model": "m", "messages": [{"role": "user", "content": "Raconte."}], "max_tokens": 500, **fields}
    return dialect.read_request(msgspec.json.encode(body), {})


def wire(request, dialect):
    return msgspec.json.decode(msgspec.json.encode(dialect.write_request(request, "m2").fields))


def test_a_prefill_ends_with_the_unfinished_turn():
    """What was said is the last turn, without the white space at its end, which some engines refuse."""
    fields = wire(prefilled(asked(OPENAI_CHAT), SAID), OPENAI_CHAT)
    assert fields["messages"][-1] == {"role": "assistant", "content": "Il était une fois"}
    assert len(fields["messages"]) == 2


def test_an_anchor_is_asked_for_by_the_user():
    """All of what was said stands in the assistant's turn, and a turn of the user asks to go on."""
    fields = wire(anchored(asked(OPENAI_CHAT), SAID, "une fois", "Continue: une fois"), OPENAI_CHAT)
    assert [turn["role"] for turn in fields["messages"]] == ["user", "assistant", "user"]
    assert fields["messages"][1]["content"] == SAID
    assert fields["messages"][2]["content"] == "Continue: une fois"


def test_the_callers_own_fields_are_kept():
    """A field that we do not know reaches a target of the same dialect in a continuation too."""
    for dialect in (OPENAI_CHAT, ANTHROPIC_MESSAGES):
        fields = wire(prefilled(asked(dialect, field_of_tomorrow={"a": 1}), SAID), dialect)
        assert fields["field_of_tomorrow"] == {"a": 1}


def test_the_limit_of_tokens_is_reduced_by_what_was_said():
    """A continuation may say what is left of the limit, and never nothing at all."""
    request = asked(OPENAI_CHAT)
    assert wire(prefilled(request, "a" * 400), OPENAI_CHAT)["max_tokens"] == 400
    assert wire(prefilled(request, "a" * 4000), OPENAI_CHAT)["max_tokens"] == FEWEST_TOKENS
    other = asked(OPENAI_CHAT, max_tokens=None, max_completion_tokens=300)
    assert wire(prefilled(other, "a" * 400), OPENAI_CHAT)["max_completion_tokens"] == 200


def test_no_limit_stays_no_limit():
    """Who set no limit of tokens gets none for the continuation."""
    body = {"model": "m", "messages": [{"role": "user", "content": "Raconte."}]}
    request = OPENAI_CHAT.read_request(msgspec.json.encode(body), {})
    assert "max_tokens" not in wire(prefilled(request, SAID), OPENAI_CHAT)


def test_the_callers_own_beginning_grows():
    """A caller who began the answer himself has one turn of the assistant, his beginning and what was said after it."""
    body = {
        "model": "m",
        "max_tokens": 500,
        "messages": [{"role": "user", "content": "Raconte."}, {"role": "assistant", "content": "Conte : "}],
    }
    request = ANTHROPIC_MESSAGES.read_request(msgspec.json.encode(body), {})
    messages = wire(prefilled(request, SAID), ANTHROPIC_MESSAGES)["messages"]
    assert [turn["role"] for turn in messages] == ["user", "assistant"]
    assert "Conte : Il était une fois" in str(messages[-1]["content"])


def test_a_prefill_asks_for_no_thought():
    """Engines that continue an unfinished message refuse to think before it."""
    request = asked(ANTHROPIC_MESSAGES, max_tokens=5000, thinking={"type": "enabled", "budget_tokens": 2000})
    assert "thinking" not in wire(prefilled(request, SAID), ANTHROPIC_MESSAGES)
    plain = ChatRequest(
        dialect="x", model="m", messages=(Message("user", (Text("?"),)),), reasoning=Reasoning(effort="high")
    )
    assert prefilled(plain, SAID).reasoning.enabled is False
