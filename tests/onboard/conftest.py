"""The scripted hub and the scripted engine, as fixtures."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from onboard_helpers import ScriptedHub

FAKE_ENGINE = Path(__file__).with_name("fake_engine.py")


@pytest.fixture
async def hub() -> AsyncIterator[ScriptedHub]:
    """A hub on this machine, at `hub.url`."""
    scripted = ScriptedHub()
    server = await asyncio.start_server(scripted.answer, "127.0.0.1", 0)
    scripted.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield scripted
    scripted.let_go.set()
    server.close()


@pytest.fixture
def fake_engine(tmp_path: Path) -> Callable[..., tuple[str, ...]]:
    """Makes the command of a scripted engine: one behaviour for each of its lives, the last one for all that follow."""

    def command(*behaviours: str) -> tuple[str, ...]:
        return (sys.executable, "-S", "-E", str(FAKE_ENGINE), str(tmp_path / "lives"), *behaviours)

    return command
