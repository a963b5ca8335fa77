"""A real process that is killed while it journals: everything that it showed is there."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from journal_scene import Scene, hurried, said

VICTIM = Path(__file__).with_name("journal_victim.py")


@pytest.mark.parametrize("lines", [1, 5, 6, 7, 8, 9, 40, 300, 2001])
def test_everything_that_was_shown_before_kill_9_is_there(tmp_path: Path, lines: int) -> None:
    """After so many shown lines the process is killed; the next one finds each of them, and no answer whole that is not."""
    with subprocess.Popen([sys.executable, str(VICTIM), str(tmp_path / "j")], stdout=subprocess.PIPE) as victim:
        assert victim.stdout is not None
        shown = [victim.stdout.readline() for _ in range(lines)]
        victim.kill()
        shown += victim.stdout.readlines()
    scene = Scene(tmp_path / "j")
    scene.wall.now = time.time()
    left = hurried(scene.left())
    assert scene.notices == []
    for line in shown:
        answer, last = line.decode().split()
        kept = left[answer]
        assert kept.over is not None if last == "over" else kept.said[int(last) - 1].last == int(last)
    for answer, kept in left.items():
        assert kept.said == said(answer, *range(1, len(kept.said) + 1))
        assert kept.over is None or len(kept.said) == 7
