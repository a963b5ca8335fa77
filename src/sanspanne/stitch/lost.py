"""Why a takeover is given up before anything of it has passed."""

from __future__ import annotations

from sanspanne.errors import SanspanneError


class LostPlace(SanspanneError):
    """The place where new text joins was not found. The message says how, without a word of either text."""


class Declined(LostPlace):
    """The target will not go on with this answer: to ask it again, with other last words, would be in vain."""
