"""What a person types on the page."""

from __future__ import annotations

from playwright.sync_api import Page


def put(page: Page, question: str = "Hello?") -> None:
    """Types a question and sends it with the keyboard, as most people do."""
    page.locator("#question").fill(question)
    page.keyboard.press("Enter")
