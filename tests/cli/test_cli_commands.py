"""The command line: its help, its languages, its errors."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from command_line import Cli

import sanspanne
from sanspanne.cli.words import ENGLISH, FRENCH, words_for

COMMANDS = ("serve", "check", "ask", "models", "keys")


def test_help_names_every_command(cli: Cli) -> None:
    """Help lists what there is, on standard output, and is no error."""
    done = cli("--help")
    assert done.code == 0
    assert all(re.search(rf"│ {command} ", done.out) for command in COMMANDS)


def test_help_speaks_french(cli: Cli) -> None:
    """In a French locale help is in French, the options too."""
    assert "Une IA conversationnelle qui reste debout" in cli("--help", LANG="fr_FR.UTF-8").out
    assert "Où écouter" in cli("serve", "--help", LC_ALL="fr_CA.UTF-8", LANG="en_US.UTF-8").out


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "fr_FR.UTF-8", "LC_ALL": "de_DE.UTF-8"}, "en"),
        ({"LANG": "fr_FR.UTF-8", "LC_ALL": ""}, "fr"),
        ({"LC_MESSAGES": "fr", "LANG": "C"}, "fr"),
    ],
)
def test_language_follows_the_locale(environ: dict[str, str], language: str) -> None:
    """LC_ALL goes before LC_MESSAGES, which goes before LANG; what is empty does not count."""
    assert words_for(environ).language == language


def test_both_languages_fill_in_the_same() -> None:
    """Each sentence has the same places to fill in, in both languages."""
    english, french = msgspec.to_builtins(ENGLISH), msgspec.to_builtins(FRENCH)
    for name, sentence in english.items():
        assert set(re.findall(r"{\w+}", sentence)) == set(re.findall(r"{\w+}", french[name])), name


def test_french_is_set_as_french() -> None:
    """No ordinary space before ; : ! ? or inside « », and no straight apostrophe between letters."""
    for name, sentence in msgspec.to_builtins(FRENCH).items():
        assert not re.search(r" [;:!?»]|« |\w'\w", sentence), name
        assert not re.search(r"[^\W\d_][;!?](\s|$)", sentence), name


def test_version(cli: Cli) -> None:
    """The version is the package's."""
    assert cli("--version").out.strip() == sanspanne.__version__


@pytest.mark.parametrize(
    "arguments",
    [("serv",), ("serve", "--prot", "1"), ("serve", "--port", "x"), ("ask",), ("keys", "create"), ("check", "extra")],
)
def test_wrong_command_is_a_sentence(cli: Cli, arguments: tuple[str, ...]) -> None:
    """A command that cannot be understood is told in a sentence on standard error, with the way to the help."""
    done = cli(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("The command cannot be understood: ")
    assert "sanspanne --help" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("serve", "--workers", "4"), "--workers 4: several processes come in a later version. Expected 1."),
        (("serve", "--port", "70000"), "--port 70000 is not a port. Expected a number from 0 to 65535."),
        (("serve", "--config", "none.toml"), "There is no file"),
        (("check", "--config", "none.toml"), "There is no file"),
        (("ask", " "), "The question is empty."),
        (("models", "pull", "nothing"), 'There is no model "nothing" in the catalogue. Expected one of: qwen3.5-0.8b'),
        (("models", "pull", "llama-3.2-1b-instruct"), "--accept-licence"),
        (("keys", "revoke", "nobody"), 'There is no key named "nobody" in force. In force: none.'),
    ],
)
def test_wrong_wish_is_a_sentence(cli: Cli, arguments: tuple[str, ...], expected: str) -> None:
    """What cannot be done as asked is told with what was expected, with exit code 2."""
    done = cli(*arguments)
    assert (done.code, done.out) == (2, "")
    assert expected in done.err
    assert "Traceback" not in done.err


def test_wrong_configuration_is_a_sentence(cli: Cli, tmp_path: Path) -> None:
    """A mistake in ./sanspanne.toml is told by every command that reads it."""
    (tmp_path / "sanspanne.toml").write_text("[server]\nprot = 1")
    for arguments in (("serve",), ("check",), ("ask", "Hello")):
        done = cli(*arguments)
        assert (done.code, done.out) == (2, "")
        assert "sanspanne.toml: server.prot is not a setting; did you mean port?" in done.err


def test_store_that_cannot_be_used_is_a_sentence(cli: Cli, tmp_path: Path) -> None:
    """A data folder that cannot be is told, with exit code 1."""
    (tmp_path / "file").write_text("")
    done = cli("keys", "list", "--data", "file/data")
    assert done.code == 1
    assert "Expected a folder that this user can write to" in done.err


def test_fault_of_ours_is_a_sentence(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault in the program is admitted in a sentence; the trace comes only when it is asked for."""

    def broken(*_: object) -> int:
        raise ZeroDivisionError("by nought")

    monkeypatch.setattr("sanspanne.cli.keys.show", broken)
    done = cli("keys", "list")
    assert (done.code, "Traceback" in done.err) == (1, False)
    assert "ZeroDivisionError: by nought. This is a fault in sanspanne" in done.err
    assert "Traceback" in cli("keys", "list", SANSPANNE_TRACE="1").err


def test_interruption_is_no_trace(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends a command with one word and the usual code."""

    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("sanspanne.cli.keys.show", interrupted)
    assert cli("keys", "list") == (130, "", "Interrupted.\n")


def test_module_is_the_command(tmp_path: Path) -> None:
    """`python -m sanspanne` is the same program."""
    done = subprocess.run(
        [sys.executable, "-m", "sanspanne", "--version"], capture_output=True, text=True, cwd=tmp_path
    )
    assert (done.returncode, done.stdout.strip()) == (0, sanspanne.__version__)


def test_reader_that_leaves_is_no_trace() -> None:
    """A reader that has gone, such as `head`, ends the command without a word."""
    program = f"{sys.executable} -m sanspanne --help | true"
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True)
    assert "Traceback" not in done.stderr


def test_help_loads_no_server() -> None:
    """Help comes fast because neither the server nor the HTTP client nor the engine is imported for it."""
    code = (
        "import sys; from sanspanne.cli import run; run(['keys', '--help'], {}); "
        "print({name for name in ('aiohttp', 'uvicorn', 'starlette', 'sanspanne.app', 'xllamacpp') if name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "set()"
