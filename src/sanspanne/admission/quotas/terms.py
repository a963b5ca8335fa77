"""What a caller's key may use, and the class it belongs to."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import astuple

INTERACTIVE = "interactive"


class Limits(Struct, frozen=True):
    """How much a key may use; None: as much as it likes.

    `streams` counts answers that are under way at once; days and months are those of the calendar, in UTC.
    """

    requests_per_minute: int | None = None
    requests_per_day: int | None = None
    tokens_per_minute: int | None = None
    tokens_per_day: int | None = None
    streams: int | None = None
    dollars_per_day: float | None = None
    dollars_per_month: float | None = None

    def over(self, defaults: Limits) -> Limits:
        """These limits, with those of `defaults` where one is not named here."""
        pairs = zip(astuple(self), astuple(defaults), strict=True)
        return Limits(*[default if own is None else own for own, default in pairs])


class Terms(Struct, frozen=True):
    """On what terms a key calls. `section` is where its limits are set in the configuration, empty for a key of the store."""

    key_class: str = INTERACTIVE
    limits: Limits = Limits()
    section: str = "quotas"


NAMES = Limits.__struct_fields__
UNLIMITED = Limits()
