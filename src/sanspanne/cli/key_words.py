"""What `sanspanne keys` says of classes, limits and use, in English and in French."""

from __future__ import annotations

from msgspec import Struct


class KeyWords(Struct, frozen=True):
    """Every word of it in one language; `{...}` stands for what is filled in."""

    limit: str
    key_class: str
    requests_per_minute: str
    requests_per_day: str
    tokens_per_minute: str
    tokens_per_day: str
    streams: str
    dollars_per_day: str
    dollars_per_month: str
    wrong: str
    whole: str
    amount: str
    wrong_class: str
    limited: str
    class_head: str
    per_minute: str
    at_once: str
    requests_today: str
    tokens_today: str
    dollars_today: str
    dollars_this_month: str
    used_of: str
    requests: str
    tokens: str
    explained: str
    decimal: str


ENGLISH = KeyWords(
    limit="Change the class or the limits of a key; a running server notices within seconds.",
    key_class="Who goes first when there is not room for all: interactive, agent or batch.",
    requests_per_minute="Requests per minute; none: no limit of its own.",
    requests_per_day="Requests per day (UTC).",
    tokens_per_minute="Tokens per minute.",
    tokens_per_day="Tokens per day (UTC).",
    streams="Answers at once.",
    dollars_per_day="Dollars per day (UTC), as far as the prices are known.",
    dollars_per_month="Dollars per month (UTC), as far as the prices are known.",
    wrong="{option} {value} cannot be used. Expected {expected}, or none. For example: {option} {example}",
    whole="a whole number from 1",
    amount="a number from 0.01",
    wrong_class="--class {value} is not a class. Expected interactive, agent or batch. For example: --class agent",
    limited="The key {name} now has the class {key_class} and these limits of its own: {limits}.",
    class_head="Class",
    per_minute="Per minute",
    at_once="At once",
    requests_today="Requests today",
    tokens_today="Tokens today",
    dollars_today="Dollars today",
    dollars_this_month="Dollars this month",
    used_of="{used} of {most}",
    requests="{count} requests",
    tokens="{count} tokens",
    explained=(
        "Days and months are those of UTC; what a running server used in the last few seconds is not counted here yet. "
        "–: no limit of its own; then that of [quotas] in the configuration holds."
    ),
    decimal=".",
)

FRENCH = KeyWords(
    limit="Changer la classe ou les limites d’une clé\u202f; un serveur en marche s’en aperçoit en quelques secondes.",
    key_class="Qui passe d’abord quand il n’y a pas de place pour tous\u00a0: interactive, agent ou batch.",
    requests_per_minute="Requêtes par minute\u202f; none\u00a0: pas de limite propre.",
    requests_per_day="Requêtes par jour (UTC).",
    tokens_per_minute="Jetons par minute.",
    tokens_per_day="Jetons par jour (UTC).",
    streams="Réponses en même temps.",
    dollars_per_day="Dollars par jour (UTC), pour autant que les prix soient connus.",
    dollars_per_month="Dollars par mois (UTC), pour autant que les prix soient connus.",
    wrong="{option} {value} ne convient pas. Attendu\u00a0: {expected}, ou none. Par exemple\u00a0: {option} {example}",
    whole="un nombre entier à partir de 1",
    amount="un nombre à partir de 0.01",
    wrong_class=(
        "--class {value} n’est pas une classe. Attendu\u00a0: interactive, agent ou batch. Par exemple\u00a0: --class agent"
    ),
    limited="La clé {name} a désormais la classe {key_class} et ces limites propres\u00a0: {limits}.",
    class_head="Classe",
    per_minute="Par minute",
    at_once="À la fois",
    requests_today="Requêtes du jour",
    tokens_today="Jetons du jour",
    dollars_today="Dollars du jour",
    dollars_this_month="Dollars du mois",
    used_of="{used} sur {most}",
    requests="{count} requêtes",
    tokens="{count} jetons",
    explained=(
        "Les jours et les mois sont ceux de l’UTC\u202f; ce qu’un serveur en marche a consommé dans les dernières secondes "
        "n’est pas encore compté ici. –\u00a0: pas de limite propre\u202f; alors celle de [quotas] dans la configuration vaut."
    ),
    decimal=",",
)


def key_words(language: str) -> KeyWords:
    """The words in `language`: `fr`, or English."""
    return FRENCH if language == "fr" else ENGLISH
