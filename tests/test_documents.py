"""What the documents show works: their configurations are accepted, their links lead somewhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import FieldInfo, fields

from sanspanne.config import Config
from sanspanne.config.load import parse
from sanspanne.config.shape import section_of
from sanspanne.server.wishes import KNOWN

ROOT = Path(__file__).parent.parent
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "ARCHITECTURE.md",
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "decisions").glob("*.md"),
]
EXAMPLE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"```.*?```|^    .*?$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
BARE_MARK = re.compile(r".* [;:!?»](?:\s|$).*|.*« .*|.*\w'\w.*", re.MULTILINE)
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


@pytest.mark.parametrize("document", sorted((ROOT / "docs" / "fr").glob("*.md")), ids=lambda document: document.name)
def test_french_has_its_spaces(document: Path) -> None:
    """Before ; : ! ? and within guillemets the space does not break, and apostrophes are curved."""
    assert BARE_MARK.findall(CODE.sub("code", document.read_text("utf-8"))) == []


@pytest.mark.parametrize("language", ["", "fr"])
def test_every_setting_is_told_with_its_default(language: str) -> None:
    """Both documents on the configuration have a row for each setting, and what it is when nobody sets it."""
    text = (ROOT / "docs" / language / "configuration.md").read_text("utf-8")
    sections = dict(re.findall(r"^## `\[(\w+)[^`]*`\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    told = {(name, setting) for name, rows in sections.items() for setting in re.findall(r"`(\w+)`", rows)}
    for section in fields(Config):
        for setting in fields(section_of(section) or Config):
            assert (section.name, setting.encode_name) in told
            assert not _shown(setting) or f"`{_shown(setting)}`" in sections[section.name]


def _shown(setting: FieldInfo) -> str:
    """The default as TOML writes it; nothing for a setting that is needed, or that is left open."""
    default = "" if setting.default is msgspec.NODEFAULT else setting.default
    return "" if default in (None, "") else msgspec.json.encode(default).decode()


@pytest.mark.parametrize("document", ["docs/clients.md", "docs/fr/clients.md"])
def test_every_header_of_ours_is_explained(document: str) -> None:
    """Who may ask for something in a header finds it in the table of those, in both languages."""
    text = (ROOT / document).read_text("utf-8")
    assert [name for name in KNOWN if f"\n| `{name}: " not in text] == []
