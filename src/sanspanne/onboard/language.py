"""Guesses whether a person writes French: from the commonest words, because one word ("bonjour") must do."""

from __future__ import annotations

import re
from typing import Literal

Language = Literal["en", "fr"]

FRENCH_WORDS = (
    "au aux avec bonjour bonsoir ce ces cette comment dans de des donne du elle en est et explique faire fais il ils je la le les "
    "leur ma mais me merci mes moi mon ne nous ou où par pas peux peut plus pour pourquoi quand que quel quelle quelles quels qui "
    "quoi sa salut se ses si son sont sur ta te tes toi ton tu un une vos votre vous écris être à ça"
)
ENGLISH_WORDS = (
    "a about an and are at be but can could do does for from give have hello help hi how i if in is it me my no not of on or "
    "please she so tell thank thanks that the their them they this to was we what when where which who why will with would "
    "write you your"
)
FRENCH, ENGLISH = frozenset(FRENCH_WORDS.split()), frozenset(ENGLISH_WORDS.split())
WORD = re.compile(r"[^\W\d_]+")


def language_of(text: str) -> Language:
    """ "fr" if the text has more of the commonest French words than of the English ones, else "en"."""
    words = [word.lower() for word in WORD.findall(text[:2000])]
    french = sum(word in FRENCH for word in words) + sum(any(letter in "éèêëçùœ" for letter in word) for word in words)
    return "fr" if french > sum(word in ENGLISH for word in words) else "en"
