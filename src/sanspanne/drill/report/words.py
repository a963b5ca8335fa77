"""Every sentence of a report, in English and in French. U+00A0 and U+202F are the spaces that French typography asks for."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LANGUAGES = ("en", "fr")

SENTENCES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "and": ("and", "et"),
        "kind": ("Outage drill", "Exercice de panne"),
        "pair": (
            "{name}: {value}",
            "{name}\u00a0: {value}",
        ),
        "missed": (
            "{sentence}: {value}, where {limit} was promised",
            "{sentence}\u00a0: {value} (promis\u00a0: {limit})",
        ),
        "troubles_title": (
            "Who was in trouble when",
            "Qui était en difficulté, et quand",
        ),
        "load_above": (
            "up to {active} at once",
            "jusqu’à {active} à la fois",
        ),
        # the verdict
        "kept_all": (
            "sanspanne kept all {all} promises of this drill.",
            "sanspanne a tenu les {all} promesses de cet exercice.",
        ),
        "kept_only": ("sanspanne kept the promise of this drill.", "sanspanne a tenu la promesse de cet exercice."),
        "kept_some": (
            "sanspanne kept {kept} of the {all} promises of this drill.",
            "sanspanne a tenu {kept} des {all} promesses de cet exercice.",
        ),
        "kept_none": (
            "sanspanne kept no promise of this drill.",
            "sanspanne n’a tenu aucune promesse de cet exercice.",
        ),
        "no_promises": (
            "This drill made no promise: it shows what happened.",
            "Cet exercice ne promettait rien\u00a0: il montre ce qui s’est passé.",
        ),
        "broken_promises": ("Not kept:", "Ce qui n’a pas été tenu\u00a0:"),
        "passed": ("Passed", "Réussi"),
        "not_passed": ("Not passed", "Échoué"),
        "lede": (
            "Of {asked} questions, {contender} answered {share} whole and begun within {quick}.",
            "Sur {asked} questions, {contender} a donné pour {share} d’entre elles une réponse entière, "
            "commencée en moins de {quick}.",
        ),
        "lede_ceiling": (
            "A scheduler that knows every capacity in advance reaches {share}.",
            "Un répartiteur qui connaîtrait d’avance toutes les capacités en atteint {share}.",
        ),
        "lede_others": (
            "The same load gave {others}.",
            "La même charge a donné {others}.",
        ),
        "lede_other": (
            "{share} with {contender}",
            "{share} ({contender})",
        ),
        "nobody_asked": ("Nobody asked anything.", "Personne n’a rien demandé."),
        # contenders
        "no gateway": (
            "no gateway",
            "sans passerelle",
        ),
        "litellm": ("LiteLLM", "LiteLLM"),
        "own_users": (
            "{contender}: the providers’ own users",
            "{contender}\u00a0: usagers propres des fournisseurs",
        ),
        # who was down when
        "outages_title": (
            "Who was down when",
            "Qui était en panne, et quand",
        ),
        "outages_said": (
            "The same bars stand above the charts below.",
            "Les mêmes barres surmontent les graphiques qui suivent.",
        ),
        "no_outages": ("No provider was disturbed.", "Aucun fournisseur n’a été perturbé."),
        "outage": ("{provider}: {what} from {start} to {end}", "{provider}\u00a0: {what} de {start} à {end}"),
        "what_down": ("down", "en panne"),
        "what_down-refuse": ("down (nobody there)", "en panne (injoignable)"),
        "what_down-503": ("down (error 503)", "en panne (erreur 503)"),
        "what_down-529": ("down (error 529)", "en panne (erreur 529)"),
        "what_silent": ("silent", "muet"),
        "what_slow": ("slow", "lent"),
        "what_rate-limit": ("rate limit", "débit limité"),
        "what_cut": ("breaks off answers", "coupe ses réponses"),
        "what_capacity": ("little capacity", "capacité réduite"),
        "what_crash": ("crashed", "effondré"),
        "what_killed": ("killed", "tué"),
        # the comparison
        "comparison_title": ("What became of the questions", "Ce que sont devenues les questions"),
        "comparison_said": (
            "Each bar is all the questions that were put to one contender. The line shows how far perfect "
            "knowledge would get.",
            "Chaque barre représente toutes les questions posées à l’un des concurrents. Le trait montre "
            "jusqu’où irait un savoir parfait.",
        ),
        "comparison_plain": (
            "Each bar is all the questions that were put to one contender.",
            "Chaque barre représente toutes les questions posées à l’un des concurrents.",
        ),
        "contender": ("contender", "concurrent"),
        "questions": ("questions", "questions"),
        "quick": ("whole, begun within {quick}", "entière, commencée en moins de {quick}"),
        "slow": ("whole within {patience}", "entière en moins de {patience}"),
        "slow_only": ("begun later, whole within {patience}", "commencée plus tard, entière en moins de {patience}"),
        "late": ("whole later still", "entière plus tard encore"),
        "kept": ("kept for later", "gardée pour plus tard"),
        "broken": ("broken off or wrong", "rompue ou fausse"),
        "refused": ("refused", "refusée"),
        "left": ("user gave up", "abandonnée par l’usager"),
        "calls_each": ("calls per question", "appels par question"),
        "ceiling": ("perfect knowledge", "savoir parfait"),
        "ceiling_quick": (
            "perfect knowledge, begun within {quick}: {share}",
            "savoir parfait, commencée en moins de {quick}\u00a0: {share}",
        ),
        "ceiling_whole": (
            "perfect knowledge, whole within {patience}: {share}",
            "savoir parfait, entière en moins de {patience}\u00a0: {share}",
        ),
        "kept_answered": (
            "{contender} answered {answered} of {kept} kept questions before the drill ended.",
            "{contender} a répondu à {answered} des {kept} questions gardées avant la fin de l’exercice.",
        ),
        # the charts
        "figures": ("The figures as a table", "Les chiffres en tableau"),
        "time": ("time", "temps"),
        "goodput_title": ("Good answers per second", "Bonnes réponses par seconde"),
        "goodput_said": (
            "Answers that are whole and were begun within {quick}, at the moment of their first word, in steps "
            "of {width}.",
            "Les réponses entières commencées en moins de {quick}, à l’instant de leur premier mot, par pas de "
            "{width}.",
        ),
        "goodput_key": ("good answers", "bonnes réponses"),
        "goodput_alt": (
            "on average {mean} of {offered} questions a second, at worst {least} ({at})",
            "en moyenne {mean} sur {offered} questions par seconde, au pire {least} (à {at})",
        ),
        "offered_key": ("questions asked", "questions posées"),
        "first_title": ("How long until the first word", "L’attente du premier mot"),
        "first_said": (
            "Each dot is a question, at the moment when it was asked; the higher, the longer the wait. The line "
            "is the median. "
            "The marks at the top edge are questions that got no whole answer.",
            "Chaque point est une question, à l’instant où elle a été posée\u202f; plus il est haut, plus "
            "l’attente est longue. Le trait est la "
            "médiane. Les marques au bord supérieur sont des questions restées sans réponse entière.",
        ),
        "first_sampled": ("One dot for every {step} questions.", "Un point pour {step} questions."),
        "first_alt": (
            "half within {half}, 95 in 100 within {most}, {missing} without a whole answer",
            "la moitié en moins de {half}, 95 sur 100 en moins de {most}, {missing} sans réponse entière",
        ),
        "first_none": (
            "no first word ever came",
            "aucun premier mot n’est venu",
        ),
        "dot_key": ("first word", "premier mot"),
        "median_key": ("median", "médiane"),
        "missing_key": ("no whole answer", "pas de réponse entière"),
        "median": ("median", "médiane"),
        "most": ("95 in 100 within", "95 sur 100 en moins de"),
        "rungs_title": ("Who gave the answers", "Qui a donné les réponses"),
        "rungs_said": (
            "The questions of each moment, per second, by where their answer came from.",
            "Les questions de chaque instant, par seconde, selon la provenance de leur réponse.",
        ),
        "rung_primary": ("first choice", "premier choix"),
        "rung_fallback": ("another provider", "autre fournisseur"),
        "rung_onboard": ("model on board", "modèle embarqué"),
        "rung_cached": ("an earlier answer", "réponse antérieure"),
        "rung_deferred": ("kept, answered later", "gardée, répondue plus tard"),
        "rung_other": ("not said", "non précisé"),
        "rung_nobody": ("nobody", "personne"),
        "part": ("{name} {share}", "{name} {share}"),
        "load_title": ("The load on each provider", "La charge de chaque fournisseur"),
        "load_said": (
            "How many questions it worked on at once, and how many it can carry (the line). The marks at the top "
            "edge are calls "
            "that it rejected; the tinted times are those when it was down.",
            "Combien de questions il traitait à la fois, et combien il peut en porter (le trait). Les marques au "
            "bord supérieur sont des "
            "appels qu’il a rejetés\u202f; sur fond teinté, le temps de sa panne.",
        ),
        "load_key": ("at work", "en cours"),
        "capacity_key": ("capacity", "capacité"),
        "rejected_key": ("rejected calls", "appels rejetés"),
        "load_counts": (
            "{calls} calls, {rejected} rejected",
            "{calls} appels, {rejected} rejetés",
        ),
        "load_crashed": ("crashes: {crashes}", "effondrements\u00a0: {crashes}"),
        "load_alt": (
            "{provider}, {contender}: {said}",
            "{provider}, {contender}\u00a0: {said}",
        ),
        "queue_title": ("The queue", "La file d’attente"),
        "queue_said": (
            "Questions that waited in the gateway, and those that were kept to be answered later.",
            "Les questions qui attendaient dans la passerelle, et celles qu’elle gardait pour y répondre plus tard.",
        ),
        "waiting_key": ("waiting", "en attente"),
        "kept_key": ("kept", "gardées"),
        "queue_alt": (
            "at most {waiting} waiting and {kept} kept at once",
            "au plus {waiting} en attente et {kept} gardées à la fois",
        ),
        # the promises
        "promises_title": ("The promises", "Les promesses"),
        "promise": ("promise", "promesse"),
        "measured": ("measured", "mesuré"),
        "limit": ("limit", "limite"),
        "kept_head": ("kept", "tenue"),
        "yes": ("yes", "oui"),
        "no": ("no", "non"),
        "at_least": ("at least {value}", "au moins {value}"),
        "at_most": ("at most {value}", "au plus {value}"),
        "not_measured": ("not measured", "non mesuré"),
        "no_promise_made": ("None was made.", "Aucune n’a été faite."),
        # how it was measured
        "compressed_title": ("What was made to run faster", "Ce qui a été accéléré"),
        "nothing_compressed": (
            "Nothing: every second of this drill lasted a second.",
            "Rien\u00a0: chaque seconde de cet exercice a duré une seconde.",
        ),
        "method_title": ("How it was measured", "Comment cela a été mesuré"),
        "method_patience": (
            "Users ask whether they are answered or not. One who waits longer than {patience} for a whole answer "
            "leaves. "
            "An answer is quick if its first word comes within {quick}.",
            "Les usagers posent leurs questions, qu’on leur réponde ou non. Celui qui attend une réponse entière "
            "plus de {patience} s’en va. "
            "Une réponse est rapide si son premier mot vient en moins de {quick}.",
        ),
        "method_retries": (
            "Their clients try again when they are refused, as the official ones do; so there were {retries}.",
            "Leurs clients insistent quand on les refuse, comme le font les clients officiels. "
            "Requêtes par question\u00a0: {retries}.",
        ),
        "method_retry": (
            "{count} requests per question with {contender}",
            "{count} ({contender})",
        ),
        "method_continuations": (
            "{contender} made {count} of its calls to finish broken answers.",
            "{contender} a fait {count} de ses appels pour achever des réponses rompues.",
        ),
        "method_ceiling": (
            "“Perfect knowledge” is a scheduler that knows every capacity and every question of the drill in advance.",
            "Le «\u00a0savoir parfait\u00a0» est celui d’un répartiteur qui connaît d’avance toutes les "
            "capacités et toutes les questions de l’exercice.",
        ),
        "scenario": ("scenario", "scénario"),
        "began": ("began", "début"),
        "lasted": ("lasted", "durée"),
        "seed": ("seed", "graine"),
        "version": ("version", "version"),
        "machine": ("machine", "machine"),
        "notes": ("notes on {contender}", "notes sur {contender}"),
        "again_title": ("Run it again", "Le refaire"),
        "again_said": (
            "The same seed asks the same questions at the same moments.",
            "La même graine pose les mêmes questions aux mêmes instants.",
        ),
        "trend": ("good answers over time", "bonnes réponses au fil du temps"),
    }
)
