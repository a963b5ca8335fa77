"""`sanspanne drill`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from command_line import Cli

from sanspanne.drill.reading import names
from sanspanne.drill.result import Report

SMALL = """
name = "small"
seconds = 3
chain = ["first", "second"]
[title]
en = "A small drill"
fr = "Un petit exercice"
[compressed]
en = "Everything."
fr = "Tout."
[load]
words = 5
pace = 0.01
[[load.phase]]
at = 0
rate = 4.0
[providers.first]
kind = "openai"
first_word = 0.05
[[providers.first.fault]]
at = 1
until = 2
shape = "down-503"
[providers.second]
kind = "anthropic"
first_word = 0.05
[[promise]]
name = "served"
at_least = 0.5
"""
IMPOSSIBLE = '[[promise]]\nname = "calls_to"\nof = "first"\nat_most = 0\n'


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A drill of three seconds."""
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    return path


def test_a_whole_drill_is_performed_judged_and_reported(cli: Cli, small: Path, tmp_path: Path) -> None:
    """sanspanne and no gateway perform it; LiteLLM is said not to be there; the reports are written, and it passes."""
    done = cli("drill", "small.toml", "--output", "out", PATH="")
    assert done.code == 0, done.err + done.out
    assert "LiteLLM is not installed" in done.err
    assert "Compressed: Everything." in done.err
    assert "sanspanne · 1 of 3 s" in done.err
    assert "Requests that got a whole answer" in done.out
    assert "All 1 promises were kept." in done.out
    report = msgspec.json.decode((tmp_path / "out" / "report.json").read_bytes(), type=Report)
    assert [run.contender for run in report.runs] == ["sanspanne", "no gateway"]
    assert "A small drill" in (tmp_path / "out" / "report.html").read_text()
    assert "A small drill" in (tmp_path / "out" / "report.md").read_text()


def test_a_broken_promise_is_exit_code_1(cli: Cli, small: Path) -> None:
    """With --json the report is all that is printed; the verdict is in the exit code. --language goes before the locale."""
    small.write_text(SMALL + IMPOSSIBLE)
    done = cli("drill", "small.toml", "--only-sanspanne", "--json", "--language", "fr", "--seed", "7")
    assert done.code == 1
    report = msgspec.json.decode(done.out, type=Report)
    assert [promise.kept for promise in report.promises] == [True, False]
    assert (report.seed, report.compressed, len(report.runs)) == (7, "Tout.", 1)
    assert "Un petit exercice\u00a0: sanspanne" in done.err


@pytest.mark.parametrize(("locale", "head"), [("en", "What happens"), ("fr", "Ce qui se passe")])
def test_the_scenarios_of_the_house_are_listed(cli: Cli, locale: str, head: str) -> None:
    """Every one by its name, with what happens in it, in the language of the terminal."""
    done = cli("drill", "list", LANG=locale)
    assert done.code == 0
    assert all(name in done.out for name in (*names(), head))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["no-such"], "There is no scenario no-such"),
        (["missing.toml"], "missing.toml cannot be read"),
        (["stampede", "--against", "portkey"], '--against has "portkey". Expected none or litellm'),
        (["stampede", "--seed", "-1"], "--seed -1 cannot be used"),
        (["stampede", "--language", "de"], "--language de is not spoken here"),
        ([], "requires an argument"),
    ],
)
def test_wrong_usage_is_exit_code_2(cli: Cli, arguments: list[str], sentence: str) -> None:
    """What cannot be understood is said in a sentence, before anything is started."""
    done = cli("drill", *arguments)
    assert (done.code, done.out) == (2, "")
    assert sentence in done.err


def test_reports_that_cannot_be_written_are_told_first(cli: Cli, small: Path, tmp_path: Path) -> None:
    """Nobody waits for a whole drill to learn that its reports have no place: exit code 2, before anything is started."""
    (tmp_path / "taken").write_text("a file")
    done = cli("drill", "small.toml", "--output", "taken")
    assert (done.code, done.out) == (2, "")
    assert "The reports cannot be written" in done.err
    assert "asked" not in done.err


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are found by /proc")
@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_drill_ends_its_children(small: Path, tmp_path: Path, told: signal.Signals) -> None:
    """Ctrl-C in the middle, or the end of a CI's patience: exit code 130, and no process that it started is left."""
    command = [sys.executable, "-m", "sanspanne", "drill", "small.toml", "--only-sanspanne"]
    environ = {**os.environ, "XDG_DATA_HOME": str(tmp_path)}
    with subprocess.Popen(command, cwd=tmp_path, env=environ, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while "sanspanne · 1 of" not in (line := process.stderr.readline()):
            assert line, "it ended before it began"
        children = [int(pid) for pid in _children(process.pid)]
        assert len(children) == 2  # the providers and the gateway
        process.send_signal(told)
        assert process.wait(30) == 130
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
