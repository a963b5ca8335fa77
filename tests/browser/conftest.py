"""A real Chromium on the real page, with a scripted `/v1` behind it on 127.0.0.1."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright
from scripted_service import ScriptedService

from sanspanne.web.pages import web_app
from sanspanne.web.session import Sessions

Open = Callable[..., Page]


# Of a module's scope, not the session's: while Playwright is up, no other test can run an event loop of its own.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One Chromium for a module's tests; each test has a context of its own in it."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine: install the package `chromium` to run the page in it")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses its sandbox to root
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*sandbox, "--disable-dev-shm-usage"])
        yield browser
        browser.close()


@pytest.fixture
def service() -> Iterator[ScriptedService]:
    """The page's app and a scripted `/v1`, served on a port of their own."""
    status: dict[str, Any] = {"ready": True, "onboard": {"state": "ready", "fraction": 1.0}}
    sessions = Sessions("a-token-that-is-as-long-as-a-real-one-would-be", 0)
    scripted = ScriptedService(web_app(sessions, lambda: status), sessions, status)
    server = uvicorn.Server(uvicorn.Config(scripted, host="127.0.0.1", port=0, log_level="warning", lifespan="off"))
    listening = server.config.bind_socket()
    scripted.base = f"http://127.0.0.1:{listening.getsockname()[1]}"
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    yield scripted
    scripted.release.set()
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture
def open_page(chromium: Browser, service: ScriptedService) -> Iterator[Open]:
    """Opens the printed address in a fresh browser; at the end, nothing may have left the origin or broken a rule."""
    contexts, addresses, complaints = [], [], []

    def open_page(locale: str = "en-GB", **context_options: Any) -> Page:
        context = chromium.new_context(locale=locale, **context_options)
        contexts.append(context)
        context.on("request", lambda request: addresses.append(request.url))
        context.on("console", lambda message: complaints.append(message.text) if "Policy" in message.text else None)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.goto(service.sessions.address(service.base))
        page.wait_for_selector("#model option", state="attached")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [address for address in addresses if not address.startswith(service.base + "/")] == []
    assert complaints == []
