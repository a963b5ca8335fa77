"""Quotas under clocks that a test turns."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sanspanne.admission.quotas import Quotas
from sanspanne.admission.quotas.terms import Limits, Terms
from sanspanne.errors import CallerError

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp()


class Clocks:
    """Both clocks, which go together."""

    def __init__(self) -> None:
        self.passed = 0.0

    def now(self) -> float:
        """Monotonic seconds."""
        return 1000.0 + self.passed

    def wall(self) -> float:
        """Seconds since 1970."""
        return NOON + self.passed


def limited(clocks: Clocks, limits: Limits, key_class: str = "interactive") -> Quotas:
    """Quotas that know one key, `app`, with these limits."""
    quotas = Quotas(clocks.now, clocks.wall)
    quotas.configure({"app": Terms(key_class, limits, "keys.app")}, Limits())
    return quotas


def refused(quotas: Quotas, key: str = "app", tokens: int = 10, most: int | None = None) -> CallerError:
    """What one more answer of the key is told."""
    with pytest.raises(CallerError) as told:
        quotas.enter(key, "one-more", tokens, most)
    return told.value
