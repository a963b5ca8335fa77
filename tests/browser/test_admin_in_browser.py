"""`/admin` in a real browser, over the books and the limits of a real service that nobody asks anything."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from sanspanne.admission.priority import Priority
from sanspanne.admission.ticket import Ticket
from sanspanne.answers.route import Route
from sanspanne.app import Service
from sanspanne.chat import Rung, Target
from sanspanne.config import parse
from sanspanne.errors import CallerError
from sanspanne.outcomes import REASONS
from sanspanne.overview import Overview
from sanspanne.server.exchange import Exchange
from sanspanne.server.requests import Requests
from sanspanne.web.pages import web_app
from sanspanne.web.session import Sessions

pytestmark = pytest.mark.browser

CONFIG = {
    "providers": {name: {"kind": "openai", "base_url": "http://127.0.0.1:1", "key_env": "KEY"} for name in "abcd"},
    "models": {"auto": {"chain": [f"{name}/gpt-4o" for name in "abcd"], "onboard": False}},
    "onboard": {"enabled": False},
    "keys": {
        "app": {"secret_env": "APP", "class": "agent", "requests_per_day": 60, "dollars_per_day": 5.0},
        "night": {"secret_env": "NIGHT", "class": "batch", "streams": 4},
    },
}


class Asked:
    """An answer, as far as the books look at it."""

    attached = False

    def __init__(self, answer_id: str, route: Route) -> None:
        self.id, self.route = answer_id, route


class Watched:
    """A service, its books, and where its pages are."""

    def __init__(self, folder: Path) -> None:
        environ = {"KEY": "sk-secret", "APP": "sk-app", "NIGHT": "sk-night"}
        self.service = Service(parse(CONFIG), data_dir=folder, environ=environ)
        self.books = Requests()
        self.overview = Overview(self.service, self.books, time.time())
        self.tickets: list[Ticket] = []
        self.service.entrance.room.tickets = lambda: self.tickets  # type: ignore[method-assign]
        self.sessions = Sessions("a-token-that-is-as-long-as-a-real-one-would-be", 0)
        self.pages = web_app(self.sessions, self.service.readiness, self.overview.state)
        self.base = ""

    def ends(self, key: str = "app", rung: Rung | None = Rung.PRIMARY, told: CallerError | None = None) -> None:
        """One request that arrives and ends."""
        exchange = Exchange({"method": "POST", "path": "/v1/messages", "headers": []}, None, None)  # type: ignore[arg-type]
        exchange.key, exchange.model, exchange.complete, exchange.told = key, "auto", True, told
        target = "" if rung is None else "a/gpt-4o" if rung is Rung.PRIMARY else "b/gpt-4o"
        route = Route(target, rung, 1, waited=0.0 if rung is Rung.PRIMARY else 2.4, first_token=0.31 if rung else None)
        exchange.attach(Asked(f"ans_01a2{self.books.offered:020d}", route))
        self.books.end(exchange, self.books.begin() - 1.7)

    def waits(self, key: str, priority: Priority, seconds: float) -> None:
        """One more waits since then."""
        now = time.monotonic()
        self.tickets.append(Ticket("ans_w", key, priority, (), now - seconds, now))


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    """A service that has seen an outage, with its pages at an address."""
    watched = Watched(tmp_path)
    _outage(watched)
    config = uvicorn.Config(watched.pages, host="127.0.0.1", port=0, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    listening = server.config.bind_socket()
    watched.base = f"http://127.0.0.1:{listening.getsockname()[1]}"
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    yield watched
    server.should_exit = True
    thread.join(timeout=10)


def _outage(watched: Watched) -> None:
    for place in range(52):
        watched.ends(rung=Rung.PRIMARY if place % 3 else Rung.FALLBACK)
    watched.ends("night", None, CallerError(503, "overloaded", "?", code="wait_too_long"))
    watched.ends("night", None, CallerError(429, "rate_limit", "?", code="quota_streams"))
    watched.books.begin()
    watched.waits("app", Priority.INTERACTIVE, 3.2)
    watched.waits("night", Priority.BATCH, 41.0)
    watched.waits("night", Priority.BATCH, 12.0)
    standings, limiters = watched.service.standings, watched.service.entrance.limiters
    standings.of(Target("b", "gpt-4o")).resting_until = time.monotonic() + 3000
    standings.of(Target("c", "gpt-4o")).suspended = "its key was refused"
    limiter = limiters.of(Target("a", "gpt-4o"))
    for _ in range(7):
        limiter.try_acquire(spill=False)
        limiter.spoke(0.3)
    watched.service.quotas.enter("app", "x", 10)


Open = Callable[..., Page]


@pytest.fixture
def open_admin(chromium: Browser, watched: Watched) -> Iterator[Open]:
    """Opens the printed address and then `/admin` in a fresh browser; nothing may break the policy of the page."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def open_admin(locale: str = "en-GB", **options: Any) -> Page:
        context = chromium.new_context(locale=locale, **options)
        contexts.append(context)
        context.on("console", lambda message: complaints.append(message.text) if "Policy" in message.text else None)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.goto(watched.sessions.address(watched.base))
        page.goto(watched.base + "/admin")
        page.wait_for_selector("#recent table")
        return page

    yield open_admin
    for context in contexts:
        context.close()
    assert complaints == []


def row(page: Page, table: str, name: str) -> Any:
    """The row of a table that tells of `name`."""
    return page.locator(f"#{table} tbody tr").filter(has_text=name).first


def test_it_shows_how_everything_stands(open_admin: Open) -> None:
    """At a glance: the books and that they agree, who waits, each target, each key, the last fifty requests."""
    page = open_admin()
    expect(page).to_have_title("sanspanne: how it stands")
    expect(page.locator("#sum")).to_have_text("The books agree: 55 offered = 54 ended + 1 open.")
    expect(row(page, "ended", "wait_too_long")).to_contain_text("did not fit the time that the caller has")
    expect(page.locator("#queue")).to_contain_text(re.compile("Longest wait4[0-9]"))
    expect(row(page, "tenants", "night")).to_contain_text("2")
    expect(row(page, "targets", "a/gpt-4o")).to_contain_text("usable")
    expect(row(page, "targets", "a/gpt-4o")).to_contain_text("7 of 1")
    expect(row(page, "targets", "b/gpt-4o")).to_contain_text("asked us to wait")
    expect(row(page, "targets", "c/gpt-4o")).to_contain_text("suspended")
    expect(row(page, "keys", "app")).to_contain_text("1 of 60 requests per day")
    expect(page.locator("#recent tbody tr")).to_have_count(50)
    expect(row(page, "recent", "quota")).to_contain_text("night")
    assert "sk-" not in page.content()


def test_it_goes_on_by_itself(open_admin: Open, watched: Watched) -> None:
    """Without a reload the figures follow: a request that ends, a queue that empties, a target that comes back."""
    page = open_admin()
    watched.ends(rung=Rung.ONBOARD)
    watched.tickets.clear()
    watched.service.standings.of(Target("b", "gpt-4o")).resting_until = 0.0
    expect(page.locator("#sum")).to_have_text("The books agree: 56 offered = 55 ended + 1 open.")
    expect(row(page, "recent", "onboard")).to_be_visible()
    expect(page.locator("#tenants table")).to_have_count(0)
    expect(row(page, "targets", "b/gpt-4o")).to_contain_text("usable")


def test_nothing_is_asked_while_nobody_looks(open_admin: Open) -> None:
    """A page in the background asks for nothing, and asks at once when somebody looks again."""
    page = open_admin()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    page.wait_for_timeout(1100)  # what had been begun
    asked.clear()
    page.wait_for_timeout(1500)
    assert asked == []
    page.evaluate(
        "Object.defineProperty(document, 'hidden', { value: false, configurable: true });"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    page.wait_for_event("requestfinished")


def test_the_service_is_away(open_admin: Open, watched: Watched) -> None:
    """While the service cannot be reached the page says of when its figures are; it goes on when it can."""
    page = open_admin()
    page.route("**/admin/state", lambda route: route.abort())
    expect(page.get_by_role("status")).to_have_text(
        re.compile(r"^The service cannot be reached\. What is shown is of \d\d:\d\d:\d\d; the page keeps trying\.$")
    )
    expect(page.locator("#recent tbody tr")).to_have_count(50)
    page.unroute("**/admin/state")
    expect(page.locator("#status")).to_have_text("")


def test_without_the_session_nothing_is_shown(chromium: Browser, watched: Watched) -> None:
    """Who has not opened the printed address gets a note, and no figure."""
    page = chromium.new_page()
    assert page.goto(watched.base + "/admin").status == 401  # type: ignore[union-attr]
    answer = page.goto(watched.base + "/admin/state")
    assert answer is not None
    assert answer.status == 401
    assert "offered" not in answer.text()
    page.close()


def test_it_speaks_french(open_admin: Open) -> None:
    """A browser that prefers French gets the page in French, with its typography."""
    page = open_admin("fr-FR")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page.locator("#sum")).to_have_text("Le compte est bon\u00a0: 55 reçues = 54 terminées + 1 en cours.")
    expect(row(page, "targets", "c/gpt-4o")).to_contain_text("suspendue")
    expect(row(page, "keys", "app")).to_contain_text("1 sur 60 requêtes par jour")


def test_every_reason_is_explained_in_both_languages(open_admin: Open) -> None:
    """The page knows each reason; in English it says what the table of the service says."""
    page = open_admin()
    root = page.locator("script[type=module]").get_attribute("src")
    words = page.evaluate(
        "async (src) => { const { WORDS } = await import(src.replace('admin.js', 'admin-words.js'));"
        "return Object.fromEntries(Object.entries(WORDS).map(([language, words]) => [language, words.reasons])); }",
        root,
    )
    assert words["en"] == {name: reason.sentence for name, reason in REASONS.items()}
    assert words["fr"].keys() == REASONS.keys()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_is_accessible(open_admin: Open, scheme: str, width: int, tmp_path: Path) -> None:
    """axe finds nothing, in both themes, on a phone and on a desk; a phone scrolls tables, and never the page, sideways."""
    page = open_admin(color_scheme=scheme, viewport={"width": width, "height": 900})
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.screenshot(path=tmp_path / f"admin-{scheme}-{width}.png", full_page=True)
