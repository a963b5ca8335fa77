"""English or French, by what the browser asks for."""

from __future__ import annotations

LANGUAGES = ("en", "fr")


def preferred(accept_language: str) -> str:
    """The language of ours that an `Accept-Language` header ranks highest; English when it names neither."""
    ranked = sorted((_rank(item) for item in accept_language.split(",")), key=lambda pair: -pair[0])
    return next((language for quality, language in ranked if quality > 0 and language in LANGUAGES), LANGUAGES[0])


def _rank(item: str) -> tuple[float, str]:
    tag, _, parameter = item.partition(";")
    quality = parameter.strip().removeprefix("q=") or "1"
    try:
        return float(quality), tag.strip().lower().partition("-")[0]
    except ValueError:
        return 0.0, ""
