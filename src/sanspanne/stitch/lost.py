"""The one failure of the text machines."""

from __future__ import annotations

from sanspanne.errors import SanspanneError


class LostPlace(SanspanneError):
    """The place where new text joins was not found. The message says how, without a word of either text."""
