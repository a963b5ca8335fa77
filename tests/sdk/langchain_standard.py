"""What LangChain's standard tests need to run here: the pictures and papers that they fetch come from this file.

The tests are LangChain's own (`langchain_tests.integration_tests`); nothing in them is changed. They fetch their attachments
from the web, which no test of ours may do, so their `httpx` is one that hands out a picture, a document and a sound.
"""

from __future__ import annotations

import base64
from types import SimpleNamespace
from typing import Any

import pytest
from langchain_tests.integration_tests import chat_models

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture(autouse=True)
def attachments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attachments without a web."""
    monkeypatch.setattr(chat_models, "httpx", SimpleNamespace(get=fetch))


def fetch(url: str, **options: Any) -> Any:
    """A file of the kind that the address names."""
    return SimpleNamespace(content=PNG if url.endswith(".png") else b"%PDF-1.4\n" if url.endswith(".pdf") else b"RIFF")
