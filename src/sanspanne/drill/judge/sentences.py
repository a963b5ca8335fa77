"""What each promise says, in English and in French; the limit and the value stand beside it.

U+00A0 stands before units, as typography has it.
"""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "quick_of_ceiling": (
        "Answers whole and begun within {quick}\u00a0s, compared with a scheduler that knows everything in advance",
        "Réponses entières et commencées en {quick}\u00a0s, par rapport à un ordonnanceur qui saurait tout d’avance",
    ),
    "whole_of_ceiling": (
        "Answers whole within {patience}\u00a0s, compared with a scheduler that knows everything in advance",
        "Réponses entières en {patience}\u00a0s, par rapport à un ordonnanceur qui saurait tout d’avance",
    ),
    "calls_per_request": (
        "Calls to providers for each request, not counting those that finish broken answers",
        "Appels aux fournisseurs par requête, sans ceux qui finissent des réponses interrompues",
    ),
    "first_after_return": (
        "From the return of a provider to the first answer that it begins, at worst ({of})",
        "Du retour d’un fournisseur à la première réponse qu’il commence, au pire ({of})",
    ),
    "served": ("Requests that got a whole answer", "Requêtes qui ont eu une réponse entière"),
    "calls_to": ("Calls to {of}, probes included", "Appels à {of}, sondes comprises"),
    "own_success_drop": (
        "What {of}’s own users lose in success from {at} to {until}\u00a0s",
        "Ce que les propres utilisateurs de {of} perdent en succès de {at} à {until}\u00a0s",
    ),
    "crashes": ("Crashes ({of})", "Effondrements ({of})"),
    "goodput_during": (
        "Whole answers from {at} to {until}\u00a0s, compared with what the providers can carry",
        "Réponses entières de {at} à {until}\u00a0s, par rapport à ce que les fournisseurs peuvent porter",
    ),
    "recovered_after": (
        "From {at}\u00a0s until as many requests as before the trouble ({factor} times) get a whole answer, and go on to",
        "De {at}\u00a0s jusqu’à ce qu’autant de requêtes qu’avant ({factor} fois) aient une réponse entière, durablement",
    ),
    "kept_answered": (
        "Kept questions that were answered in the end",
        "Questions gardées qui ont fini par avoir leur réponse",
    ),
    "broken": ("Answers that began and did not end", "Réponses commencées et jamais finies"),
    "wrong": (
        "Answers with another text than the one that was to come",
        "Réponses dont le texte n’est pas celui qui devait venir",
    ),
    "truncated_called_whole": ("Cut answers that were called whole", "Réponses coupées données pour entières"),
    "fair_share": (
        "What the worst served tenant but {of} gets of its fair share",
        "Ce que le client le moins bien servi, hors {of}, reçoit de sa juste part",
    ),
    "p95_wait_ratio": (
        "The others’ wait for the first word (95th percentile) while {of} floods, {at} to {until}\u00a0s, compared with before",
        "L’attente du premier mot des autres (95e centile) quand {of} inonde, de {at} à {until}\u00a0s, par rapport à avant",
    ),
    "forecast_within": (
        "Waits that came true within a factor {factor} of what was told",
        "Attentes qui se sont vérifiées à un facteur {factor} près de ce qui était annoncé",
    ),
}
