"""In which language a text is written: by its script, then by its commonest little words.

A wrong guess costs nothing but politeness, so a few words per language are enough.
"""

from __future__ import annotations

import re

_TAIL = 4_000  # characters that are looked at
_CODE_BLOCK = re.compile(r"(?ms)^\s*(```|~~~).*?(?:^\s*\1\s*$|\Z)")
_WORD = re.compile(r"[^\W\d_]+")
_LITTLE_WORDS = {
    "en": "the of and to is in that it for with as are this you not be on or from by",
    "fr": "le la les des et est une un que qui dans pour pas sur avec du au ce il elle vous je nous sont plus",
    "de": "der die das und ist nicht ein eine zu den mit von auf für sich dem auch es wird sie ich im",
    "es": "el los las y es una que en por con para del se su lo como más pero al muy este hay",
    "it": "il lo gli è di che e una per con del della non si sono come più anche nel alla questo",
    "pt": "o os as é de que e uma para com do da não em um se por mais como dos ao foi você",
    "nl": "de het een en van is niet dat met voor op zijn te aan ook er maar bij naar wordt",
}
_WORDS = {language: frozenset(words.split()) for language, words in _LITTLE_WORDS.items()}
_ENOUGH = 2  # little words that make a language more likely than English


def language_of(text: str) -> str:
    """`en`, `fr`, `de`, `es`, `it`, `pt`, `nl`, `ru`, `zh` or `ja`: the language of the end of `text`; `en` when unsure."""
    prose = _CODE_BLOCK.sub(" ", text)[-_TAIL:]
    if not prose.strip():
        prose = text[-_TAIL:]
    return _by_script(prose) or _by_words(prose)


def _by_script(text: str) -> str | None:
    letters = [character for character in text if character.isalpha()]
    kana = sum("\u3040" <= letter <= "\u30ff" for letter in letters)
    han = sum("\u4e00" <= letter <= "\u9fff" for letter in letters)
    if 5 * (kana + han) > len(letters):
        return "ja" if 10 * kana > kana + han else "zh"
    if 2 * sum("\u0400" <= letter <= "\u04ff" for letter in letters) > len(letters):
        return "ru"
    return None


def _by_words(text: str) -> str:
    words = _WORD.findall(text.lower())
    found = {language: sum(word in little for word in words) for language, little in _WORDS.items()}
    best = max(found, key=lambda language: found[language])
    return best if found[best] >= _ENOUGH else "en"
