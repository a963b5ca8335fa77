"""Fixtures of the fault tests."""

import sys
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(1, str(Path(__file__).parents[2]))  # for `benchmarks`, whose drivers are tests as well


@pytest.fixture
async def stack():
    """Everything that a test opens is closed at its end."""
    async with AsyncExitStack() as stack:
        yield stack
