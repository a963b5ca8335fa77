"""Half characters in requests."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.chat import Text
from sanspanne.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.dialects.surrogates import whole_characters
from sanspanne.errors import CallerError


@given(st.text(st.characters(min_codepoint=0, max_codepoint=0x10FFFF), max_size=40))
def test_halves_are_replaced_and_nothing_else(text):
    """Every string that JSON can carry is readable afterwards, and one without halves is unchanged."""
    mended = whole_characters(json.dumps(text).encode())
    expected = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    read = msgspec.json.decode(mended)
    if not any(0xD800 <= ord(character) <= 0xDFFF for character in text):
        assert read == text == expected
    assert len(read) <= len(text)


@pytest.mark.parametrize("dialect", [OPENAI_CHAT, ANTHROPIC_MESSAGES], ids=lambda dialect: dialect.name)
def test_a_cut_emoji_does_not_cost_the_question(dialect):
    """A request whose text ends in half an emoji is read, with a replacement character in its place."""
    body = rb'{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"C:\\users \ud83d\ude00 \ud83d"}]}'
    request = dialect.read_request(body, {})
    assert request.messages[-1].parts == (Text("C:\\users 😀 \ufffd"),)
    assert b"\\ud83d\\ude00" in bytes(request.fields["messages"])


@pytest.mark.parametrize("dialect", [OPENAI_CHAT, ANTHROPIC_MESSAGES], ids=lambda dialect: dialect.name)
def test_a_faulty_request_stays_faulty(dialect):
    """Halves are not what is wrong with a request that has other faults: it is still refused."""
    with pytest.raises(CallerError):
        dialect.read_request(rb'{"model":"m","messages":"\ud83d"', {})
