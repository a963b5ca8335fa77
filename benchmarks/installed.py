"""What the service takes on the disk without extras: a fresh environment, measured as `du` does. pip itself is not counted."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import litellm
from benchmarks.machine import disk_bytes
from benchmarks.rig import Effort
from benchmarks.servers import LiteLLM, Sanspanne, Server

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "requirements" / "serve.lock"


def measure(server: Server, effort: Effort) -> dict[str, float]:
    """Once is enough: it does not vary."""
    if isinstance(server, Sanspanne):
        return {"installed, MB": _ours() / 1e6}
    if isinstance(server, LiteLLM):
        return {"installed, MB": disk_bytes(litellm.folder()) / 1e6}
    return {}


def _ours() -> int:
    """The versions are those of the lock; of its packages, only those that the core wants."""
    with tempfile.TemporaryDirectory(prefix="sanspanne-installed-") as folder:
        versions = Path(folder) / "versions.txt"
        versions.write_text("\n".join(re.findall(r"^[\w.-]+==[\w.]+", LOCK.read_text(), re.MULTILINE)))
        fresh = Path(folder) / "venv"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", fresh], check=True)
        pip = [sys.executable, "-m", "pip", "--python", str(fresh / "bin" / "python"), "install", "--quiet"]
        installed = subprocess.run(
            [*pip, "--constraint", str(versions), str(ROOT)], capture_output=True, text=True, check=False
        )
        if installed.returncode:
            raise RuntimeError(f"pip could not install the core: {installed.stderr[-1000:]}")
        return disk_bytes(fresh)
