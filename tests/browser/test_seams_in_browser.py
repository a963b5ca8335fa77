"""Seams on the page: where another target took over, one sees a mark and reads what it means."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from keyboard import put
from playwright.sync_api import Page, expect
from scripted_service import ScriptedService, end, seam, text

pytestmark = pytest.mark.browser

Open = Callable[..., Page]

GPT, CLAUDE = "openai/gpt-4o", "anthropic/claude-sonnet-5"
CONTINUED = {"from": GPT, "to": CLAUDE, "means": "anchor", "at": 12, "exact": True}
BEGUN_AGAIN = {**CONTINUED, "means": "restart", "exact": False}
OUR_DEATH = {**CONTINUED, "from": "sanspanne"}
TO_ONBOARD = {**CONTINUED, "to": "onboard"}


def ask(page: Page) -> None:
    """Asks, and waits for the whole answer."""
    put(page)
    expect(page.locator("#send")).to_be_visible()
    expect(page.locator(".answer")).not_to_have_class("answer waiting")


@pytest.mark.parametrize(
    ("locale", "fields", "sentence"),
    [
        ("en-GB", CONTINUED, f"Begun by {GPT}, which broke off here; continued by {CLAUDE}."),
        ("en-GB", BEGUN_AGAIN, f"Begun by {GPT}, which broke off here; {CLAUDE} begins again."),
        ("en-GB", OUR_DEATH, f"The service itself was restarted here; continued by {CLAUDE}."),
        ("en-GB", TO_ONBOARD, f"Begun by {GPT}, which broke off here; continued by the small model on board."),
        ("fr-FR", CONTINUED, f"Commencée par {GPT}, qui s’est interrompu ici\u202f; continuée par {CLAUDE}."),
        ("fr-FR", BEGUN_AGAIN, f"Commencée par {GPT}, qui s’est interrompu ici\u202f; recommencée par {CLAUDE}."),
        (
            "fr-FR",
            OUR_DEATH,
            f"Interrompue ici par un redémarrage du service lui-même\u202f; continuée par {CLAUDE}.",
        ),
    ],
)
def test_a_seam_is_where_it_is_and_says_what_it_means(
    service: ScriptedService, open_page: Open, locale: str, fields: dict[str, Any], sentence: str
) -> None:
    """The mark stands between the two pieces, is no part of the text, and has for everybody the sentence that is below."""
    service.answer(text("Once upon a "), seam(**fields), text("time."), end(), target=GPT, rung="primary")
    page = open_page(locale)
    ask(page)
    said, mark = page.locator(".answer .said"), page.get_by_role("img", name=sentence, exact=True)
    assert page.locator(".account.sewn").text_content() == sentence
    expect(mark).to_be_visible()
    assert mark.evaluate("mark => [mark.previousSibling.data, mark.nextSibling.data]") == ["Once upon a ", "time."]
    assert said.evaluate("said => said.textContent") == "Once upon a time."
    expect(page.locator(".answer")).not_to_contain_text("Answered by")


def test_every_seam_is_told(service: ScriptedService, open_page: Open) -> None:
    """An answer with two seams has two marks and two sentences, in their order."""
    second = {"from": CLAUDE, "to": "gemini/flash", "means": "prefill", "at": 9, "exact": True}
    service.answer(text("One, "), seam(**CONTINUED), text("two, "), seam(**second), text("three."), end())
    page = open_page()
    ask(page)
    expect(page.locator(".account")).to_have_text(
        [
            f"Begun by {GPT}, which broke off here; continued by {CLAUDE}.",
            f"{CLAUDE} broke off here; continued by gemini/flash.",
        ]
    )
    expect(page.locator(".seam")).to_have_count(2)


def test_an_answer_that_the_model_on_board_finished_says_so(service: ScriptedService, open_page: Open) -> None:
    """What a small model has finished is labelled above, and below it is said what that means."""
    service.answer(text("One, "), seam(**TO_ONBOARD), text("two."), end(), target=GPT, rung="primary")
    page = open_page()
    ask(page)
    expect(page.locator(".label")).to_have_text("Finished by the small model on board")
    expect(page.locator(".account").last).to_contain_text("wrong more often")


def test_a_seam_is_text_and_nothing_else(service: ScriptedService, open_page: Open) -> None:
    """Names come from outside: what looks like HTML in them is shown as it is."""
    service.answer(text("One, "), seam(**{**CONTINUED, "to": "<img src=x onerror=alert(1)>"}), text("two."), end())
    page = open_page()
    ask(page)
    expect(page.locator(".account.sewn")).to_contain_text("continued by <img src=x onerror=alert(1)>.")
    assert page.locator(".answer img").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1000, 360])
def test_everybody_can_use_seams(service: ScriptedService, open_page: Open, scheme: str, width: int) -> None:
    """axe finds nothing to complain about in an answer with seams, and it fits on a narrow screen."""
    beginning = (
        "A mistake in a cable, a bad route or a full disk: outages often begin small, and what follows depends on "
    )
    service.answer(
        text(beginning),
        seam(**CONTINUED),
        text("whether those who wait know how to wait. Retries in step make it worse; a pause with "),
        seam(**{**TO_ONBOARD, "from": CLAUDE}),
        text("some jitter lets the service breathe."),
        end(),
    )
    page = open_page(color_scheme=scheme, viewport={"width": width, "height": 720})
    ask(page)
    expect(page.locator(".seam")).to_have_count(2)
    found = Axe().run(page).response["violations"]
    assert [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
