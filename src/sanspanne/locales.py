"""The language of whoever sits at the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal


def terminal_language(environ: Mapping[str, str]) -> Literal["en", "fr"]:
    """French where the locale is French, English everywhere else; the first variable that is set decides, as in POSIX."""
    locale = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    return "fr" if locale.lower().startswith("fr") else "en"
