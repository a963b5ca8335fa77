"""LiteLLM in a virtual environment of its own, made once; it is far too large to be among our own dependencies."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

REQUIREMENT = "litellm[proxy]==1.106.2"
INSTALL_SECONDS = 600


def folder() -> Path:
    """Where it is, or will be: `BENCH_LITELLM`, or below the user's cache."""
    chosen = os.environ.get("BENCH_LITELLM")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(chosen) if chosen else cache / "sanspanne-benchmarks" / REQUIREMENT.replace("[proxy]==", "-")


def program() -> Path:
    """The proxy's program."""
    return folder() / "bin" / "litellm"


def missing() -> str | None:
    """None when it is there or could be installed now; else why not."""
    if program().exists():
        return None
    print(f"Installing {REQUIREMENT} into {folder()}, once ...", file=sys.stderr)
    venv.create(folder(), with_pip=True, clear=True)
    pip = [str(folder() / "bin" / "python"), "-m", "pip", "install", "--quiet", REQUIREMENT]
    try:
        subprocess.run(pip, check=True, timeout=INSTALL_SECONDS, capture_output=True, text=True)
    except subprocess.TimeoutExpired:
        return f"{REQUIREMENT} could not be installed within {INSTALL_SECONDS} s"
    except subprocess.CalledProcessError as error:
        return f"{REQUIREMENT} could not be installed: {_last_line(error.stderr)}"
    return None if program().exists() else f"{REQUIREMENT} brought no program named litellm"


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["pip said nothing"])[-1]
