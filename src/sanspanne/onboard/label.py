"""One sentence for people: that the answer is a small model's, how small, and that it may be wrong."""

from __future__ import annotations

from sanspanne.onboard.catalogue import Entry
from sanspanne.onboard.language import Language

NARROW = "\u202f"  # the no-break space that French sets before ; ! ? and between a number and its word
WIDE = "\u00a0"  # and the one before : and inside « »


def label(entry: Entry, language: Language) -> str:
    """The sentence in `language`; without a size if that is not known (a file of the user's own)."""
    size = _size(entry.params, language)
    between = f" ({size})" if size else ""
    if language == "fr":
        return f"Réponse de secours d’un petit modèle embarqué{between}{WIDE}: elle peut être fausse, vérifiez ce qu’elle dit."
    return f"Stopgap answer from a small model on board{between}: it may be wrong, so check what it says."


def _size(params: float, language: Language) -> str:
    """Parameters in words: "0,5 milliard de paramètres", "135 million parameters"."""
    if not params:
        return ""
    billions = params >= 0.3e9
    number = f"{params / (1e9 if billions else 1e6):.3g}"
    if language == "en":
        return f"{number} {'billion' if billions else 'million'} parameters"
    plural = "s" if params / (1e9 if billions else 1e6) >= 2 else ""
    return f"{number.replace('.', ',')}{NARROW}{'milliard' if billions else 'million'}{plural} de paramètres"
