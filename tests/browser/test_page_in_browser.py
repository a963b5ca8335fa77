"""The page in a real browser: what a person sees, whatever the service does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from keyboard import put
from playwright.sync_api import Page, Route, expect
from scripted_service import PAUSE, ScriptedService, end, error, event, text

pytestmark = pytest.mark.browser

Open = Callable[..., Page]


def test_an_answer_is_shown_while_it_comes(service: ScriptedService, open_page: Open) -> None:
    """The first words are on the screen before the last are written, and the end says who answered."""
    service.answer(text("Good "), PAUSE, text("morning."), end(), target="openai/gpt-4o", rung="primary", attempts="1")
    page = open_page()
    put(page)
    expect(page.locator(".answer .said")).to_have_text("Good ")
    expect(page.get_by_role("status")).to_have_text("The answer is coming.")
    service.release.set()
    expect(page.locator(".answer .said")).to_have_text("Good morning.")
    expect(page.locator(".account")).to_have_text("Answered by openai/gpt-4o, the first choice.")
    expect(page.get_by_role("status")).to_have_text("The answer is complete.")
    assert service.asked[0] == {
        "model": "auto",
        "messages": [{"role": "user", "content": "Hello?"}],
        "stream": True,
    }


@pytest.mark.parametrize(
    ("headers", "account"),
    [
        (
            {"target": "anthropic/claude-sonnet-5", "rung": "fallback", "attempts": "2", "tried": "openai/gpt-4o"},
            "Answered by anthropic/claude-sonnet-5; openai/gpt-4o did not answer.",
        ),
        (
            {"target": "anthropic/claude-sonnet-5", "rung": "fallback", "attempts": "2"},
            "Answered by anthropic/claude-sonnet-5 in place of the first choice (2 attempts).",
        ),
        (
            {"target": "openai/gpt-4o", "rung": "primary", "attempts": "2"},
            "Answered by openai/gpt-4o, the first choice (2 attempts).",
        ),
    ],
)
def test_who_answered_is_a_sentence(
    service: ScriptedService, open_page: Open, headers: dict[str, str], account: str
) -> None:
    """The response's headers are told in plain words, and nothing is said that they do not say."""
    service.answer(text("Yes."), end(), **headers)
    page = open_page()
    put(page)
    expect(page.locator(".account")).to_have_text(account)


def test_who_answered_may_come_late(service: ScriptedService, open_page: Open) -> None:
    """When the head had to be sent before anybody answered, a comment in the stream says who did."""
    comment = (
        b": waiting for an answer\n\n: sanspanne target=gemini/flash rung=fallback attempts=3 tried=openai/a,x/b\n\n"
    )
    service.answer(comment, text("Yes."), end())
    page = open_page()
    put(page)
    expect(page.locator(".account")).to_have_text("Answered by gemini/flash; openai/a and x/b did not answer.")


def test_the_model_on_board_is_labelled(service: ScriptedService, open_page: Open) -> None:
    """A small model's answer says so from its first word on, with the model's true name."""
    service.answer(text("Hi."), PAUSE, end(), target="onboard", rung="onboard", attempts="2")
    page = open_page()
    put(page)
    expect(page.locator(".label")).to_have_text("From the small model on board")
    service.release.set()
    expect(page.locator(".account")).to_contain_text("Answered by the model on board, scripted.")
    expect(page.locator(".account")).to_contain_text("wrong")


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ([], "The provider ended the answer before it was complete."),
        ([b"data: [DONE]\n\n"], "The provider ended the answer before it was complete."),
        ([event({"error": {"message": "no", "code": "502"}})], "The provider failed in the middle of the answer."),
    ],
)
def test_a_broken_answer_keeps_what_it_said(
    service: ScriptedService, open_page: Open, script: list[bytes], sentence: str
) -> None:
    """A cut answer stays on the screen, is called broken and never complete; the question is there to be sent again."""
    service.answer(text("Once upon a"), *script, target="openai/gpt-4o", rung="primary", attempts="1")
    page = open_page()
    put(page, "Tell me a tale")
    expect(page.get_by_role("alert")).to_contain_text(sentence)
    expect(page.locator(".answer .said")).to_have_text("Once upon a")
    expect(page.locator(".account").first).to_have_text("The answer broke off here.")
    expect(page.get_by_role("status")).to_have_text("")
    expect(page.locator("#question")).to_have_value("Tell me a tale")


@pytest.mark.parametrize(
    ("status", "code", "sentence"),
    [
        (503, None, "Nobody could answer at the moment."),
        (503, "model_loading", "The model on board is not ready yet."),
        (429, None, "Too many questions at the moment."),
        (401, None, "Open the address that sanspanne serve printed"),
        (400, None, "The question could not be accepted."),
        (500, None, "The service failed."),
    ],
)
def test_a_failure_is_a_sentence(
    service: ScriptedService, open_page: Open, status: int, code: str | None, sentence: str
) -> None:
    """Each failure is told in words, with the service's own words below, and the question comes back."""
    service.answer(error("The service's own words.", code), status=status)
    page = open_page()
    put(page, "Are you there?")
    expect(page.get_by_role("alert")).to_contain_text(sentence)
    expect(page.locator(".detail")).to_have_text("The service's own words.")
    expect(page.locator("#question")).to_have_value("Are you there?")


def test_a_question_without_a_service_is_asked_when_there_is_one(service: ScriptedService, open_page: Open) -> None:
    """The page says that nobody is there and keeps trying; the question is then asked once, and answered once."""
    service.answer(text("Here."), end())
    page = open_page()
    page.context.set_offline(True)
    put(page, "Anyone?")
    expect(page.get_by_role("status")).to_have_text("The service cannot be reached. The page keeps trying.")
    page.context.set_offline(False)
    expect(page.locator(".answer .said")).to_have_text("Here.")
    expect(page.get_by_role("status")).to_have_text("The answer is complete.")
    assert len(service.asked) == 1


def test_a_service_that_stays_away_is_a_sentence(service: ScriptedService, open_page: Open) -> None:
    """After ten minutes in vain the page says so and gives the question back."""
    page = open_page()
    page.clock.install()
    page.context.set_offline(True)
    put(page, "Anyone?")
    expect(page.get_by_role("status")).to_contain_text("The page keeps trying.")
    page.clock.fast_forward("11:00")
    expect(page.get_by_role("alert")).to_contain_text("The service cannot be reached.")
    expect(page.locator("#question")).to_have_value("Anyone?")


def test_a_question_that_was_cut_off_is_the_same_question(service: ScriptedService, open_page: Open) -> None:
    """Every question may be followed again and has a key of its own; after a cut before any word it is asked with the same."""
    service.answer(text("Yes."), end())
    page = open_page()
    seen: list[str | None] = []

    def cut_the_first(route: Route) -> None:
        seen.append(route.request.header_value("idempotency-key"))
        route.abort("connectionreset") if len(seen) == 1 else route.continue_()

    page.route("**/v1/chat/completions", cut_the_first)
    for question in ("1?", "2?"):
        put(page, question)
        expect(page.get_by_role("status")).to_have_text("The answer is complete.")
    assert seen[0] == seen[1] != seen[2]
    assert [headers["x-sanspanne-detach"] for headers in service.told] == ["true", "true"]
    assert [headers["idempotency-key"] for headers in service.told] == seen[1:]


def test_what_is_typed_survives_a_reload(service: ScriptedService, open_page: Open) -> None:
    """A question that has not been answered yet is still there after a reload; an answered one is not."""
    service.answer(text("Yes."), end())
    page = open_page()
    page.locator("#question").fill("Half a quest")
    page.reload()
    expect(page.locator("#question")).to_have_value("Half a quest")
    put(page)
    expect(page.locator(".account, .answer .said").first).to_have_text("Yes.")
    page.reload()
    expect(page.locator("#question")).to_have_value("")


def test_escape_stops_and_the_service_notices(service: ScriptedService, open_page: Open) -> None:
    """Esc ends the answer where it is; the connection is closed, so that nobody pays for words unread."""
    service.answer(text("One, two"), PAUSE, text(", three"), end())
    page = open_page()
    put(page)
    expect(page.locator(".answer .said")).to_have_text("One, two")
    page.keyboard.press("Escape")
    expect(page.locator(".account").first).to_have_text("You stopped the answer here.")
    expect(page.locator("#send")).to_be_visible()
    assert service.left.wait(timeout=10)


def test_the_stop_button_gives_the_keyboard_back(service: ScriptedService, open_page: Open) -> None:
    """While an answer comes there is a button that stops it; after it, one can type at once."""
    service.answer(text("One"), PAUSE)
    page = open_page()
    put(page)
    expect(page.locator(".answer .said")).to_have_text("One")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#question")).to_be_focused()


def test_the_conversation_goes_on_without_broken_answers(service: ScriptedService, open_page: Open) -> None:
    """Earlier turns are sent along, but not one that broke off: nothing is built on half an answer."""
    page = open_page()
    for question, script in (("1?", [text("One."), end()]), ("2?", [text("Tw")]), ("3?", [text("Three."), end()])):
        service.answer(*script)
        put(page, question)
        expect(page.locator("#send")).to_be_visible()
        expect(page.locator(".answer").last).not_to_have_class("answer waiting")
    contents = [message["content"] for message in service.asked[-1]["messages"]]
    assert contents == ["1?", "One.", "3?"]


def test_shift_enter_starts_a_new_line(service: ScriptedService, open_page: Open) -> None:
    """A question may have several lines."""
    service.answer(text("Yes."), end())
    page = open_page()
    page.locator("#question").press_sequentially("a")
    page.keyboard.press("Shift+Enter")
    page.locator("#question").press_sequentially("b")
    page.keyboard.press("Enter")
    expect(page.locator(".asked .said")).to_have_text("a\nb", use_inner_text=True)


def test_an_answer_is_text_and_nothing_else(service: ScriptedService, open_page: Open) -> None:
    """Markup in an answer is shown, not run; characters cut in two by the network and U+2028 arrive whole."""
    said = "<img src=x onerror=alert(1)> é€🙂 a\u2028b"
    whole = text(said)
    service.answer(*(whole[index : index + 1] for index in range(len(whole))), end().replace(b"\n", b"\r\n"))
    page = open_page()
    put(page)
    expect(page.get_by_role("status")).to_have_text("The answer is complete.")
    assert page.locator(".answer .said").evaluate("element => element.textContent") == said
    assert page.locator(".answer img").count() == 0


def test_the_chosen_model_is_asked_and_remembered(service: ScriptedService, open_page: Open) -> None:
    """The page offers the models that the service has, and keeps the choice."""
    service.answer(text("Yes."), end())
    page = open_page()
    page.get_by_label("Model").select_option("gpt")
    page.reload()
    page.wait_for_selector("#model option", state="attached")
    put(page)
    expect(page.get_by_role("status")).to_have_text("The answer is complete.")
    assert service.asked[0]["model"] == "gpt"


def test_the_model_on_its_way_is_seen(service: ScriptedService, open_page: Open) -> None:
    """While the model on board is fetched and loaded its progress is shown, and then goes away."""
    service.readiness["onboard"] = on_its_way("fetching", 0.42)
    page = open_page()
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "0.42")
    expect(page.locator("#loading-words")).to_have_text("fetching it.")
    service.readiness["onboard"] = on_its_way("loading", 0.0)
    expect(page.locator("#loading-words")).to_have_text("loading it.")
    expect(page.get_by_role("progressbar")).not_to_have_attribute("value", "0")
    service.readiness["onboard"] = {"state": "ready"}
    expect(page.get_by_role("progressbar")).to_be_hidden()


@pytest.mark.parametrize(("locale", "sentence"), [("en-GB", "No model here."), ("fr-FR", "Pas de modèle ici.")])
def test_no_model_on_board_is_said(service: ScriptedService, open_page: Open, locale: str, sentence: str) -> None:
    """Where no model on board can be had, the service's own sentence says so, without a bar that never moves."""
    service.readiness["onboard"] = {
        "state": "unavailable",
        "fraction": 0.0,
        "message": {"en": "No model here.", "fr": "Pas de modèle ici."},
    }
    page = open_page(locale)
    expect(page.locator("#loading-words")).to_have_text(sentence)
    expect(page.get_by_role("progressbar")).to_be_hidden()


def test_the_page_speaks_french(service: ScriptedService, open_page: Open) -> None:
    """A French browser gets all of it in French, failures included, and the page says that it is French."""
    service.answer(error("own words"), status=503)
    page = open_page("fr-FR")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page.locator(".fine")).to_contain_text("Vous parlez à un système d’IA")
    put(page, "Bonjour")
    expect(page.get_by_role("alert")).to_contain_text("Personne n’a pu répondre")


def test_both_languages_say_everything(service: ScriptedService, open_page: Open) -> None:
    """No sentence exists in one language only."""
    page = open_page()
    words = page.evaluate(
        """async () => {
          const { WORDS } = await import(document.querySelector("script").src.replace("page.js", "words.js"));
          return Object.fromEntries(Object.entries(WORDS).map(([name, words]) => [name, Object.keys(words)]));
        }"""
    )
    assert words["en"] == words["fr"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1000, 360])
def test_everybody_can_use_it(service: ScriptedService, open_page: Open, scheme: str, width: int) -> None:
    """axe finds nothing to complain about, in light and dark, wide and narrow, with answers and failures on the page."""
    service.readiness["onboard"] = on_its_way("fetching", 0.42)
    page = open_page(color_scheme=scheme, viewport={"width": width, "height": 720})
    assert violations(page) == []
    service.answer(text("A long word: " + "x" * 300), target="onboard", rung="onboard")
    put(page, "Hello?\n" + "y" * 300)
    expect(page.get_by_role("alert")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_stranger_can_read_how_to_get_in(service: ScriptedService, open_page: Open) -> None:
    """The note for who comes without the token is as usable as the page."""
    page = open_page("fr-FR")
    page.context.clear_cookies()
    page.goto(service.base)
    expect(page.locator("h1")).to_have_text("Il manque l’adresse complète")
    assert violations(page) == []


def on_its_way(state: str, fraction: float) -> dict[str, object]:
    """The service's account of the model on board."""
    return {"state": state, "fraction": fraction, "message": {"en": f"{state} it.", "fr": f"{state} !"}}


def violations(page: Page) -> list[str]:
    """What axe complains about, best practices included."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]]
