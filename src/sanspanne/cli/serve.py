"""`sanspanne serve`."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from sanspanne.cli.context import Context
from sanspanne.errors import ConfigError


def serve(
    context: Context, config: Path | None, host: str | None, port: int | None, data: Path | None, workers: int
) -> int:
    """Serve until told to stop; returns the exit code."""
    if workers != 1:
        raise ConfigError(context.words.workers_later.format(workers=workers))
    if port is not None and not 0 <= port <= 65535:
        raise ConfigError(context.words.wrong_port.format(port=port))
    from sanspanne.running import run  # after the checks: it brings the whole server

    return run(partial(context.config, config), host=host, port=port, data_dir=context.data_dir(data))
