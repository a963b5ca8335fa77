"""Kept questions in the page: what nobody could answer is answered later, in its place. The service is real."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from busy_service import BusyService
from keyboard import put
from playwright.sync_api import Browser, Locator, Page, Request, expect

pytestmark = pytest.mark.browser

Open = Callable[..., Page]

KEPT = "We keep your question: the answer comes as soon as a model is free, even if you close this page."


@pytest.fixture
def away(tmp_path: Path) -> Iterator[BusyService]:
    """A service whose only provider is away."""
    with BusyService(tmp_path, wait=0.5, away=True) as away:
        yield away


@pytest.fixture
def open_away(chromium: Browser, away: BusyService) -> Iterator[Open]:
    """Opens the printed address in a fresh browser; at the end, no error may have gone unnoticed in it."""
    contexts, errors = [], []

    def open_away(locale: str = "en-GB") -> Page:
        context = chromium.new_context(locale=locale)
        contexts.append(context)
        context.on("weberror", lambda error: errors.append(str(error.error)))
        page = context.new_page()
        page.set_default_timeout(20_000)
        enter(page, away)
        return page

    yield open_away
    for context in contexts:
        context.close()
    assert errors == []


def enter(page: Page, away: BusyService) -> None:
    """Opens the page."""
    page.goto(away.address)
    page.wait_for_selector("#model option", state="attached")


def ask(page: Page, question: str) -> Locator:
    """Asks, and returns the answer's place when the question is kept."""
    put(page, question)
    answer = page.locator(".asked", has_text=question).locator("xpath=following-sibling::*[1]")
    expect(answer.locator(".notice")).to_be_visible(timeout=20_000)
    return answer


def expect_answered(answer: Locator, question: str) -> None:
    """The answer to this very question is there, whole, and labelled as one that came later."""
    expect(answer.locator(".account")).to_have_text("Answered by first/gpt-4o.", timeout=20_000)
    expect(answer.locator(".said")).to_have_text(f"OpenAI answers: {question}")
    expect(answer.locator(".label")).to_contain_text("answered at")
    expect(answer.locator(".notice")).to_have_count(0)


def stored(page: Page) -> object:
    """What the browser keeps of kept questions."""
    return page.evaluate("localStorage.getItem('sanspanne.kept')")


def gives_up(request: Request) -> bool:
    """Whether a question is given up by this request."""
    return request.method == "DELETE" and "/v1/answers/ans_" in request.url


@pytest.mark.parametrize(
    ("locale", "sentence", "until", "label"),
    [
        ("en-GB", KEPT, "It is kept until", "Asked at"),
        ("fr-FR", "Nous gardons votre question\u00a0: la réponse viendra", "gardée jusqu’au", "réponse donnée à"),
    ],
)
def test_a_kept_question_is_answered_in_its_place(
    away: BusyService, open_away: Open, locale: str, sentence: str, until: str, label: str
) -> None:
    """Nobody can answer: no error, but a question that is kept until a time; its answer says when it was asked and given."""
    page = open_away(locale)
    answer = ask(page, "Es-tu là ?")
    expect(answer.locator(".notice")).to_contain_text(sentence, use_inner_text=True)
    expect(answer.locator(".notice")).to_contain_text(until)
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.locator("#send")).to_be_visible()
    away.come_back()
    expect(answer.locator(".said")).to_have_text("OpenAI answers: Es-tu là ?", timeout=20_000)
    expect(answer.locator(".label")).to_contain_text(label)
    expect(answer.locator(".notice")).to_have_count(0)


def test_it_outlives_the_page_and_the_service(away: BusyService, open_away: Open) -> None:
    """kill -9 while it is kept, and a tab that is closed: another tab of the next life shows it, and then its answer."""
    page = open_away()
    ask(page, "Still there?")
    away.kill()
    context = page.context
    page.close()
    away.start()
    page = context.new_page()
    enter(page, away)
    answer = page.locator(".answer")
    expect(page.locator(".asked .said")).to_have_text("Still there?")
    expect(answer.locator(".notice")).to_contain_text(KEPT)
    away.come_back()
    expect_answered(answer, "Still there?")
    page.reload()
    page.wait_for_selector("#model option", state="attached")
    expect(page.locator(".answer")).to_have_count(0)
    assert stored(page) is None


def test_several_do_not_mix(away: BusyService, open_away: Open) -> None:
    """Two kept questions of one conversation each get their own answer, and the next question follows on both in their order."""
    page = open_away()
    first, second = ask(page, "The first?"), ask(page, "The second?")
    page.reload()
    expect(page.locator(".notice")).to_have_count(2)
    away.come_back()
    expect_answered(first, "The first?")
    expect_answered(second, "The second?")
    with page.expect_request("**/v1/chat/completions") as asked:
        put(page, "And now?")
    said = [message["content"] for message in asked.value.post_data_json["messages"]]
    assert said == [
        "The first?",
        "OpenAI answers: The first?",
        "The second?",
        "OpenAI answers: The second?",
        "And now?",
    ]


def test_it_can_be_given_up(away: BusyService, open_away: Open) -> None:
    """A button gives the question up: the service forgets it, nobody is ever asked, and it can be asked again."""
    page = open_away()
    answer = ask(page, "Never mind?")
    with page.expect_request(gives_up):
        answer.get_by_role("button", name="Give up").press("Enter")
    expect(answer.locator(".account")).to_have_text("You gave this question up.")
    expect(answer.locator(".notice")).to_have_count(0)
    expect(answer.get_by_role("button", name="Ask again")).to_be_focused()
    page.reload()
    page.wait_for_selector("#model option", state="attached")
    expect(page.locator(".answer")).to_have_count(0)
    later = ask(page, "Another?")
    away.come_back()
    expect_answered(later, "Another?")
    assert "Never mind?" not in away.questions


def test_who_cannot_reach_the_service_cannot_give_up(away: BusyService, open_away: Open) -> None:
    """Without a connection the button does not pretend: the question is still kept, and says so."""
    page = open_away()
    answer = ask(page, "Never mind?")
    page.context.set_offline(True)
    answer.get_by_role("button", name="Give up").click()
    expect(page.locator("#heard")).to_have_text("The service cannot be reached: this question is still kept.")
    expect(answer.locator(".notice")).to_be_visible()
    page.context.set_offline(False)
    answer.get_by_role("button", name="Give up").click()
    expect(answer.locator(".notice")).to_have_count(0)


def test_only_who_looks_fetches(away: BusyService, open_away: Open) -> None:
    """A page in the background leaves the answer with the service, which keeps it until somebody looks."""
    page = open_away()
    answer = ask(page, "Are you there?")
    page.evaluate(
        "Object.defineProperty(document, 'hidden', { get: () => window.isHidden ?? true, configurable: true })"
    )
    away.come_back()
    away.wait_until_asked()
    away.wait_until_over()
    expect(answer.locator(".notice")).to_be_visible()
    page.evaluate("window.isHidden = false; document.dispatchEvent(new Event('visibilitychange'))")
    expect_answered(answer, "Are you there?")


def test_an_earlier_answer_goes_before_a_kept_question(away: BusyService, open_away: Open) -> None:
    """Who has had an answer to the same first question gets it, dated, when nobody can answer; asked again, it is kept."""
    away.come_back()
    page = open_away()
    put(page, "Once more?")
    expect(page.locator(".account")).to_have_text("Answered by first/gpt-4o, the first choice.", timeout=20_000)
    away.leave()
    page.reload()
    page.wait_for_selector("#model option", state="attached")
    put(page, "Once more?")
    expect(page.locator(".label")).to_contain_text("Your earlier answer, given at", timeout=20_000)
    expect(page.locator(".said").last).to_have_text("OpenAI answers: Once more?")
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator(".notice")).to_contain_text(KEPT, timeout=20_000)
