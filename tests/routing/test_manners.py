"""The order of a chain: affinity, return and warmth together, and nobody is ever lost from it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.chat import ChatRequest, Message, Target, Text
from sanspanne.hooks import AttemptEnded, TargetMoved
from sanspanne.routing.chains import ONBOARD, Chain
from sanspanne.routing.manners import Manners

A, B, C = Target("a", "m"), Target("b", "m"), Target("c", "m")
CHAIN = Chain((A, B, C, ONBOARD))
WARM = Chain((A, B, C, ONBOARD), warm=0.03)


def beginning(about: str) -> ChatRequest:
    return ChatRequest(dialect="", model="m", messages=(Message("user", (Text(about),)),))


def talk(about: str) -> ChatRequest:
    said = Message("user", (Text(about),)), Message("assistant", (Text("Yes."),)), Message("user", (Text("And?"),))
    return ChatRequest(dialect="", model="m", messages=said)


class World:
    """Manners on a clock of the tests' own; those in `unfit` have something against them."""

    def __init__(self) -> None:
        self.now = 0.0
        self.unfit: set[Target] = set()
        self.manners = Manners(lambda: self.now, lambda target: target not in self.unfit)

    def move(self, target: Target, after: str) -> None:
        self.manners.observe(TargetMoved(str(target), "", after, "because"))

    def out_and_back(self, target: Target, seconds: float = 60.0) -> None:
        self.move(target, "open")
        self.now += seconds
        self.move(target, "closed")

    def ended(self, target: Target, outcome: str, *, probe: bool = False) -> None:
        self.manners.observe(AttemptEnded("ans", str(target), outcome, probe=probe))

    def order(self, chain: Chain = CHAIN, about: str = "weather") -> list[Target]:
        return list(self.manners.order(chain, chain.targets, talk(about), "key"))

    def settled(self, target: Target, about: str = "weather") -> None:
        self.manners.settled(talk(about), "key", target, target not in (A, ONBOARD))


def test_while_nothing_happens_the_order_is_the_chain_itself() -> None:
    """Without an incident and without warmth nothing is copied, counted or looked up."""
    world = World()
    world.settled(B)  # one fallback is no incident
    assert world.manners.order(CHAIN, CHAIN.targets, talk("weather"), "key") is CHAIN.targets


# --- coming back


def test_who_returns_leads_by_his_share_and_else_stands_last() -> None:
    """A returning target gets the first request, and else follows the other hosted ones, before the model on board."""
    world = World()
    world.out_and_back(A)
    assert world.order() == [A, B, C, ONBOARD]
    assert [world.order() for _ in range(99)] == [[B, C, A, ONBOARD]] * 99
    assert world.order()[0] == A


def test_a_standby_that_returns_is_not_counted_while_another_leads() -> None:
    """The share of a standby is one of the requests that would be its own: those while the ones before it are out."""
    world = World()
    world.out_and_back(B)
    assert world.order() == [A, C, B, ONBOARD]
    world.move(A, "open")
    assert world.order() == [A, B, C, ONBOARD]
    assert world.order() == [A, C, B, ONBOARD]


def test_when_all_return_at_once_the_first_leads() -> None:
    """With nobody else to carry the load the chain's order stands."""
    world = World()
    for target in (A, B, C):
        world.out_and_back(target)
    assert all(sorted(world.order()[:3], key=str) == [A, B, C] for _ in range(10))
    assert world.order() == [A, B, C, ONBOARD]


@pytest.mark.parametrize(("outcome", "leads"), [("overloaded", 1), ("server_error", 1), ("timeout", 1), ("left", 5)])
def test_what_attempts_meet_decides_the_steps(outcome: str, leads: int) -> None:
    """An outage's failure keeps a target at its step; a caller who leaves does not."""
    world = World()
    world.out_and_back(A, 10.0)
    world.order()
    world.now += 10.0
    world.ended(A, outcome)
    assert sum(world.order()[0] == A for _ in range(100)) == leads


def test_probes_are_no_answers() -> None:
    """A probe that is answered moves nobody up: it is the users' requests that count."""
    world = World()
    world.out_and_back(A, 10.0)
    world.order()
    world.now += 10.0
    world.ended(A, "answered", probe=True)
    assert sum(world.order()[0] == A for _ in range(100)) == 1
    world.ended(A, "answered")
    world.ended(A, "answered")
    assert sum(world.order()[0] == A for _ in range(100)) == 5


# --- conversations


def test_a_conversation_stays_with_who_took_it() -> None:
    """What another target has begun to talk about stays with it, also when the first one is back; other talk goes home."""
    world = World()
    world.move(A, "open")
    world.settled(C)
    assert world.order() == [A, C, B, ONBOARD]  # A is out: it is passed over, and that it was wanted is seen
    assert world.order(about="cooking") == [A, B, C, ONBOARD]
    world.move(A, "closed")
    assert world.order() == [C, B, A, ONBOARD]
    assert world.order(about="cooking")[0] == A  # the first request of its return was not used up by the talk with C


def test_who_only_begins_to_talk_is_bound_to_nobody() -> None:
    """A question that begins a conversation goes by the chain's order, even if another began with the same words."""
    world = World()
    world.move(A, "open")
    world.manners.settled(beginning("weather"), "key", C, True)
    assert list(world.manners.order(CHAIN, CHAIN.targets, beginning("weather"), "key")) == [A, B, C, ONBOARD]


def test_a_conversation_goes_home_after_ten_minutes() -> None:
    """A conversation that was idle for ten minutes begins with the chain's first again."""
    world = World()
    world.move(A, "open")
    world.settled(C)
    world.now += 600.0
    assert world.order() == [A, B, C, ONBOARD]


def test_a_conversation_goes_on_being_bound_while_it_goes_on() -> None:
    """After the end of the incident a conversation stays where it is, as long as it goes on, and no new one is bound."""
    world = World()
    world.out_and_back(A, 1.0)
    world.settled(C)
    for _ in range(10):
        world.now += 400.0
        world.ended(A, "answered")
        world.settled(C)
    world.settled(B, "cooking")
    assert world.order() == [C, A, B, ONBOARD]
    assert world.order(about="cooking") == [A, B, C, ONBOARD]


def test_who_took_it_and_is_out_is_passed_over() -> None:
    """When the target that took a conversation goes out too, the chain's order stands; who answers then takes it."""
    world = World()
    world.move(A, "open")
    world.settled(C)
    world.move(C, "open")
    assert world.order() == [A, B, C, ONBOARD]
    world.move(C, "closed")
    assert world.order() == [A, C, B, ONBOARD]
    world.settled(B)
    assert world.order() == [A, B, C, ONBOARD]


def test_a_conversation_that_is_back_is_not_bound() -> None:
    """The chain's first has answered: the conversation is at home, and nothing is remembered of it."""
    world = World()
    world.move(A, "open")
    world.settled(C)
    world.settled(A)
    assert world.order() == [A, B, C, ONBOARD]


def test_the_model_on_board_takes_no_conversation() -> None:
    """An answer of the model on board binds nobody to it."""
    world = World()
    world.move(A, "open")
    world.manners.settled(talk("weather"), "key", ONBOARD, True)
    assert world.order() == [A, B, C, ONBOARD]


# --- warmth


@pytest.mark.parametrize("warm", [0.0, 0.001, 0.02, 0.03, 0.05])
def test_standbys_get_exactly_their_share_in_turn(warm: float) -> None:
    """Of a thousand requests the standbys get the configured share, each its part, and the others follow in their order."""
    world = World()
    chain = Chain(CHAIN.targets, warm=warm)
    orders = [world.order(chain) for _ in range(2000)]
    b, c = orders.count([B, A, C, ONBOARD]), orders.count([C, A, B, ONBOARD])
    assert (b + c, b - c) == (round(2000 * warm), round(2000 * warm) % 2)
    assert orders.count(list(CHAIN.targets)) == 2000 - b - c


def test_only_standbys_without_blemish_are_kept_warm() -> None:
    """Who has anything against him, or has just come back, gets none of it; what nobody could take is not made up for."""
    world = World()
    world.unfit = {B, C}
    assert {world.order(WARM)[0] for _ in range(1000)} == {A}
    world.unfit = {C}
    assert [world.order(WARM)[0] for _ in range(30)].count(B) == 1
    world.out_and_back(B)
    assert {world.order(WARM)[0] for _ in range(1000)} == {A}


def test_a_conversation_is_not_moved_for_warmth() -> None:
    """Who took a conversation keeps it, whoever else is to be kept warm."""
    world = World()
    world.move(A, "open")
    world.settled(C)
    assert {world.order(WARM)[1] for _ in range(200)} == {C}


def test_in_an_outage_the_others_are_kept_warm() -> None:
    """While the first is out its standby leads, and what is kept warm are the standbys behind that one."""
    world = World()
    world.move(A, "open")
    orders = [tuple(world.order(WARM)) for _ in range(1000)]
    assert (orders.count((A, C, B, ONBOARD)), orders.count((A, B, C, ONBOARD))) == (30, 970)


def test_a_chain_of_one_has_no_standby() -> None:
    """With one hosted target, or none, warmth changes nothing."""
    world = World()
    for chain in (Chain((A, ONBOARD), warm=0.05), Chain((ONBOARD,), warm=0.05)):
        assert all(world.order(chain) == list(chain.targets) for _ in range(50))


# --- all of it together

targets = st.sampled_from([A, B, C])
events = st.lists(
    st.one_of(
        st.tuples(st.just("move"), targets, st.sampled_from(["open", "suspended", "closed"])),
        st.tuples(st.just("ended"), targets, st.sampled_from(["answered", "left", "overloaded"])),
        st.tuples(st.just("settled"), targets, st.sampled_from(["weather", "cooking"])),
        st.tuples(st.just("order"), st.permutations([A, B, C, ONBOARD]), st.integers(1, 4)),
        st.tuples(st.just("wait"), st.floats(0, 400), st.none()),
    ),
    max_size=40,
)


@given(events)
def test_the_order_is_always_a_permutation(happens: list[tuple]) -> None:
    """Whatever has happened, nobody is lost from the order or asked twice, and the model on board keeps its place."""
    world = World()
    for what, who, more in happens:
        if what == "wait":
            world.now += who
        elif what == "order":
            given_order = who[:more]
            ordered = list(world.manners.order(Chain(tuple(who), warm=0.05), given_order, talk("weather"), "key"))
            assert sorted(ordered, key=str) == sorted(given_order, key=str)
            assert [target == ONBOARD for target in ordered] == [target == ONBOARD for target in given_order]
        else:
            getattr(world, what)(who, more)
