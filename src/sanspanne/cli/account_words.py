"""What `sanspanne answers` says, in English and in French. Classes of failure are called here as they are in the log."""

from __future__ import annotations

from msgspec import Struct


class AccountWords(Struct, frozen=True):
    """Every word of an account in one language; `{...}` stands for what is filled in."""

    answer: str
    request: str
    model: str
    asked: str
    streamed: str
    detached: str
    key: str
    began: str
    waited: str
    took: str
    outcome: str
    given_by: str
    seam: str
    exact: str
    inexact: str
    number: str
    target: str
    status: str
    first_word: str
    tokens_in: str
    tokens_out: str
    cost: str
    sum: str
    seconds: str
    dollars: str
    at_least: str
    decimal: str
    thousands: str
    estimated: str
    unanswered: str
    local: str
    incomplete: str
    no_attempts: str
    none_yet: str
    unknown: str
    not_positive: str
    outcomes: dict[str, str]
    rungs: dict[str, str]
    means: dict[str, str]


ENGLISH = AccountWords(
    answer="Answer",
    request="Request",
    model="Model",
    asked="{model} ({details})",
    streamed="streamed",
    detached="detached",
    key="Key",
    began="Began",
    waited="In the queue",
    took="Took",
    outcome="Outcome",
    given_by="{outcome}; {target} ({rung})",
    seam="Seam after {at} characters: {after} took over from {before} ({reason}), by {means}; {exact}.",
    exact="exact",
    inexact="wording may repeat",
    number="No.",
    target="Target",
    status="Status",
    first_word="First token",
    tokens_in="Tokens in",
    tokens_out="Tokens out",
    cost="Cost",
    sum="Sum",
    seconds="{value} s",
    dollars="${value}",
    at_least="at least {cost}",
    decimal=".",
    thousands=",",
    estimated="~ is an estimate: nobody told us the tokens.",
    unanswered="An attempt that was never answered costs nothing.",
    local="An engine of your own costs nothing here: {targets}.",
    incomplete='The price of {target} is not known, so the sum is incomplete. It can be set: [prices."{target}"]',
    no_attempts="No attempt was made.",
    none_yet='There are no answers in the ledger yet. Ask something: sanspanne ask "Why is the sky blue?"',
    unknown=(
        'The ledger has no answer "{name}". Expected the id of an answer or of a request, as in the log or in x-request-id. '
        "For example: sanspanne answers show ans_0123456789abcdef01234567"
    ),
    not_positive="--last {last} is not a number of answers. Expected at least 1. For example: --last 20",
    outcomes={
        "": "running",
        "whole": "whole",
        "broken": "broken off",
        "refused": "no answer",
        "left": "the caller left",
        "died": "the process died",
        "answered": "answered",
        "given_up": "given up",
    },
    rungs={
        "primary": "first choice",
        "fallback": "fallback",
        "onboard": "model on board",
        "cached": "an earlier answer",
        "deferred": "answered later",
    },
    means={"resume": "its own resume", "prefill": "prefill", "anchor": "an anchor", "restart": "a restart"},
)

# U+00A0 stands before : and inside « », U+202F before ; ? and ! and between thousands, as French typography has it.
FRENCH = AccountWords(
    answer="Réponse",
    request="Requête",
    model="Modèle",
    asked="{model} ({details})",
    streamed="en flux",
    detached="détachée",
    key="Clé",
    began="Début",
    waited="Dans la file",
    took="Durée",
    outcome="Issue",
    given_by="{outcome}\u202f; {target} ({rung})",
    seam=(
        "Couture après {at} caractères\u00a0: {after} a pris la suite de {before} ({reason}), par {means}\u202f; {exact}."
    ),
    exact="exacte",
    inexact="des mots peuvent se répéter",
    number="N°",
    target="Cible",
    status="Statut",
    first_word="Premier jeton",
    tokens_in="Jetons lus",
    tokens_out="Jetons écrits",
    cost="Coût",
    sum="Somme",
    seconds="{value}\u00a0s",
    dollars="{value}\u00a0$",
    at_least="au moins {cost}",
    decimal=",",
    thousands="\u202f",
    estimated="~ est une estimation\u00a0: personne ne nous a dit le nombre de jetons.",
    unanswered="Un essai resté sans réponse ne coûte rien.",
    local="Un moteur à vous ne coûte rien ici\u00a0: {targets}.",
    incomplete=(
        'Le prix de {target} n’est pas connu, la somme est donc incomplète. On peut le fixer\u00a0: [prices."{target}"]'
    ),
    no_attempts="Aucun essai n’a été fait.",
    none_yet=(
        "Il n’y a pas encore de réponse dans le registre. Posez une question\u00a0: "
        'sanspanne ask "Pourquoi le ciel est-il bleu\u202f?"'
    ),
    unknown=(
        "Le registre n’a pas de réponse «\u00a0{name}\u00a0». Attendu\u00a0: l’identifiant d’une réponse ou d’une requête, tel "
        "qu’il figure dans le journal ou dans x-request-id. "
        "Par exemple\u00a0: sanspanne answers show ans_0123456789abcdef01234567"
    ),
    not_positive=(
        "--last {last} n’est pas un nombre de réponses. Attendu\u00a0: 1 ou plus. Par exemple\u00a0: --last 20"
    ),
    outcomes={
        "": "en cours",
        "whole": "entière",
        "broken": "interrompue",
        "refused": "sans réponse",
        "left": "l’appelant est parti",
        "died": "le processus est mort",
        "answered": "a répondu",
        "given_up": "abandonné",
    },
    rungs={
        "primary": "premier choix",
        "fallback": "remplaçant",
        "onboard": "modèle embarqué",
        "cached": "une réponse antérieure",
        "deferred": "réponse différée",
    },
    means={
        "resume": "sa propre reprise",
        "prefill": "préremplissage",
        "anchor": "une ancre",
        "restart": "un nouveau départ",
    },
)


def account_words(language: str) -> AccountWords:
    """French for `fr`, English for everything else."""
    return FRENCH if language == "fr" else ENGLISH
