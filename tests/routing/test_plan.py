"""The plan of an answer: who is asked, who is not, and what the caller is told when nobody can be."""

import pytest

from sanspanne.chat import Capability, ChatRequest, Rung, Target
from sanspanne.errors import CallerError, ClientFault, ContentRefused, Obstacle, ServerFault
from sanspanne.routing.chains import ONBOARD, Chain, Chains
from sanspanne.routing.plan import Planner

A, B = Target("a", "m1"), Target("b", "m2")
EVERYTHING = frozenset(Capability)


class Health:
    """Targets are well unless they are in `down`."""

    def __init__(self, *down):
        self.down = set(down)
        self.hoped = set()
        self.wanted = []

    def obstacle(self, target):
        return Obstacle("is down") if target in self.down else None

    def want(self, target):
        self.wanted.append(target)

    def hope(self, target):
        return target in self.hoped


def planner(health=None, can=None, may_repeat=False, chain=(A, B, ONBOARD)):
    """A planner over one chain; `can` maps a target to its capabilities (default: everything)."""
    chains = Chains({"m": Chain(tuple(chain))}, providers=("a", "b"), direct=False)
    capabilities = can or {}
    return Planner(
        chains.find, lambda t: capabilities.get(t, EVERYTHING), health or Health(), may_repeat=lambda: may_repeat
    )


def request(**fields):
    """A request for the model `m`."""
    return ChatRequest(dialect="openai_chat", **{"model": "m", **fields})


def targets(plan):
    """The targets that a plan would ask if all of them failed over."""
    return [step.target for step in plan.steps([])]


def test_the_chain_is_asked_in_its_order():
    """Targets come in the order of the chain, each with the rung of its place."""
    steps = list(planner().plan(request(), None).steps([]))
    assert [step.target for step in steps] == [A, B, ONBOARD]
    assert [step.rung for step in steps] == [Rung.PRIMARY, Rung.FALLBACK, Rung.ONBOARD]


def test_a_target_that_is_down_is_skipped_and_wanted():
    """A target with an obstacle is not asked; that it was wanted is told, so that it is probed, and why it was skipped."""
    health = Health(A)
    plan = planner(health).plan(request(), None)
    assert targets(plan) == [B, ONBOARD]
    assert health.wanted == [A]
    assert plan.skipped == [("a/m1", Obstacle("is down"))]


def test_what_goes_down_meanwhile_is_skipped_too():
    """The plan looks at a target when its turn comes, not when the request came."""
    health = Health()
    steps = planner(health).plan(request(), None).steps([])
    assert next(steps).target == A
    health.down.add(B)
    assert next(steps).target == ONBOARD


def test_the_callers_wish_narrows_and_never_widens():
    """Only providers in `x-sanspanne-allow` are asked; if none of the chain is, that is a 403 with an example."""
    assert targets(planner().plan(request(), frozenset({"b"}))) == [B]
    assert targets(planner().plan(request(), frozenset({"b", "elsewhere"}))) == [B]
    with pytest.raises(CallerError, match="x-sanspanne-allow: a") as told:
        planner().plan(request(), frozenset({"elsewhere"}))
    assert told.value.status == 403


def test_a_target_that_cannot_serve_the_request_is_left_out():
    """A request with tools goes only to targets that have tools."""
    can = {A: frozenset({Capability.STOP}), ONBOARD: frozenset()}
    assert targets(planner(can=can).plan(request(needs={Capability.TOOLS: "tools"}), None)) == [B]


def test_if_none_could_ever_serve_it_the_field_is_named():
    """When no target of the chain can serve a field even when healthy, that is a 400 which names the field."""
    can = {A: frozenset(), B: frozenset(), ONBOARD: frozenset()}
    with pytest.raises(CallerError) as told:
        planner(can=can).plan(request(needs={Capability.LOGPROBS: "logprobs"}), None)
    assert (told.value.status, told.value.param) == (400, "logprobs")


def test_the_model_on_board_alone_says_503_to_tools():
    """Where only the model on board is left, tools are answered by 503 rather than by a small model's guess."""
    with pytest.raises(CallerError) as told:
        planner(can={ONBOARD: frozenset()}, chain=(ONBOARD,)).plan(request(needs={Capability.TOOLS: "tools"}), None)
    assert told.value.status == 503


@pytest.mark.parametrize("failure", [ServerFault("broke"), None])
@pytest.mark.parametrize("may_repeat", [True, False])
def test_a_lone_target_is_repeated_once_if_the_budget_allows(failure, may_repeat):
    """A chain of one target gets one more step after a failure that may pass, and only from the budget."""
    plan = planner(may_repeat=may_repeat, chain=(A,)).plan(request(), None)
    steps = list(plan.steps([failure] if failure else []))
    assert len(steps) == (2 if failure and may_repeat else 1)


def test_a_faulty_request_ends_at_the_first_target_only():
    """What the first target says of the request is final; what a standby says of it after an outage is not."""
    plan = planner().plan(request(), None)
    fault, outage = ClientFault("bad"), ServerFault("broke")
    assert plan.is_final(fault, [fault])
    assert not plan.is_final(fault, [outage, fault])
    assert not plan.is_final(outage, [outage])


def test_a_standby_of_a_target_that_is_known_to_be_down_ends_nothing():
    """When the first target was not even asked, what a standby says of the request is not final either."""
    plan = planner(Health(A)).plan(request(), None)
    steps = plan.steps([])
    assert next(steps).target == B
    assert not plan.is_final(ClientFault("too long for me"), [ClientFault("too long for me")])


def test_a_refusal_by_policy_is_final_wherever_it_comes():
    """After an outage too nobody asks on elsewhere for what a standby has refused by its policy."""
    plan = planner().plan(request(), None)
    outage, refusal = ServerFault("broke"), ContentRefused("no")
    assert plan.is_final(refusal, [outage, refusal])


def test_a_hedge_that_has_failed_is_not_asked_again():
    """A standby that has failed while it raced the target before it is passed over when its turn comes."""
    failures = []
    steps = planner().plan(request(), None).steps(failures)
    assert next(steps).target == A
    failures += [ServerFault("broke", target=str(A)), ServerFault("broke too", target=str(B))]
    assert next(steps).target == ONBOARD


C = Target("c", "m3")
BROKE = [ServerFault("cut", target=str(B))]


def others(broken, failures, health=None, can=None, chain=(A, B, C, ONBOARD), needs=None, allow=None):
    """Who would take over, as targets."""
    plan = planner(health, can, chain=chain).plan(request(needs=needs or {}), allow)
    return [step.target for step in plan.others(broken, failures)]


def test_a_broken_answer_is_taken_over_in_the_order_of_the_chain():
    """The chain stands ready in its order, also what stands before the broken target; that one comes last."""
    assert others(B, BROKE) == [A, C, ONBOARD, B]
    assert others(A, [ServerFault("cut", target=str(A))]) == [B, C, ONBOARD, A]


def test_who_takes_over_has_the_rung_of_its_place_and_no_pause():
    """A step that takes over is labelled as any other, and made at once."""
    steps = planner().plan(request(), None).others(B, BROKE)
    assert [(step.rung, step.pause) for step in steps] == [
        (Rung.PRIMARY, 0.0),
        (Rung.ONBOARD, 0.0),
        (Rung.FALLBACK, 0.0),
    ]


def test_who_has_failed_already_does_not_take_over():
    """Neither what failed before the first word nor what broke while it took over is asked once more."""
    assert others(B, [ServerFault("down", target=str(A)), *BROKE]) == [C, ONBOARD, B]
    assert others(C, [*BROKE, ServerFault("cut too", target=str(C))]) == [A, ONBOARD, C]


def test_only_the_allowed_and_the_able_take_over():
    """A broken answer goes on at no provider and at no target that the request could not have begun with."""
    assert others(B, BROKE, allow=frozenset({"b", "c"})) == [C, B]
    can = {A: frozenset(), ONBOARD: frozenset()}
    assert others(B, BROKE, can=can, needs={Capability.TOOLS: "tools"}) == [C, B]


def test_what_is_down_does_not_take_over_but_was_wanted():
    """A target with an obstacle is passed over, the broken one too, and told that it was wanted; why is kept."""
    health = Health(A, B)
    assert others(B, BROKE, health=health) == [C, ONBOARD]
    assert health.wanted == [A, B]
    plan = planner(Health(A)).plan(request(), None)
    plan.others(None, [])
    assert [target for target, _ in plan.skipped] == [str(A)]


def test_who_may_soon_be_back_is_waited_for_last():
    """Somebody is reading: behind all who can take over now stand those who are out, but answered a moment ago."""
    health = Health(A, B)
    health.hoped = {B}
    assert others(B, BROKE, health=health) == [C, ONBOARD, B]


def test_the_model_on_board_does_not_take_over_from_itself():
    """When the model on board breaks off, its engine is the cause: only what is hosted may go on."""
    assert others(ONBOARD, [ServerFault("cut", target=str(ONBOARD))]) == [A, B, C]
    assert others(ONBOARD, [ServerFault("cut", target=str(ONBOARD))], chain=(ONBOARD,)) == []


def test_an_unknown_model_names_the_nearest():
    """A misspelt model is a 404 with the nearest right name; a name of 10,000 characters is not repeated whole."""
    chains = Chains({"gpt": Chain((A,)), "claude": Chain((B,))}, providers=("a",), direct=True)
    with pytest.raises(CallerError, match="did you mean 'claude'") as told:
        chains.find("claud")
    assert (told.value.status, told.value.code) == (404, "model_not_found")
    with pytest.raises(CallerError) as told:
        chains.find("x" * 10_000)
    assert len(told.value.message) < 400


def test_one_target_may_be_named_where_no_models_are_configured():
    """`provider/model` is that target alone, without failover; only for providers that there are."""
    chains = Chains({"auto": Chain((A, ONBOARD))}, providers=("a",), direct=True)
    assert chains.find("a/anything/at-all").targets == (Target("a", "anything/at-all"),)
    with pytest.raises(CallerError):
        chains.find("b/m")
    with pytest.raises(CallerError):
        Chains({"m": Chain((A,))}, providers=("a",), direct=False).find("a/m1")
