"""The sentences that the stitcher says, in the languages it knows: the request to go on, and the note of a restart.

The tag around the anchor is `<ancre>` in every language: other programs look for it.
"""

from __future__ import annotations

from msgspec import Struct

TAG, END_TAG = "<ancre>", "</ancre>"


class Sentences(Struct, frozen=True):
    """One language. `request` asks; one of `in_word`, `in_line`, `at_line` tells where the text ended; `seam` has `{target}`."""

    request: str
    in_word: str
    in_line: str
    at_line: str
    in_code: str
    seam: str


_FRENCH = Sentences(
    request=(
        "Ta réponse précédente a été coupée par une panne de réseau. Répète d’abord exactement les derniers mots, ceux qui se "
        "trouvent entre <ancre> et </ancre>, à la lettre, sans guillemets et sans les balises, puis continue à partir de là "
        "jusqu’à la fin. Pas de commentaire, pas d’excuse. Ne répète rien de ce qui précède ces mots."
    ),
    in_word="Le texte s’est arrêté au milieu d’un mot ou juste après\u202f: termine-le s’il n’est pas entier.",
    in_line="Le texte s’est arrêté au milieu d’une ligne.",
    at_line="Le texte s’est arrêté à la fin d’une ligne.",
    in_code="Tu es à l’intérieur d’un bloc de code qui est déjà ouvert\u202f: ne l’ouvre pas de nouveau.",
    seam="[La réponse s’est interrompue ici\u202f; {target} la recommence.]",
)

_ENGLISH = Sentences(
    request=(
        "Your previous reply was cut off by a network fault. First repeat exactly the last words, which stand between <ancre> "
        "and </ancre>, verbatim, without quotes and without the tags, then go on from there to the end. No comment, no "
        "apology. Repeat nothing of what comes before these words."
    ),
    in_word="The text stopped in the middle of a word or right after it: finish the word if it is not whole.",
    in_line="The text stopped in the middle of a line.",
    at_line="The text stopped at the end of a line.",
    in_code="You are inside a code block that is already open: do not open it again.",
    seam="[The answer broke off here; {target} begins it again.]",
)

_GERMAN = Sentences(
    request=(
        "Deine vorige Antwort wurde durch einen Netzfehler abgebrochen. Wiederhole zuerst genau die letzten Wörter, die "
        "zwischen <ancre> und </ancre> stehen, wortwörtlich, ohne Anführungszeichen und ohne die Tags, und schreibe dann von "
        "dort an bis zum Ende weiter. Kein Kommentar, keine Entschuldigung. Wiederhole nichts von dem, was davor steht."
    ),
    in_word="Der Text brach mitten in einem Wort oder direkt danach ab: Schreibe das Wort zu Ende, wenn es nicht ganz ist.",
    in_line="Der Text brach mitten in einer Zeile ab.",
    at_line="Der Text brach am Ende einer Zeile ab.",
    in_code="Du bist in einem Codeblock, der schon offen ist: Öffne ihn nicht noch einmal.",
    seam="[Die Antwort brach hier ab; {target} beginnt sie von Neuem.]",
)

_SPANISH = Sentences(
    request=(
        "Tu respuesta anterior se cortó por un fallo de red. Repite primero exactamente las últimas palabras, las que están "
        "entre <ancre> y </ancre>, al pie de la letra, sin comillas y sin las etiquetas, y luego continúa desde ahí hasta el "
        "final. Sin comentarios ni disculpas. No repitas nada de lo que precede a esas palabras."
    ),
    in_word="El texto se detuvo en medio de una palabra o justo después: termínala si no está entera.",
    in_line="El texto se detuvo en medio de una línea.",
    at_line="El texto se detuvo al final de una línea.",
    in_code="Estás dentro de un bloque de código que ya está abierto: no lo abras otra vez.",
    seam="[La respuesta se interrumpió aquí; {target} la empieza de nuevo.]",
)

_ITALIAN = Sentences(
    request=(
        "La tua risposta precedente è stata interrotta da un guasto di rete. Ripeti prima esattamente le ultime parole, quelle "
        "tra <ancre> e </ancre>, alla lettera, senza virgolette e senza i tag, poi continua da lì fino alla fine. Nessun "
        "commento, nessuna scusa. Non ripetere nulla di ciò che precede queste parole."
    ),
    in_word="Il testo si è fermato a metà di una parola o subito dopo: completala se non è intera.",
    in_line="Il testo si è fermato a metà di una riga.",
    at_line="Il testo si è fermato alla fine di una riga.",
    in_code="Sei dentro un blocco di codice già aperto: non aprirlo di nuovo.",
    seam="[La risposta si è interrotta qui; {target} la ricomincia.]",
)

_PORTUGUESE = Sentences(
    request=(
        "A sua resposta anterior foi cortada por uma falha de rede. Primeiro repita exatamente as últimas palavras, as que "
        "estão entre <ancre> e </ancre>, à letra, sem aspas e sem as etiquetas, e depois continue a partir daí até ao fim. Sem "
        "comentários nem desculpas. Não repita nada do que vem antes dessas palavras."
    ),
    in_word="O texto parou no meio de uma palavra ou logo depois: termine-a se não estiver inteira.",
    in_line="O texto parou no meio de uma linha.",
    at_line="O texto parou no fim de uma linha.",
    in_code="Você está dentro de um bloco de código que já está aberto: não o abra de novo.",
    seam="[A resposta foi interrompida aqui; {target} recomeça-a.]",
)

_DUTCH = Sentences(
    request=(
        "Je vorige antwoord werd door een netwerkstoring afgebroken. Herhaal eerst precies de laatste woorden, die tussen "
        "<ancre> en </ancre> staan, letterlijk, zonder aanhalingstekens en zonder de tags, en ga dan vanaf daar door tot het "
        "einde. Geen commentaar, geen excuses. Herhaal niets van wat daarvoor staat."
    ),
    in_word="De tekst stopte midden in een woord of vlak erna: maak het woord af als het niet heel is.",
    in_line="De tekst stopte midden in een regel.",
    at_line="De tekst stopte aan het einde van een regel.",
    in_code="Je bent in een codeblok dat al open is: open het niet opnieuw.",
    seam="[Het antwoord brak hier af; {target} begint het opnieuw.]",
)

_CHINESE = Sentences(
    request=(
        "你上一条回复因网络故障中断了。请先逐字重复 <ancre> 与 </ancre> 之间的最后几个词，"
        "不加引号，也不加标签，然后从那里继续写到结尾。不要评论，不要道歉。不要重复这些词之前的任何内容。"
    ),
    in_word="文本可能停在一个词的中间：如果这个词不完整，请把它写完。",
    in_line="文本停在一行的中间。",
    at_line="文本停在一行的末尾。",
    in_code="你正处在一个已经打开的代码块中：不要再次打开它。",
    seam="[回答在此中断；{target} 重新开始回答。]",
)

_JAPANESE = Sentences(
    request=(
        "前回の回答はネットワーク障害で途切れました。まず <ancre> と </ancre> の間にある最後の言葉を、"
        "引用符もタグも付けずに一字一句そのまま繰り返し、そこから最後まで続けてください。"
        "コメントも謝罪も不要です。その言葉より前の部分は一切繰り返さないでください。"
    ),
    in_word="文章は単語の途中か直後で止まりました。単語が途中なら、最後まで書いてください。",
    in_line="文章は行の途中で止まりました。",
    at_line="文章は行の終わりで止まりました。",
    in_code="すでに開かれたコードブロックの中にいます。もう一度開かないでください。",
    seam="[回答はここで途切れました。{target} が最初からやり直します。]",
)

_RUSSIAN = Sentences(
    request=(
        "Твой предыдущий ответ прервался из-за сбоя сети. Сначала повтори в точности последние слова, стоящие между <ancre> и "
        "</ancre>, дословно, без кавычек и без тегов, затем продолжай с этого места до конца. Без комментариев и извинений. "
        "Не повторяй ничего из того, что стоит перед этими словами."
    ),
    in_word="Текст оборвался посреди слова или сразу после него: допиши слово, если оно не закончено.",
    in_line="Текст оборвался посреди строки.",
    at_line="Текст оборвался в конце строки.",
    in_code="Ты находишься внутри уже открытого блока кода: не открывай его снова.",
    seam="[Здесь ответ прервался; {target} начинает его заново.]",
)

_BY_LANGUAGE = {
    "en": _ENGLISH,
    "fr": _FRENCH,
    "de": _GERMAN,
    "es": _SPANISH,
    "it": _ITALIAN,
    "pt": _PORTUGUESE,
    "nl": _DUTCH,
    "ru": _RUSSIAN,
    "zh": _CHINESE,
    "ja": _JAPANESE,
}

LANGUAGES = tuple(_BY_LANGUAGE)


def request_turn(language: str, anchor: str, *, in_word: bool, in_line: bool, in_code: bool) -> str:
    """The user's turn that asks for `anchor` and for what follows it; in English where `language` is not known."""
    words = _BY_LANGUAGE.get(language, _ENGLISH)
    place = words.in_word if in_word else words.in_line if in_line else words.at_line
    sentences = (words.request, place, *((words.in_code,) if in_code else ()))
    return f"{' '.join(sentences)}\n\n{TAG}{anchor}{END_TAG}"


def seam_note(language: str, target: str) -> str:
    """The note that the caller reads where an answer broke off and `target` begins it again."""
    return _BY_LANGUAGE.get(language, _ENGLISH).seam.format(target=target)
