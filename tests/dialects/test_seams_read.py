"""The seams of an answer, out of the bytes that its caller got."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.chat import Begun, ChatRequest, Ended, Frame, Seam, Stop, Stopped, StopReason, TextDelta
from sanspanne.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from sanspanne.dialects.base import Identity
from sanspanne.dialects.numbering import NumberedWriter
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.dialects.seams import seams_in

DIALECTS = (OPENAI_CHAT, ANTHROPIC_MESSAGES)
WORDS = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
SEAMS = st.builds(Seam, WORDS, WORDS, WORDS, WORDS, st.integers(0, 10**6), st.booleans())


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
@given(seams=st.lists(SEAMS, max_size=3), said=WORDS)
def test_what_was_told_is_read_again(dialect, seams, said):
    """Whatever stands in a seam, and whatever the text says, exactly the seams that were written are found again."""
    request = ChatRequest(dialect=dialect.name, model="m", stream=True)
    writer = NumberedWriter(dialect.writer(request, Identity("ans_1", "m", 1)))
    text = TextDelta(said + ' {"sanspanne":{"seam":{}}} data: "sanspanne"\n')
    batches = [(Begun("a", "m"), text), *((seam, text) for seam in seams), (Stopped(Stop(StopReason.END)), Ended())]
    data = b"".join(writer.write([Frame("x", b"", events)]) for events in batches)
    assert list(seams_in(data)) == seams


@given(st.binary(), st.binary())
def test_no_bytes_upset_it(before, after):
    """Bytes that are no stream of ours hold no seams, and are no error."""
    assert list(seams_in(before + b'\ndata: {"sanspanne":' + after)) == []
