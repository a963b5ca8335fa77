"""Answers in the page go on: over cut connections, deaths of the service, reloads. The service is real, its providers scripted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from keyboard import put
from playwright.sync_api import Browser, Page, Request, expect
from real_service import HELD_PIECE, SAID, TEXT, RealService, talker

from sanspanne.testing import Break

pytestmark = pytest.mark.browser

Open = Callable[..., Page]

QUESTION = "Qu’est-ce qu’une panne ?"


@pytest.fixture
def real(tmp_path: Path) -> Iterator[RealService]:
    """A service whose first provider waits in mid-answer."""
    with RealService(tmp_path) as real:
        yield real


@pytest.fixture
def open_real(chromium: Browser, real: RealService) -> Iterator[Open]:
    """Opens the printed address in a fresh browser; at the end, no error may have gone unnoticed in it."""
    contexts, errors = [], []

    def open_real(locale: str = "en-GB") -> Page:
        context = chromium.new_context(locale=locale)
        contexts.append(context)
        context.on("weberror", lambda error: errors.append(str(error.error)))
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.goto(real.address)
        page.wait_for_selector("#model option", state="attached")
        return page

    yield open_real
    for context in contexts:
        context.close()
    assert errors == []


def ask(page: Page) -> None:
    """Asks, and returns when the answer has begun."""
    put(page, QUESTION)
    expect(page.locator(".answer .said")).to_contain_text(SAID)


def expect_whole(page: Page, finished: str = "The answer is complete.") -> None:
    """The answer is there once, from its first to its last character, and the next question may come."""
    expect(page.get_by_role("status")).to_have_text(finished, timeout=20_000)
    assert page.locator(".answer .said").evaluate_all("all => all.map((one) => one.textContent)") == [TEXT]
    assert page.evaluate("localStorage.getItem('sanspanne.running')") is None


def test_a_provider_that_breaks_off_is_not_noticed_but_for_the_seam(real: RealService, open_real: Open) -> None:
    """The text is whole though its provider broke off, and the page says who began and who finished it."""
    real.play(Break("reset", after=HELD_PIECE - 1, answer=talker()))
    page = open_real()
    ask(page)
    expect_whole(page)
    sentence = "Begun by first/gpt-4o, which broke off here; continued by second/gpt-4o."
    expect(page.locator(".account")).to_have_text([sentence])
    expect(page.get_by_role("img", name=sentence)).to_be_visible()


def gives_up(request: Request) -> bool:
    """Whether an answer is given up by this request."""
    return request.method == "DELETE" and "/v1/answers/ans_" in request.url


@pytest.mark.parametrize(
    ("locale", "away", "finished", "seam"),
    [
        ("en-GB", "The connection was lost.", "The answer is complete.", "The service itself was restarted here;"),
        ("fr-FR", "La connexion a été perdue.", "La réponse est complète.", "Interrompue ici par un redémarrage"),
    ],
)
def test_an_answer_outlives_the_service(
    real: RealService, open_real: Open, locale: str, away: str, finished: str, seam: str
) -> None:
    """kill -9 in mid-answer: the page says that it waits, and the service's next life finishes the text where it was."""
    page = open_real(locale)
    ask(page)
    real.kill()
    expect(page.get_by_role("status")).to_contain_text(away)
    expect(page.locator(".answer .said")).to_contain_text(SAID)
    real.start()
    expect_whole(page, finished)
    expect(page.locator(".account.sewn")).to_contain_text(seam)


def test_a_service_that_is_stopped_hands_the_answer_on(real: RealService, open_real: Open) -> None:
    """After SIGTERM the page does not take the service's farewell for the end of the answer: the next life finishes it."""
    page = open_real()
    ask(page)
    real.stop()
    expect(page.get_by_role("status")).to_contain_text("The page keeps trying")
    real.start()
    expect_whole(page)


def test_an_answer_goes_on_when_the_network_is_back(real: RealService, open_real: Open) -> None:
    """Without a network for a while, the page gets what was said meanwhile at once when the network is back."""
    page = open_real()
    page.clock.install()
    ask(page)
    page.context.set_offline(True)
    page.clock.pause_at(page.evaluate("Date.now() / 1000") + 1)  # from here on no pause ends by itself
    real.cut()
    expect(page.get_by_role("status")).to_contain_text("The connection was lost.")
    real.go_on()
    real.wait_until_over()
    expect(page.locator(".answer .said")).not_to_contain_text(TEXT[-20:])
    page.context.set_offline(False)
    expect_whole(page)
    expect(page.locator(".account")).to_have_text(["Answered by first/gpt-4o, the first choice."])


def test_a_dead_line_is_given_up(real: RealService, open_real: Open) -> None:
    """When nothing at all has come for long, not even a comment, the page asks again instead of waiting for ever."""
    page = open_real()
    page.clock.install()
    ask(page)
    with page.expect_response("**/events?after=*"):
        page.clock.fast_forward("01:00")
    real.go_on()
    expect_whole(page)


def test_an_answer_survives_a_reload(real: RealService, open_real: Open) -> None:
    """The page loaded again in mid-answer shows the question and the text so far, and goes on."""
    page = open_real()
    ask(page)
    page.reload()
    expect(page.locator(".asked .said")).to_have_text(QUESTION)
    expect(page.locator(".answer .said")).to_contain_text(SAID)
    expect(page.locator("#question")).to_have_value("")
    real.go_on()
    expect_whole(page)


def test_an_answer_survives_its_tab(real: RealService, open_real: Open) -> None:
    """A tab that is closed before the first word loses neither the question nor the answer: another tab joins it."""
    real.hold_before_the_first_word()
    page = open_real()
    put(page, QUESTION)
    real.wait_until_asked()
    context = page.context
    page.close()
    page = context.new_page()
    page.goto(real.address)
    expect(page.locator(".asked .said")).to_have_text(QUESTION)
    real.go_on()
    expect(page.locator(".answer .said")).to_contain_text(SAID)
    real.go_on()
    expect_whole(page)
    assert real.times_asked == 1


def test_a_finished_answer_is_not_taken_up_again(real: RealService, open_real: Open) -> None:
    """After its end an answer is no longer under way: a reload begins with an empty page."""
    page = open_real()
    real.go_on()
    ask(page)
    expect_whole(page)
    page.reload()
    page.wait_for_selector("#model option", state="attached")
    expect(page.locator(".answer")).to_have_count(0)


def test_stop_ends_the_generation(real: RealService, open_real: Open) -> None:
    """Esc does not only stop showing: the provider sees that nobody listens any more, and the answer is forgotten."""
    page = open_real()
    ask(page)
    with page.expect_request(gives_up):
        page.keyboard.press("Escape")
    real.wait_until_left()
    expect(page.locator(".account").first).to_have_text("You stopped the answer here.")
    assert page.evaluate("localStorage.getItem('sanspanne.running')") is None


def test_stop_before_the_first_word_ends_the_generation_too(real: RealService, open_real: Open) -> None:
    """The question comes back at once, and the answer is given up as soon as the service says what it is called."""
    real.hold_before_the_first_word()
    page = open_real()
    put(page, QUESTION)
    real.wait_until_asked()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#question")).to_have_value(QUESTION)
    with page.expect_request(gives_up):
        real.go_on()
    real.wait_until_left()
    assert page.evaluate("localStorage.getItem('sanspanne.running')") is None


def test_an_answer_that_is_no_longer_kept_is_a_sentence(real: RealService, open_real: Open) -> None:
    """When the service has forgotten the answer, the text so far stays, is called broken, and the question comes back."""
    page = open_real()
    ask(page)
    running = page.evaluate("JSON.parse(localStorage.getItem('sanspanne.running')).id")
    page.evaluate("id => fetch(`/v1/answers/${id}`, { method: 'DELETE' })", running)
    expect(page.get_by_role("alert")).to_contain_text("The service no longer keeps this answer")
    expect(page.locator(".answer .said")).to_contain_text(SAID)
    expect(page.locator(".account").first).to_have_text("The answer broke off here.")
    expect(page.locator("#question")).to_have_value(QUESTION)
