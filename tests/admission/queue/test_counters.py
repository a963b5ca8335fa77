"""The virtual token counters: who has been served how much, and for how long it is held against him."""

import pytest
from replayed import Clock

from sanspanne.admission.queue.counters import Counters


def test_what_is_beyond_the_smallest_halves_in_a_minute_without_waiting():
    """Who was served much, and then asks no more, is soon like the others; who waits keeps what he has."""
    clock = Clock()
    counters = Counters(clock)
    counters.said("least", 10)  # each output token counts twice
    counters.started("gone", 420)
    counters.started("waits", 420)
    clock.time = 60.0
    counters.begins_to_wait("least", ("least", "waits"))
    assert counters.of("gone") == pytest.approx(20 + (420 - 20) / 2)
    assert counters.of("waits") == 420
    clock.time = 3600.0
    counters.begins_to_wait("least", ("least", "waits"))
    assert counters.of("gone") == counters.of("nobody knows it") == 20
