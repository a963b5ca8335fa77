"""Processes that the benchmarks start and end."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.machine import pin

STOP_SECONDS = 20.0


class Process:
    """One command, on one core or on any; what it prints goes to `log`."""

    def __init__(
        self, command: Sequence[str], log: Path, core: int | None = None, environ: Mapping[str, str] | None = None
    ) -> None:
        ours = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**ours, **(environ or {})},
                preexec_fn=lambda: None if core is None else pin(core),  # noqa: PLW1509  # there are no threads here
            )
        self._log = log
        self.pid = self._process.pid

    def check(self) -> None:
        """Raise with the end of the log if the process has ended."""
        if self._process.poll() is not None:
            end = self._log.read_text(errors="replace")[-1500:]
            raise RuntimeError(f"{self._process.args!r} ended with code {self._process.returncode}:\n{end}")

    def stop(self) -> None:
        """Ask it to end; insist after a while."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
