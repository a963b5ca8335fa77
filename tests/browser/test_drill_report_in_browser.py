"""A drill's report in a real browser: everybody can read it, on every screen, and it asks nobody for anything."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

sys.path.insert(0, str(Path(__file__).parents[1] / "drill" / "report"))

from made_reports import june

from sanspanne.drill.report.html import html

pytestmark = pytest.mark.browser


def violations(page: Page) -> list[str]:
    """What axe complains about, best practices included."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "language"), [(1200, "en"), (360, "fr")])
def test_everybody_can_read_the_report(
    chromium: Browser, tmp_path: Path, scheme: str, width: int, language: str
) -> None:
    """axe finds nothing, nothing is wider than the screen, no rule is broken and no request leaves the file."""
    file = tmp_path / "drill.html"
    file.write_text(html(june(), language), encoding="utf-8")
    context = chromium.new_context(color_scheme=scheme, viewport={"width": width, "height": 800}, bypass_csp=True)
    addresses: list[str] = []
    context.on("request", lambda request: addresses.append(request.url))
    page = context.new_page()
    page.goto(file.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert addresses == [file.as_uri()]
    context.close()


def test_the_policy_lets_the_report_be_itself(chromium: Browser, tmp_path: Path) -> None:
    """Under its own content policy the page has its style, and the browser has nothing to complain about."""
    file = tmp_path / "drill.html"
    file.write_text(html(june(questions=100), "en"), encoding="utf-8")
    context = chromium.new_context(color_scheme="light")
    complaints: list[str] = []
    context.on("console", lambda message: complaints.append(message.text))
    page = context.new_page()
    page.goto(file.as_uri())
    assert page.locator(".end.quick").first.evaluate("bar => getComputedStyle(bar).fill") == "rgb(11, 110, 95)"
    assert page.locator(".chart").first.evaluate("chart => chart.getBoundingClientRect().width") > 300
    assert complaints == []
    context.close()


def test_paper_is_white(chromium: Browser, tmp_path: Path) -> None:
    """Who prints from a dark screen gets dark letters on white, and tables that are not cut off."""
    file = tmp_path / "drill.html"
    file.write_text(html(june(questions=100), "fr"), encoding="utf-8")
    context = chromium.new_context(viewport={"width": 720, "height": 1000})
    page = context.new_page()
    page.emulate_media(media="print", color_scheme="dark")
    page.goto(file.as_uri())
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(29, 36, 35)"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


def test_long_names_do_not_widen_the_page(chromium: Browser, tmp_path: Path) -> None:
    """A provider with an endless name, in trouble again and again until the end, fits on a phone."""
    made = june(questions=100)
    name = "a-provider-with-an-endless-name-" * 4
    made.events = [(at, name, what) for at in range(0, 75, 5) for what in ("down-refuse", "up")][:-1]
    made.events += [(50.0, "z" * 99, "cut")]
    file = tmp_path / "drill.html"
    file.write_text(html(made, "fr"), encoding="utf-8")
    context = chromium.new_context(viewport={"width": 340, "height": 800})
    page = context.new_page()
    page.goto(file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()
