"""What a caller is told of each failure."""

from __future__ import annotations

import pytest

from sanspanne.errors import (
    FAILURES,
    CallerError,
    ClientFault,
    ContentRefused,
    CredentialFailure,
    Failure,
    ModelGone,
    Obstacle,
    Overloaded,
    RateLimited,
    ServerFault,
    Stalled,
    Unanswered,
    WireError,
)
from sanspanne.server.exchange import error_headers
from sanspanne.server.refusals import to_caller


def test_client_fault_keeps_the_providers_words() -> None:
    """A request that is wrong is told so with the provider's own sentence, field and code."""
    wire = WireError(422, message="temperature must be below 2", param="temperature", code="too_hot")
    told = to_caller(ClientFault("bad", status=422, wire=wire), "req_1")
    assert (told.status, told.kind, told.message) == (422, "unprocessable", "temperature must be below 2")
    assert (told.param, told.code, told.should_retry) == ("temperature", "too_hot", False)


@pytest.mark.parametrize("status", [None, 200, 401, 403, 408, 429, 500])
def test_client_fault_never_takes_a_status_with_another_meaning(status: int | None) -> None:
    """A client fault is 400 where the provider's status would tell the caller something else."""
    assert to_caller(ClientFault("bad", status=status), "req_1").status == 400


def test_refused_content_is_400() -> None:
    """A refusal by policy is 400 and not to be repeated."""
    told = to_caller(Unanswered([ContentRefused("no", wire=WireError(400, message="against our policy"))]), "req_1")
    assert (told.status, told.kind, told.message) == (400, "refused", "against our policy")


@pytest.mark.parametrize(
    "failures", [[CredentialFailure("key", target="a/b")], [CredentialFailure("k"), ModelGone("m")]]
)
def test_our_own_credentials_are_not_the_callers_fault(failures: list[Failure]) -> None:
    """When only our keys were refused it is 502, without a word of what the provider said of them."""
    told = to_caller(Unanswered(failures), "req_1")
    assert (told.status, told.kind) == (502, "bad_gateway")
    assert "operator has been told" in told.message


def test_a_key_that_was_refused_before_is_told_as_the_first_time() -> None:
    """A target left out for its refused key is 502 as well; beside other failures its provider's words stay with us."""
    left_out = ("a/b", Obstacle("Incorrect API key provided: sk-1***2", ours=True))
    assert to_caller(Unanswered([], [left_out]), "req_1").status == 502
    told = to_caller(Unanswered([ServerFault("broke", target="c/d")], [left_out]), "req_1")
    assert told.status == 503
    assert "a/b: not asked, this server's own access was refused" in told.message
    assert "sk-1" not in told.message


def test_a_target_that_rests_names_its_time() -> None:
    """When all that could be asked wait for their quota, the caller is told for how long, though nobody was asked."""
    told = to_caller(
        Unanswered([], [("a/b", Obstacle("rests", retry_after=9)), ("c/d", Obstacle("r", retry_after=4))]), ""
    )
    assert (told.status, told.kind, told.retry_after) == (503, "overloaded", 4)
    told = to_caller(Unanswered([], [("a/b", Obstacle("rests", retry_after=9)), ("c/d", Obstacle("is down"))]), "")
    assert (told.status, told.kind, told.retry_after) == (503, "unavailable", 9)


def test_our_own_quota_is_not_the_callers() -> None:
    """When only our quotas are used up it is 503 overloaded, never the caller's 429, and the soonest time counts."""
    failures = [RateLimited("q", retry_after=40), Overloaded("full", retry_after=7.2)]
    told = to_caller(Unanswered(failures), "req_1")
    assert (told.status, told.kind, told.retry_after, told.should_retry) == (503, "overloaded", 7.2, False)


def test_everybody_who_was_asked_is_named() -> None:
    """When nobody answered, the sentence says who was asked, what each said, and who was not asked and why."""
    told = to_caller(
        Unanswered([ServerFault("broke", target="a/b")], [("c/d", Obstacle("its breaker is open"))]), "req_1"
    )
    assert (told.status, told.kind) == (503, "unavailable")
    assert "a/b: broke" in told.message
    assert "c/d: not asked, its breaker is open" in told.message


def test_who_is_told_503_is_told_when_to_come_again() -> None:
    """Also where no target named a time, as when all are down: SDKs and people need one."""
    broken, out = ServerFault("broke", target="a/b"), [("c/d", Obstacle("its breaker is open"))]
    for error in (broken, Unanswered([broken]), Unanswered([broken], out), Unanswered([], out), Unanswered([])):
        assert b"retry-after" in dict(error_headers(to_caller(error, "req_1")))


@pytest.mark.parametrize("failure", [*FAILURES])
def test_every_failure_has_an_answer(failure: type[Failure]) -> None:
    """Every class becomes an error that tells SDKs not to repeat, alone or as part of Unanswered."""
    for error in (failure("x"), Unanswered([failure("x")])):
        told = to_caller(error, "req_1")
        assert 400 <= told.status < 600
        assert told.should_retry is False


@pytest.mark.parametrize("error", [Stalled("silent", target="a/b"), Unanswered([Stalled("silent", target="a/b")])])
def test_a_broken_answer_is_called_incomplete(error: Exception) -> None:
    """After its beginning an answer that fails is called broken off, with the cause."""
    told = to_caller(error, "req_1", begun=True)
    assert (told.status, told.kind) == (502, "bad_gateway")
    assert "not complete" in told.message
    assert "silent" in told.message


def test_callers_errors_pass() -> None:
    """What is meant for the caller already is not changed."""
    error = CallerError(409, "conflict", "twice")
    assert to_caller(error, "req_1", begun=True) is error


@pytest.mark.parametrize(("seconds", "told"), [(0, "1"), (0.2, "1"), (7.2, "8"), (900, "60")])
def test_retry_after_is_whole_and_bounded(seconds: float, told: str) -> None:
    """Retry-After is in whole seconds from 1 to 60."""
    headers = dict(error_headers(CallerError(503, "unavailable", "x", retry_after=seconds)))
    assert headers[b"retry-after"].decode() == told
