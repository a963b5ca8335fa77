"""Event streams cut into events by bytes."""

import pytest

from sanspanne.dialects.sse import Splitter

MARK = "\ufeff".encode()


@pytest.mark.parametrize("cut", [1, 2, 3, 4, 9])
def test_a_byte_order_mark_hides_no_event(cut):
    """A mark before the first event is no part of it, wherever the network cuts; later it is an ordinary character."""
    stream = MARK + b"data: one\n\n" + b"data: " + MARK + b"two\n\n"
    splitter = Splitter()
    events = splitter.feed(stream[:cut]) + splitter.feed(stream[cut:]) + splitter.close()
    assert [(event.data, event.stray) for event in events] == [(b"one", b""), (MARK + b"two", b"")]
    assert events[0].raw == b"data: one\n\n"


def test_half_a_mark_at_the_end_is_no_event():
    """A stream that ends within the mark has put stray bytes on the wire."""
    splitter = Splitter()
    assert splitter.feed(MARK[:2]) == []
    assert [event.stray for event in splitter.close()] == [MARK[:2]]


@pytest.mark.parametrize("block", [b"event: ping", b"event: content_blo", b"data:", b"data: ", b"event: ping\ndata:"])
def test_an_event_without_data_is_not_passed_on(block):
    """No browser dispatches it, and the official client of OpenAI stumbles over it; a comment in it stays."""
    assert [event.raw for event in Splitter().feed(block + b"\n\n")] == [b""]
    assert [event.raw for event in Splitter().feed(b": still here\n" + block + b"\n\n")] == [b": still here\n\n"]
