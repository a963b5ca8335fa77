"""Output tokens are charged as they stream."""

from hypothesis import given
from hypothesis import strategies as st

from sanspanne.admission.queue.charging import Charging


class Said:
    """An attempt that has said so many characters, so many of them in dense scripts."""

    def __init__(self, characters: int = 0, dense: int = 0) -> None:
        self.said = characters, dense


class Charges:
    """What was charged to whom."""

    def __init__(self) -> None:
        self.of: dict[str, float] = {}
        self.calls = 0

    def charge(self, tenant: str, tokens: float) -> None:
        self.of[tenant] = self.of.get(tenant, 0.0) + tokens
        self.calls += 1


def metered() -> tuple[Charging, Charges, dict[int, Said]]:
    charges, running = Charges(), {}
    meter = Charging(charges, running)
    return meter, charges, running


def begin(meter: Charging, running: dict[int, Said], number: int = 1) -> Said:
    meter.begin(number, "mine")
    running[number] = Said()
    return running[number]


def test_what_was_said_is_charged_when_somebody_asks():
    """Each settlement charges what was said since the last one, and nothing where nothing was said."""
    meter, charges, running = metered()
    attempt = begin(meter, running)
    attempt.said = 400, 0
    meter.settle()
    meter.settle()
    assert (charges.of, charges.calls) == ({"mine": 100}, 1)
    attempt.said = 800, 0
    meter.settle()
    assert charges.of == {"mine": 200}


@given(st.lists(st.tuples(st.integers(0, 500), st.booleans())), st.integers(0, 100))
def test_in_the_end_it_is_charged_once(growth, used):
    """However often it was settled on the way, in the end what it has used is charged, be it less than was estimated."""
    meter, charges, running = metered()
    attempt = begin(meter, running)
    for more, settles in growth:
        attempt.said = attempt.said[0] + more, 0
        if settles:
            meter.settle()
    del running[1]
    meter.end(1, used)
    meter.settle()
    assert charges.of.get("mine", 0) == used


def test_every_attempt_of_an_answer_is_charged_to_its_tenant():
    """Two attempts at once, a hedge say, are both charged."""
    meter, charges, running = metered()
    for number in (1, 2):
        begin(meter, running, number).said = 40, 0
    meter.settle()
    for number in (1, 2):
        del running[number]
        meter.end(number, 20)
    assert charges.of == {"mine": 40}


def test_what_nobody_told_of_is_charged_to_nobody():
    """Our own probes, and attempts of answers that nobody told of, cost no tenant anything."""
    meter, charges, running = metered()
    running[1] = Said(400)
    meter.settle()
    meter.end(1, 100)
    assert charges.of == {}
