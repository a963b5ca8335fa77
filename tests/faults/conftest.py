"""Fixtures of the fault tests."""

import sys
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
async def stack():
    """Everything that a test opens is closed at its end."""
    async with AsyncExitStack() as stack:
        yield stack
