"""A question that waits in the queue, on the page: its place in words, told politely, with no silence without a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from busy_service import BusyService
from keyboard import put
from playwright.sync_api import Browser, Page, expect
from scripted_service import PAUSE, ScriptedService, end, text

pytestmark = pytest.mark.browser

Open = Callable[..., Page]

SENTENCES = {
    "en": {
        (3, 17, 4, 9): "You are 3rd of 17; expect 4 to 9\u00a0s.",
        (2, 17, 4, 4): "You are 2nd of 17; expect about 4\u00a0s.",
        (11, 17, 90, 190): "You are 11th of 17; expect 2 to 3\u00a0min.",
        (21, 22, None, None): "You are 21st of 22; how long it takes is not known.",
        (1, 17, 0, 2): "Your question is next; expect 0 to 2\u00a0s.",
    },
    "fr": {
        (3, 17, 4, 9): "Vous êtes 3e sur 17\u202f; comptez entre 4 et 9\u00a0s.",
        (2, 17, 4, 4): "Vous êtes 2e sur 17\u202f; comptez environ 4\u00a0s.",
        (11, 17, 90, 190): "Vous êtes 11e sur 17\u202f; comptez entre 2 et 3\u00a0min.",
        (21, 22, None, None): "Vous êtes 21e sur 22\u202f; la durée de l’attente n’est pas connue.",
        (1, 17, 0, 2): "Votre question est la prochaine\u202f; comptez entre 0 et 2\u00a0s.",
    },
}
SHOWN = """async ([language, places]) => {
  const { src } = document.querySelector("script");
  const { Waiting } = await import(src.replace("page.js", "waiting.js"));
  const { WORDS } = await import(src.replace("page.js", "words.js"));
  const shown = [];
  const waiting = new Waiting({ remark: (sentence) => shown.push(sentence) }, () => {}, WORDS[language]);
  for (const [position, of, low, high] of places) {
    waiting.place({ position, of, low: low ?? undefined, high: high ?? undefined });
  }
  return shown;
}"""


def told(place: str) -> bytes:
    """What the service says of a place such as `3-17 4-9`, as a comment that no event follows yet."""
    numbers, wait = place.split(" ")
    position, of = numbers.split("-")
    return f": sanspanne queue position={position} of={of} wait={wait}\n".encode()


@pytest.mark.parametrize(
    ("locale", "sentence"),
    [("en-GB", SENTENCES["en"][3, 17, 4, 9]), ("fr-FR", SENTENCES["fr"][3, 17, 4, 9])],
)
def test_the_place_is_told(service: ScriptedService, open_page: Open, locale: str, sentence: str) -> None:
    """While a question waits in the queue its place and the range of the wait are told in the reader's language."""
    service.answer(told("3-17 4-9"), PAUSE, text("Yes."), end())
    page = open_page(locale)
    put(page)
    expect(page.locator(".answer .remark")).to_have_text(sentence, use_inner_text=True)
    service.release.set()
    expect(page.locator(".answer .said")).to_have_text("Yes.")
    expect(page.locator(".answer .remark")).to_have_text("")


def test_every_place_is_a_sentence(service: ScriptedService, open_page: Open) -> None:
    """First, second, eleventh, twenty-first; seconds, minutes, one number, none: each reads as a person would say it."""
    page = open_page()
    for language, sentences in SENTENCES.items():
        assert page.evaluate(SHOWN, [language, list(sentences)]) == list(sentences.values())


def test_the_place_is_heard_now_and_then(service: ScriptedService, open_page: Open) -> None:
    """Screen readers hear politely of the first place, and of the changes that follow at once they do not; who sees, sees all."""
    service.answer(told("9-9 unknown"), told("8-9 unknown"), told("7-9 unknown"), PAUSE)
    page = open_page()
    put(page)
    expect(page.locator(".answer .remark")).to_contain_text("You are 7th of 9")
    expect(page.locator("#heard")).to_have_text("You are 9th of 9; how long it takes is not known.")
    expect(page.locator("#heard")).to_have_attribute("aria-live", "polite")
    expect(page.locator("#transcript")).to_have_attribute("aria-live", "off")


def test_who_has_left_the_queue_has_no_place(service: ScriptedService, open_page: Open) -> None:
    """When the service no longer speaks of a place, because somebody is being asked, the old one is not shown any longer."""
    service.answer(told("2-2 unknown"), b": waiting for an answer\n", PAUSE)
    page = open_page()
    put(page)
    expect(page.locator(".answer .remark")).to_contain_text("No word yet.")


@pytest.mark.parametrize(("locale", "sentence"), [("en-GB", "No word yet."), ("fr-FR", "Pas encore de mot.")])
def test_a_long_silence_is_a_sentence(service: ScriptedService, open_page: Open, locale: str, sentence: str) -> None:
    """After five seconds without a word the page says so, and what happens if none comes."""
    service.answer(PAUSE, text("Yes."), end())
    page = open_page(locale)
    page.clock.install()
    put(page)
    expect(page.locator(".answer .remark")).to_have_text("")
    page.clock.fast_forward(5000)
    expect(page.locator(".answer .remark")).to_contain_text(sentence)


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[BusyService]:
    """A service whose one provider takes a single question at once."""
    with BusyService(tmp_path) as busy:
        yield busy


def test_a_real_queue_is_told_live(chromium: Browser, busy: BusyService) -> None:
    """Behind three others at a provider that takes one: the page tells the place of the question, and then has its answer."""
    busy.hold()
    busy.others_ask(3)
    context = chromium.new_context(locale="fr-FR")
    page = context.new_page()
    page.goto(busy.address)
    put(page, "Combien de temps ?")
    expect(page.locator(".answer .remark")).to_contain_text("sur 3", timeout=15_000)
    busy.let_go()
    expect(page.locator(".answer .said")).to_contain_text("Combien de temps ?", timeout=20_000)
    expect(page.locator(".answer .remark")).to_have_text("")
    context.close()
