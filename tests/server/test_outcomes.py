"""Every request ends in one outcome with a reason, and the books agree with what the callers saw."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from counted_service import Counted, counted, until
from hypothesis import given, settings
from hypothesis import strategies as st

from sanspanne.errors import CallerError, ClientFault, ContentRefused, Failure, Obstacle, ServerFault, Unanswered
from sanspanne.outcomes import REASONS, reason_of

POOR = {"authorization": "Bearer sk-poor"}
EDGE_ALONE = {"unauthorized", "unreadable", "joined", "kept"}  # of these there is no answer, or another's
LIMITS = {"poor": {"secret_env": "POOR", "requests_per_day": 1}}

Visit = Callable[[Counted], Awaitable[list[str]]]


# --- callers, each of whom says which reasons the books should have for him


async def _fine(server: Counted) -> list[str]:
    assert b"[DONE]" in await server.ask(server.model("fine"))
    return ["primary"]


async def _fallback(server: Counted) -> list[str]:
    assert b"x-sanspanne-rung: fallback" in await server.ask("auto")
    return ["fallback"]


async def _unanswered(server: Counted) -> list[str]:
    assert b" 503 " in (await server.ask(server.model("down"), prefer="wait=0"))[:20]
    return ["unanswered"]


async def _invalid(server: Counted) -> list[str]:
    assert b" 400 " in (await server.ask(server.model("invalid")))[:20]
    return ["provider_refused"]


async def _torn(server: Counted) -> list[str]:
    data = await server.ask(server.model("torn"), x_sanspanne_resume="fail")
    assert b" 200 " in data[:20]
    assert b"[DONE]" not in data
    return ["broken"]


async def _torn_recorded(server: Counted) -> list[str]:
    name = server.model("torn")
    data = await server.ask(name, x_sanspanne_resume="fail", idempotency_key=name.replace("/", "-"))
    assert b"broke off" in data
    return ["broken"]


async def _unreadable(server: Counted) -> list[str]:
    assert b" 400 " in (await server.ask("", b"{"))[:20]
    return ["unreadable"]


async def _another_type(server: Counted) -> list[str]:
    assert b" 415 " in (await server.ask("", b"x", content_type="text/plain"))[:20]
    return ["unreadable"]


async def _stranger(server: Counted) -> list[str]:
    assert b" 403 " in (await server.ask("", host="elsewhere.example"))[:20]
    return ["unauthorized"]


async def _leaves_before(server: Counted) -> list[str]:
    name = server.model("hanging")
    _, writer = await server.send(name)
    await server.until_asked(name)
    writer.transport.abort()
    return ["left_waiting"]


async def _leaves_while_reading(server: Counted) -> list[str]:
    reader, writer = await server.send(server.model("stalled"))
    await reader.readuntil(b'"content":"')
    writer.transport.abort()
    return ["left_reading"]


async def _leaves_in_the_queue(server: Counted) -> list[str]:
    name = server.model("hanging", "narrow")
    _, first = await server.send(name)
    await server.until_asked(name)
    _, second = await server.send(name)
    tickets = server.service.entrance.room.tickets
    await until(lambda: any(str(ticket.targets[0]) == name for ticket in tickets()))
    second.transport.abort()
    assert b"wait_too_long" in await server.ask(name, prefer="wait=0")
    first.transport.abort()
    return ["left_waiting", "left_waiting", "wait_too_long"]


async def _asked_twice(server: Counted) -> list[str]:
    name = server.model("fine")
    key = {"idempotency_key": name.replace("/", "-")}
    both = await asyncio.gather(server.ask(name, **key), server.ask(name, **key))
    third = await server.ask(name, **key)
    assert all(b"[DONE]" in data for data in (*both, third))
    return ["primary", "joined", "joined"]


async def _kept(server: Counted) -> list[str]:
    assert b" 202 " in (await server.ask(server.model("hanging"), prefer="respond-async, wait=0"))[:20]
    return ["kept"]


async def _in_time(server: Counted) -> list[str]:
    assert b"[DONE]" in await server.ask(server.model("fine"), prefer="respond-async, wait=20")
    return ["primary"]


async def _earlier(server: Counted) -> list[str]:
    name = server.model("once")
    assert b"[DONE]" in await server.ask(name, x_sanspanne_earlier="true")
    assert b"rung: cached" in await server.ask(name, x_sanspanne_earlier="true", prefer="wait=0")
    return ["primary", "cached"]


VISITS: list[Visit] = [
    *(_fine, _fallback, _unanswered, _invalid, _torn, _torn_recorded, _unreadable, _another_type, _stranger),
    *(_leaves_before, _leaves_while_reading, _leaves_in_the_queue, _asked_twice, _kept, _in_time, _earlier),
]


async def _over_limit(server: Counted) -> Counter[str]:
    """Three with a key that may ask once a day."""
    answers = await asyncio.gather(*(server.ask(server.model("fine"), **POOR) for _ in range(3)))
    assert sorted(data[9:12] for data in answers) == [b"200", b"429", b"429"]
    return Counter(primary=1, quota=2)


async def _watched(server: Counted, over: asyncio.Event) -> int:
    """Looks at the books again and again; how often."""
    looks = 0
    while not over.is_set():
        assert server.books.offered == sum(server.books.ended.values()) + server.books.open
        looks += 1
        await asyncio.sleep(0.001)
    return looks


async def _all_visit(folder: Path, visits: list[Visit]) -> None:
    chain = {"auto": {"chain": ["wide/gpt-down-0", "wide/gpt-fine-0"], "onboard": False}}
    async with counted(folder, {"sk-poor": "poor"}, models=chain, keys=LIMITS) as server:
        over = asyncio.Event()
        watching = asyncio.create_task(_watched(server, over))
        seen = await asyncio.gather(_over_limit(server), *(visit(server) for visit in visits))
        expected = sum((Counter(one) for one in seen), Counter())
        await until(lambda: not server.books.open)
        over.set()
        assert await watching
        assert server.ended == expected
        assert server.books.offered == expected.total()
        await until(lambda: server.ends.reasons.total() == sum(n for r, n in expected.items() if r not in EDGE_ALONE))
        assert server.ends.reasons == Counter({r: n for r, n in expected.items() if r not in EDGE_ALONE})
        _say_the_same(server, expected)


def _say_the_same(server: Counted, expected: Counter[str]) -> None:
    state = server.overview.state()["requests"]
    assert {one["reason"]: one["count"] for one in state["ended"]} == expected
    assert (state["offered"], state["open"], state["agree"]) == (expected.total(), 0, True)
    metrics = server.metrics.render().decode()
    for reason, number in expected.items():
        labels = f'outcome="{REASONS[reason].outcome}",reason="{reason}"'
        assert f"sanspanne_request_outcomes_total{{{labels}}} {float(number)}" in metrics
    assert f"sanspanne_requests_total {float(expected.total())}" in metrics
    assert "sanspanne_requests_open 0.0" in metrics


@settings(max_examples=6)
@given(st.lists(st.sampled_from(VISITS), min_size=2, max_size=24))
def test_the_sums_agree_with_the_load_offered(visits: list[Visit]) -> None:
    """Whatever befalls the requests, offered = ended + open all the time, and each ends as its caller saw it."""
    with TemporaryDirectory() as folder:
        asyncio.run(_all_visit(Path(folder), visits))


def test_every_kind_of_visit_at_once(tmp_path: Path) -> None:
    """One of each, in the same moment: edge, answers, metrics and `/admin/state` count the same reasons."""
    asyncio.run(_all_visit(tmp_path, VISITS))


async def test_a_full_queue_and_the_place_in_it(tmp_path: Path) -> None:
    """Where nobody may wait, who finds no room is refused as `queue_full`; `waited` and the wait's histogram stay empty."""
    async with counted(tmp_path, queue={"length": 0}) as server:
        name = server.model("hanging", "narrow")
        _, first = await server.send(name)
        await server.until_asked(name)
        assert b"queue_full" in await server.ask(name)
        first.transport.abort()
        await until(lambda: not server.books.open)
        assert server.ended == {"queue_full": 1, "left_waiting": 1}


async def test_how_long_it_waited(tmp_path: Path) -> None:
    """Who is answered after a wait in the queue has waited for so long: in the books, to those who watch, in the metrics."""
    async with counted(tmp_path) as server:
        name = server.model("late", "narrow")
        _, first = await server.send(name)
        await server.until_asked(name)
        waiting = asyncio.create_task(server.ask(name))
        await until(lambda: len(server.service.entrance.gate))
        state = server.overview.state()["waiting"]
        assert (state["count"], state["classes"]["interactive"], state["keys"][0]["key"]) == (1, 1, "local")
        assert 'sanspanne_queue_waiting{class="interactive"} 1.0' in server.metrics.render().decode()
        first.transport.abort()
        assert b"[DONE]" in await waiting
        await until(lambda: not server.books.open)
        answered = next(one for one in server.books.recent if one.reason == "primary")
        assert 0 < answered.waited < answered.seconds
        assert server.ends.waited == [answered.waited]
        assert answered.first_token is not None
        assert answered.first_token >= answered.waited
        assert (answered.key, answered.model, answered.target) == ("local", name, name)
        metrics = server.metrics.render().decode()
        assert "sanspanne_queue_wait_seconds_count 1.0" in metrics
        assert f'sanspanne_target_limit{{target="{name}"}} 1.0' in metrics


async def test_what_the_server_cuts_off_is_draining(tmp_path: Path) -> None:
    """At the end of the draining time it is not the caller who left: request and answer are refused as `draining`."""
    async with counted(tmp_path, server={"drain_seconds": 1.0}) as server:
        name = server.model("hanging")
        reader, writer = await server.send(name)
        recorded, also = await server.send(name, idempotency_key="k")
        await until(lambda: len(server.provider.calls.chats) == 2)
    assert b"shutting down" in await reader.read()
    assert b"shutting down" in await recorded.read()
    for one in (writer, also):
        one.close()
    assert server.ended == {"draining": 2}
    assert server.ends.reasons == {"draining": 2}
    assert server.books.agree


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (CallerError(401, "authentication", "?"), "unauthorized"),
        (CallerError(413, "too_large", "?"), "unreadable"),
        (CallerError(429, "rate_limit", "?", code="quota_streams"), "quota"),
        (CallerError(503, "overloaded", "?", code="queue_full"), "queue_full"),
        (CallerError(503, "overloaded", "?", code="wait_too_long", reason="shed"), "shed"),
        (CallerError(503, "unavailable", "?"), "unanswered"),
        (CallerError(500, "server_error", "?"), "internal"),
        (ClientFault("?"), "provider_refused"),
        (Unanswered([ServerFault("?"), ContentRefused("?")]), "provider_refused"),
        (Unanswered([ServerFault("?")], [("a/m", Obstacle("out"))]), "unanswered"),
        (ServerFault("?"), "unanswered"),
        (ZeroDivisionError(), "internal"),
    ],
)
def test_reasons_of_errors(error: Exception, reason: str) -> None:
    """What went wrong has one reason, and every reason stands in the table."""
    assert reason_of(error) == reason
    assert reason in REASONS


def test_every_failure_has_a_reason() -> None:
    """No class of failure is left without one, and each reason is explained in a sentence."""
    assert {reason_of(kind("?")) for kind in Failure.__subclasses__()} == {"provider_refused", "unanswered"}
    assert all(reason.sentence.endswith(".") for reason in REASONS.values())
