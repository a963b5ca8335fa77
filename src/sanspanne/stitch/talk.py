"""A model that talks about the cut has not continued: "Sorry for the interruption, here is the rest:".

    does not begin like such talk                      ->  False, at the first character that differs
    begins so, while what was said stands in mid-sentence   ->  True: no text goes on so
    begins so where a sentence may begin               ->  True if its first 80 characters speak of the cut, else False

The openings are compared with their capital: in "I am" + " sorry to hear" the text's own sentence goes on.
"""

from __future__ import annotations

import re

_OPENINGS = (
    "Sorry", "I'm sorry", "I am sorry", "I apologize", "I apologise", "My apologies", "Apologies", "Here is", "Here's",
    "Here are", "Continuing", "Continued", "As I was saying", "Picking up", "Resuming", "To continue", "Let me continue",
    "I will continue", "I'll continue", "Sure", "Certainly", "Of course", "Okay", "OK,", "Understood", "Got it", "Absolutely",
    "Désolé", "Je suis désolé", "Je m'excuse", "Je vous prie de m'excuser", "Excusez", "Excuse-moi", "Toutes mes excuses",
    "Mes excuses", "Voici", "Je reprends", "Je continue", "Je poursuis", "Reprenons", "Continuons", "Poursuivons",
    "Comme je le disais", "Bien sûr", "D'accord", "Très bien", "Entendu",
    "Es tut mir leid", "Tut mir leid", "Ich entschuldige", "Ich setze", "Ich fahre", "Hier ist", "Hier geht",
    "Weiter geht", "Natürlich",
    "Lo siento", "Perdón", "Disculpa", "Mis disculpas", "Aquí está", "Aquí tienes", "Continúo", "Continuando", "Claro",
    "Por supuesto",
    "Mi dispiace", "Mi scuso", "Scusa", "Le mie scuse", "Ecco", "Riprendo", "Continuo", "Certo",
    "Desculp", "Peço desculpa", "Sinto muito", "Aqui está", "Retomando",
    "Excuses", "Het spijt me", "Mijn excuses", "Hier volgt", "Ik ga verder",
    "Извините", "Простите", "Прошу прощения", "Приношу извинения", "Продолжаю", "Продолжение", "Вот",
)  # fmt: skip
_WITHOUT_CAPITAL = (  # written alike in mid-sentence: these need more proof
    "Entschuldigung", "Fortsetzung", "Suite", "Pardon", "抱歉", "对不起", "不好意思", "好的，", "以下是", "继续上", "接着上",
    "申し訳", "すみません", "失礼しました", "以下、", "続きです", "続きを",
)  # fmt: skip
_ALL = (*_OPENINGS, *_WITHOUT_CAPITAL)
_OF_THE_CUT = re.compile(
    r"interrupt|cut off|cut short|broke off|left off|network|the rest|continu|previous (?:reply|response|message|answer)"
    r"|pick(?:ing)? up|resum|as i was saying|where i (?:was|stopped)|last words|repeat"
    r"|interrompu|coupé|coupure|réseau|la suite|je repren|poursui|précédente|je le disais|derniers mots|interruption"
    r"|unterbr|abgebrochen|netz|fortsetz|fortfahr|weiter"
    r"|interrup|cort|la red|resto|seguir|sigo|interruzion|riprend|interromp|retom|vervolg|verder|onderbr|afgebroken"
    r"|прер|обор|продолж|中断|打断|断开|继续上|接着上|剩余|后续|余下|途切|続き",
    re.IGNORECASE,
)
_PLAIN = str.maketrans({"’": "'", "\u00a0": " ", "\u202f": " "})
_REACH = 80  # characters of the new text that are judged


def is_talk(said: str, new: str, *, ended: bool = False, asked: bool = False) -> bool | None:
    """Whether `new`, the text that follows `said`, is talk about the cut; None until more of it has come.

    `asked`: the model was asked to go on, and is more likely to say so in a paragraph of its own.
    """
    text = new.lstrip().lstrip("*_#>-\"'«“([ \u00a0\u202f").translate(_PLAIN)
    if not text:
        return False if ended else None
    if not text.startswith(_ALL):
        return None if not ended and any(opening.startswith(text) for opening in _ALL) else False
    if text.startswith(_OPENINGS) and _in_sentence(said, new, across_lines=asked):
        return True
    if _OF_THE_CUT.search(text[:_REACH]):
        return True
    return False if ended or len(text) >= _REACH else None


def begins_like_talk(new: str) -> bool:
    """Whether `new` begins like an apology or an announcement: in code or data that is no beginning."""
    return new.lstrip().translate(_PLAIN).startswith(_ALL)


def speaks_of_the_cut(text: str) -> bool:
    """Whether a whole preamble is such talk and nothing else: begins and ends like it, within two lines."""
    plain = text.strip().translate(_PLAIN)
    ends = plain.endswith((".", "!", ":", "…", "。", "！", "："))
    return ends and plain.startswith(_ALL) and len(plain) <= 2 * _REACH and plain.count("\n") <= 1


def _in_sentence(said: str, new: str, *, across_lines: bool) -> bool:
    """Whether a sentence is under way, so that another cannot begin: after a letter or a comma, without a new line."""
    text = said.rstrip()
    border = said[len(text) :] + new[: len(new) - len(new.lstrip())]
    return (across_lines or "\n" not in border) and (text[-1:].isalnum() or text[-1:] in (",", "，", "、"))
