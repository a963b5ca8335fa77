"""The edge with nothing configured, for tests that need no more."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from scripted_edge import Served, serving


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """An edge with nothing configured."""
    async with serving() as edge:
        yield edge
