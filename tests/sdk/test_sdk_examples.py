"""The examples of the documents, run as they stand there: what a reader copies works."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sdk_gateway import KEY, Gateway

ROOT = Path(__file__).parents[2]
DOCUMENTS = ["README.md", "docs/clients.md", "docs/fr/LISEZMOI.md", "docs/fr/clients.md"]
ADDRESS = "http://127.0.0.1:8080"


def curls() -> list[tuple[str, str]]:
    """Every `curl` of the documents that asks our API, with the document's name."""
    found = [(name, text) for name in DOCUMENTS for text in _commands((ROOT / name).read_text())]
    return [(name, text) for name, text in found if f"{ADDRESS}/v1/" in text]


def _commands(text: str) -> list[str]:
    return re.findall(r"^ {4}(curl (?:.*\\\n)*.*)$", text, re.M)


def programs() -> list[tuple[str, str]]:
    """Every Python program of the documents, with the document's name."""
    found = [(name, code) for name in DOCUMENTS for code in _python((ROOT / name).read_text())]
    return [(name, code) for name, code in found if ADDRESS in code]


def _python(text: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", text, re.S)


def test_there_are_examples() -> None:
    """The documents have examples, in both languages: none of the tests below can be passed by there being none."""
    assert {name for name, _ in curls()} == set(DOCUMENTS)
    assert {name for name, _ in programs()} >= {"README.md", "docs/clients.md", "docs/fr/LISEZMOI.md"}


@pytest.mark.parametrize(("document", "command"), curls())
def test_curl(gateway: Gateway, document: str, command: str) -> None:
    """A `curl` of the documents gets an answer."""
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")
    words = shlex.split(command.replace("\\\n", " ").replace(ADDRESS, gateway.url))
    done = subprocess.run([*words, "-sS", "-H", f"authorization: Bearer {KEY}"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "answers" in done.stdout, done.stdout
    assert "bonjour" in done.stdout


@pytest.mark.parametrize(("document", "code"), programs())
def test_python(gateway: Gateway, document: str, code: str) -> None:
    """A Python program of the documents runs, and prints an answer where it prints one."""
    if "langchain" in code:
        pytest.importorskip("langchain_openai", reason="langchain-openai is not installed")
    keyed = re.sub(r'api_key="[^"]*"', f'api_key="{KEY}"', code.replace(ADDRESS, gateway.url))
    done = subprocess.run([sys.executable, "-c", keyed], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "answers: bonjour" in done.stdout or "print(" not in code
