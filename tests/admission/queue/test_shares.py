"""How much of the service is left to those who wait."""

from replayed import Clock

from sanspanne.admission.queue.shares import Shares


def started(shares: Shares, **tenants: int) -> None:
    for tenant, starts in tenants.items():
        for _ in range(starts):
            shares.started(tenant)


def test_all_is_open_to_who_was_not_served_more_than_others():
    """A tenant that nobody knows, or that had its part and no more, is not told that others will overtake it."""
    shares = Shares(Clock())
    assert shares.left_to("new", ()) == 1.0
    started(shares, one=10, two=10, three=15)
    assert shares.left_to("three", ("one",)) == 1.0
    assert shares.left_to("new", ("one",)) == 1.0


def test_who_floods_has_what_those_who_wait_had():
    """Of a tenant that had half of all starts, half is left while it waits alone, and more while others wait with it."""
    shares = Shares(Clock())
    started(shares, heavy=50, **{f"light{number}": 5 for number in range(10)})
    assert shares.left_to("heavy", ("heavy",)) == 0.5
    assert shares.left_to("heavy", ("heavy", "light1", "light2")) == 0.6


def test_starts_are_forgotten():
    """After some minutes nobody is known any more."""
    clock = Clock()
    shares = Shares(clock)
    started(shares, heavy=50, light=1)
    clock.time = 600.0
    assert shares.left_to("heavy", ("heavy",)) == 1.0
    assert shares._starts == {}


def test_a_start_counts_half_after_half_a_minute():
    """Forty starts half a minute ago weigh as much as the twenty of those who came since."""
    clock = Clock()
    shares = Shares(clock)
    started(shares, heavy=40)
    clock.time = 30.0
    assert shares.left_to("heavy", ("heavy",)) == 1.0
    started(shares, **{f"light{number}": 2 for number in range(10)})
    assert shares.left_to("heavy", ("heavy",)) == 0.5
