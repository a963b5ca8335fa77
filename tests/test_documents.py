"""What the documents show works: their configurations are accepted, their links lead somewhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from sanspanne.config.load import parse

ROOT = Path(__file__).parent.parent
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "ARCHITECTURE.md",
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "decisions").glob("*.md"),
]
EXAMPLE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#]+)[^)]*\)")


def examples(language: str) -> list[str]:
    """The fenced examples in `language`, of all documents."""
    texts = (document.read_text("utf-8") for document in DOCUMENTS)
    return [code for text in texts for found, code in EXAMPLE.findall(text) if found == language]


def names(documents: list[Path]) -> list[str]:
    """Short names for test ids."""
    return [str(document.relative_to(ROOT)) for document in documents]


@pytest.mark.parametrize("example", examples("toml"))
def test_every_configuration_shown_is_accepted(example: str) -> None:
    """Who copies a configuration from the documents can start with it."""
    assert parse(tomllib.loads(example)).models


@pytest.mark.parametrize("example", examples("python"))
def test_every_program_shown_compiles(example: str) -> None:
    """The Python examples are Python."""
    compile(example, "example", "exec")


@pytest.mark.parametrize("document", DOCUMENTS, ids=names(DOCUMENTS))
def test_every_link_leads_somewhere(document: Path) -> None:
    """A link to a file of the project names a file that is there."""
    links = [link for link in LINK.findall(document.read_text("utf-8")) if not link.startswith(("http:", "https:"))]
    assert [link for link in links if not (document.parent / link).exists()] == []
