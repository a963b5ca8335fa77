"""What the command line says, in English and in French. Error sentences about the configuration are in English."""

from __future__ import annotations

from collections.abc import Mapping

from sanspanne.cli.words.english import ENGLISH
from sanspanne.cli.words.french import FRENCH
from sanspanne.cli.words.sentences import Words
from sanspanne.locales import terminal_language

__all__ = ["ENGLISH", "FRENCH", "Words", "words_for"]


def words_for(environ: Mapping[str, str]) -> Words:
    """The language of the user's locale: French for `fr`, English for everything else."""
    return FRENCH if terminal_language(environ) == "fr" else ENGLISH
