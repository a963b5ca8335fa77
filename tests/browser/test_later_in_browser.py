"""The lower rungs as the page tells them: what was given another time, what was kept in vain; a scripted service."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from keyboard import put
from playwright.sync_api import Page, Route, expect
from scripted_service import PAUSE, ScriptedService, end, error, event, text

pytestmark = pytest.mark.browser

Open = Callable[..., Page]

NAME = "ans_0123456789"
PLACE = b": sanspanne queue position=3 of=17 wait=4-9\n"


def keep(service: ScriptedService) -> None:
    """From now on questions are kept."""
    told = {"id": NAME, "status": "kept", "created": time.time(), "expires": time.time() + 86400}
    service.answer(json.dumps(told).encode(), status=202, answer=NAME)


def stands(page: Page, http_status: int, /, **told: Any) -> None:
    """How the kept question stands, from now on."""
    answer = {"status": http_status, "json": told, "headers": {"x-request-id": "req_1"}}
    page.route(f"**/v1/answers/{NAME}", lambda route: route.fulfill(**answer))


def events(page: Page, *pieces: bytes, **headers: str) -> None:
    """What is said in its answer."""
    pairs = {f"x-sanspanne-{name}": value for name, value in headers.items()}

    def fulfill(route: Route) -> None:
        route.fulfill(body=b"".join(pieces), headers={"content-type": "text/event-stream", **pairs})

    page.route(f"**/v1/answers/{NAME}/events?*", fulfill)


def given_before(at: float) -> bytes:
    """The chunk that says when an earlier answer was given."""
    said = {"rung": "cached", "answered_at": int(at)}
    return event({"choices": [{"index": 0, "delta": {}}], "sanspanne": said})


@pytest.mark.parametrize(
    ("locale", "sentence", "again"),
    [
        ("en-GB", "Nobody could answer this question for as long as it was kept.", "Ask again"),
        ("fr-FR", "Personne n’a pu répondre à cette question tant qu’elle était gardée.", "Redemander"),
    ],
)
def test_an_expired_question_can_be_asked_again(
    service: ScriptedService, open_page: Open, locale: str, sentence: str, again: str
) -> None:
    """When nobody could answer for all the time for which it was kept, a sentence says so, and a button asks it anew."""
    keep(service)
    page = open_page(locale)
    stands(page, 410, error={"code": "answer_expired", "message": "Nobody could."})
    put(page, "Anyone?")
    expect(page.get_by_role("alert")).to_contain_text(sentence)
    expect(page.locator(".notice")).to_have_count(0)
    assert page.evaluate("localStorage.getItem('sanspanne.kept')") is None
    service.answer(text("Yes."), end())
    page.get_by_role("button", name=again).click()
    expect(page.locator(".answer .said").last).to_have_text("Yes.")
    expect(page.locator("#question")).to_be_focused()
    expect(page.get_by_role("button", name=again)).to_have_count(0)
    first, second = service.told
    assert first["idempotency-key"] != second["idempotency-key"]


def test_a_kept_question_that_is_refused_says_why(service: ScriptedService, open_page: Open) -> None:
    """When its turn came and a provider would not have it, that is told as of any other question, in its place."""
    keep(service)
    page = open_page()
    stands(page, 200, status="refused", ended=time.time())
    page.route(
        f"**/v1/answers/{NAME}/events?*",
        lambda route: route.fulfill(status=400, body=error("It is too long.")),
    )
    put(page, "A long one")
    expect(page.get_by_role("alert")).to_contain_text("The question could not be accepted.")
    expect(page.locator(".detail")).to_have_text("It is too long.")
    expect(page.get_by_role("button", name="Ask again")).to_be_visible()
    expect(page.locator(".label")).to_have_count(0)


def test_a_service_that_is_away_loses_no_kept_question(service: ScriptedService, open_page: Open) -> None:
    """Errors of what stands between do not end the wait: the question stays kept until the service says how it stands."""
    keep(service)
    page = open_page()
    looks: list[str] = []

    def fail(route: Route) -> None:
        looks.append(route.request.url)
        route.abort("connectionreset") if len(looks) == 1 else route.fulfill(status=502, body="<html>bad gateway")

    page.route(f"**/v1/answers/{NAME}", fail)
    page.clock.install()
    put(page, "Anyone?")
    expect(page.locator(".notice")).to_be_visible()
    for look in ("requestfailed", "requestfinished"):
        with page.expect_event(look, lambda request: request.url.endswith(NAME)):
            page.clock.fast_forward(5000)
    expect(page.locator(".notice")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_small_models_late_answer_is_labelled_as_one(service: ScriptedService, open_page: Open) -> None:
    """An answer that came later from the model on board says both: that it came later, and that a small model gave it."""
    keep(service)
    page = open_page()
    stands(page, 200, status="whole", ended=time.time())
    events(page, text("Hi."), end(), target="onboard", rung="deferred", attempts="1")
    put(page)
    expect(page.locator(".label")).to_have_count(2)
    expect(page.locator(".label").first).to_have_text("From the small model on board")
    expect(page.locator(".label").last).to_contain_text("Asked at")
    expect(page.locator(".account")).to_contain_text("wrong more often")


@pytest.mark.parametrize(
    ("locale", "label", "again"),
    [
        ("en-GB", "Your earlier answer, given on 4 June 2024 at 12:26: nobody can answer now", "Ask again"),
        (
            "fr-FR",
            "Votre réponse précédente, donnée le 4 juin 2024 à 12:26\u00a0: personne ne peut répondre maintenant",
            "Redemander",
        ),
    ],
)
def test_an_earlier_answer_is_dated(
    service: ScriptedService, open_page: Open, locale: str, label: str, again: str
) -> None:
    """An earlier answer is labelled with its date from its first word on; a button asks again, and then not for an earlier one."""
    service.answer(given_before(1717503960), text("It was blue."), PAUSE, end(), target="openai/gpt-4o", rung="cached")
    page = open_page(locale, timezone_id="UTC")
    put(page, "The sky?")
    expect(page.locator(".label")).to_have_text(label, use_inner_text=True)
    service.release.set()
    expect(page.locator(".account")).to_contain_text("openai/gpt-4o.")
    service.answer(text("It is grey."), end())
    page.get_by_role("button", name=again).click()
    expect(page.locator(".answer .said").last).to_have_text("It is grey.")
    assert [told.get("x-sanspanne-earlier") for told in service.told] == ["true", None]


def test_only_the_first_question_takes_an_earlier_answer(service: ScriptedService, open_page: Open) -> None:
    """In the middle of a conversation an answer of another day is not asked for."""
    service.answer(text("Yes."), end())
    page = open_page()
    for count in (1, 2):
        put(page, f"{count}?")
        expect(page.get_by_role("status")).to_have_text("The answer is complete.")
        expect(page.locator(".answer .said")).to_have_count(count)
    assert [told.get("x-sanspanne-earlier") for told in service.told] == ["true", None]


def test_nobody_can_answer_is_asked_to_be_kept_once(service: ScriptedService, open_page: Open) -> None:
    """A 503 is followed by the same question, to be kept; where the service cannot keep it, that is told and nothing repeated."""
    service.answer(error("No room."), status=503)
    page = open_page()
    put(page, "Anyone?")
    expect(page.get_by_role("alert")).to_contain_text("Nobody could answer at the moment.")
    assert [told.get("prefer") for told in service.told] == [None, "respond-async, wait=0"]
    assert service.told[0]["idempotency-key"] == service.told[1]["idempotency-key"]
    assert service.asked[0] == service.asked[1]
    expect(page.locator("#question")).to_have_value("Anyone?")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1000, 360])
def test_everybody_can_use_what_waits(service: ScriptedService, open_page: Open, scheme: str, width: int) -> None:
    """axe finds nothing to complain about in a queue, a kept, an expired, and an earlier answer; nothing is wider than the page."""
    page = open_page(color_scheme=scheme, viewport={"width": width, "height": 720})
    service.answer(PLACE, PAUSE, given_before(1717503960), text("Yes."), end(), rung="cached", target="openai/gpt-4o")
    put(page)
    expect(page.locator(".remark")).to_contain_text("You are 3rd of 17")
    assert violations(page) == []
    service.release.set()
    expect(page.get_by_role("button", name="Ask again")).to_be_visible()
    keep(service)
    stands(page, 200, status="kept")
    put(page, "Later?")
    expect(page.get_by_role("button", name="Give up")).to_be_visible()
    assert violations(page) == []
    stands(page, 410, error={"code": "answer_expired", "message": "Nobody could."})
    expect(page.get_by_role("alert")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def violations(page: Page) -> list[str]:
    """What axe complains about, best practices included."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]]
