"""A drill from its first process to its last, however it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from sanspanne.drill.result import Report
from sanspanne.errors import ConfigError


def performed(drill: Coroutine[Any, Any, Report]) -> Report:
    """Run it. SIGTERM, which a CI sends, ends it as Ctrl-C does: what it has started ends too. Raises `KeyboardInterrupt`."""
    try:
        return asyncio.run(_ended_by_sigterm(drill))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


async def _ended_by_sigterm(drill: Coroutine[Any, Any, Report]) -> Report:
    task = asyncio.create_task(drill)
    if threading.current_thread() is threading.main_thread():  # no other may listen for signals
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


def made_writable(folder: Path) -> Path:
    """The folder for the reports; made before anything is performed, which would be in vain. Raises `ConfigError`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(0, "Permission denied")
    except OSError as error:
        raise cannot_be_written(folder, error) from None
    return folder


def cannot_be_written(folder: Path, error: OSError) -> ConfigError:
    """What is said of it."""
    return ConfigError(
        f"The reports cannot be written to {folder} ({error.strerror}). Expected a folder. For example: --output /tmp/drill"
    )
