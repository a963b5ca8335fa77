"""A report's language: its sentences, and how it writes numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from sanspanne.drill.report.markup import short
from sanspanne.drill.report.words import LANGUAGES, SENTENCES

NO_BREAK, NARROW = "\u00a0", "\u202f"
SOONEST_POWER = 1e15  # above it digits are no help


class Voice:
    """Speaks English (`en`) or French (`fr`), and English where it is asked for another language."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else LANGUAGES[0]

    def say(self, key: str, /, **parts: str) -> str:
        """The sentence `key`, with `parts` as they are in its places."""
        return SENTENCES[key][LANGUAGES.index(self.language)].format(**parts)

    def has(self, key: str) -> bool:
        """Whether there is such a sentence."""
        return key in SENTENCES

    def pick(self, by_language: Mapping[str, str], otherwise: str) -> str:
        """What a scenario says in this language; in English or any other if it does not speak it."""
        choices = (by_language.get(self.language), by_language.get("en"), *by_language.values(), otherwise)
        return next(choice for choice in choices if choice is not None)

    def number(self, value: float, digits: int = 0) -> str:
        """`value` with so many decimals: 1,840.5, or 1 840,5 in French."""
        if not math.isfinite(value) or abs(value) >= SOONEST_POWER:
            return f"{value:.3g}"
        written = f"{value:,.{digits}f}"
        return written.translate({ord(","): NARROW, ord("."): ","}) if self.language == "fr" else written

    def measured(self, value: float, most: int = 2) -> str:
        """`value` with `most` decimals at most, and no more than it needs."""
        enough = (digits for digits in range(most) if round(value, digits) == round(value, most))
        return self.number(value, next(enough, most))

    def percent(self, share: float, digits: int = 1) -> str:
        """A share from 0 to 1. What is not all of it is never written as 100 %, nor what is more than nothing as 0 %."""
        if share in (0, 1):
            return self.unit(self.number(share * 100), "%")
        smallest = 10.0**-digits
        hundredths = min(100 - smallest, max(smallest, share * 100))
        return self.unit(self.number(hundredths, digits), "%")

    def seconds(self, value: float) -> str:
        """A time in seconds: 0.35 s, 2.5 s, 12 s."""
        return self.unit(self.measured(value) if abs(value) < 10 else self.number(value), "s")

    def unit(self, written: str, unit: str) -> str:
        """A number and its unit on one line; English writes 5% together."""
        space = "" if not unit or (unit == "%" and self.language == "en") else NO_BREAK
        return f"{written}{space}{short(unit)}"

    def listed(self, items: Sequence[str]) -> str:
        """a, b and c."""
        if len(items) < 2:
            return "".join(items)
        return f"{', '.join(items[:-1])} {self.say('and')} {items[-1]}"
