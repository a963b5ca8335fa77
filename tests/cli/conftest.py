"""A command line in this process."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import Cli, Done

from sanspanne.cli import run


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Runs a command in an empty folder, with nothing in the environment but what the test puts there."""

    def call(*arguments: str, **environ: str) -> Done:
        code = run(arguments, {"XDG_DATA_HOME": str(tmp_path / "xdg"), **environ}, tmp_path)
        return Done(code, *capsys.readouterr())

    return call
