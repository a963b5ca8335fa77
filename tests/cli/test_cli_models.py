"""`sanspanne models`."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import pytest
from command_line import Cli

from sanspanne.cli import models
from sanspanne.onboard.catalogue import CATALOGUE, Entry

CONTENT = b"GGUF" + bytes(range(256)) * 64


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Entry:
    """A catalogue of one small model."""
    entry = msgspec.structs.replace(
        CATALOGUE[0], id="tiny", file="tiny.gguf", bytes=len(CONTENT), sha256=hashlib.sha256(CONTENT).hexdigest()
    )
    monkeypatch.setattr(models, "CATALOGUE", (entry,))
    return entry


def test_list_shows_the_catalogue(cli: Cli) -> None:
    """Every model of the catalogue is shown whole, with its licence, and the default is marked."""
    done = cli("models", "list")
    assert done.code == 0
    assert all(entry.id in done.out for entry in CATALOGUE)
    assert "(default)" in done.out


@pytest.mark.parametrize(("locale", "size"), [("en", "533 MB"), ("fr", "533\u00a0Mo")])
def test_sizes_are_in_the_users_language(cli: Cli, locale: str, size: str) -> None:
    """A size is told in megabytes to the one and in mégaoctets to the other."""
    assert size in cli("models", "list", LANG=locale).out


def test_pull_takes_a_file_and_verifies_it(cli: Cli, tiny: Entry, tmp_path: Path) -> None:
    """A file that is on the machine is taken, verified, and then found whole."""
    (tmp_path / "mine.gguf").write_bytes(CONTENT)
    done = cli("models", "pull", "tiny", "--from-file", "mine.gguf", "--data", "data")
    assert done.code == 0
    assert (tmp_path / "data" / "models" / tiny.file).read_bytes() == CONTENT
    verified = cli("models", "verify", "tiny", "--data", "data")
    assert (verified.code, "tiny: verified" in verified.out) == (0, True)


def test_pull_of_a_wrong_file_fails_with_a_sentence(cli: Cli, tiny: Entry, tmp_path: Path) -> None:
    """A file that is not what the catalogue says is refused, whoever offers it."""
    (tmp_path / "mine.gguf").write_bytes(CONTENT[::-1])
    done = cli("models", "pull", "tiny", "--from-file", "mine.gguf", "--data", "data")
    assert done.code == 1
    assert "tiny could not be fetched" in done.err
    assert not (tmp_path / "data" / "models" / tiny.file).exists()


def test_verify_finds_a_damaged_file(cli: Cli, tiny: Entry, tmp_path: Path) -> None:
    """A file in which one byte has changed is found, even when its size and its seal say that nothing has."""
    (tmp_path / "mine.gguf").write_bytes(CONTENT)
    cli("models", "pull", "tiny", "--from-file", "mine.gguf", "--data", "data")
    path = tmp_path / "data" / "models" / tiny.file
    path.write_bytes(b"X" + CONTENT[1:])
    done = cli("models", "verify", "--data", "data")
    assert done.code == 1
    assert "is not what the catalogue says. Fetch it again: sanspanne models pull tiny" in done.out


def test_verify_of_nothing_says_how_to_fetch(cli: Cli, tiny: Entry) -> None:
    """A model that is not there is not verified, and the way to it is named."""
    done = cli("models", "verify", "tiny", "--data", "data")
    assert (done.code, done.out) == (1, "tiny is not here. Fetch it: sanspanne models pull tiny\n")
