"""What a drill says at the terminal, in English and in French. Its reports have words of their own."""

from __future__ import annotations

from msgspec import Struct


class DrillWords(Struct, frozen=True):
    """Every sentence in one language; `{...}` stands for what is filled in."""

    language: str
    # help
    drill: str
    drill_list: str
    name: str
    against: str
    litellm: str
    seed: str
    output: str
    json: str
    only_sanspanne: str
    in_language: str
    real: str
    allow: str
    max_dollars: str
    max_calls: str
    # list
    scenario: str
    lasts: str
    about: str
    seconds: str
    # before and after
    begins: str
    compressed: str
    no_litellm: str
    skipped: str
    unknown_contender: str
    wrong_seed: str
    wrong_language: str
    promise: str
    measured: str
    promised: str
    kept: str
    yes: str
    no: str
    all_kept: str
    some_broken: str
    no_promises: str
    reports: str
    # progress
    no_gateway: str
    contender: str
    line: str
    provider: str
    state: str
    answering: str
    waits: str
    calls: str
    up: str
    down: str
    provider_line: str
    rungs: str
    # real targets
    only_real: str
    real_refused: str
    provider_at: str
    no_such_provider: str
    no_price: str
    wrong_cap: str
    nothing_to_ask: str
    real_begins: str
    capped: str
    spent: str

    def called(self, contender: str) -> str:
        """The name of a contender in this language."""
        return self.no_gateway if contender == "no gateway" else contender


ENGLISH = DrillWords(
    language="en",
    drill="The outage rehearsal: providers that fail on purpose, users who ask all the while, and a verdict per promise.",
    drill_list="List the scenarios of the house.",
    name="A scenario of the house (see `sanspanne drill list`), or a TOML file of your own.",
    against="Who else performs the same scenario, for comparison: none (no gateway), litellm. Separated by commas.",
    litellm="The program of LiteLLM, if it is not on the path.",
    seed="Another chance for everything that is random; the same number plays the same drill.",
    output="The folder for the reports. Without it: drill-NAME, here.",
    json="Print the whole report as JSON instead of the tables.",
    only_sanspanne="Nobody else performs it.",
    in_language="The language of what is shown and of the reports: en or fr. Without it: that of the terminal.",
    real="Ask the real targets of a configuration, through a proxy of ours that plays the scenario's faults. This costs money.",
    allow="With --real: the providers that may be asked. Separated by commas.",
    max_dollars="With --real: the money that this may cost at most, by list prices.",
    max_calls="With --real: the calls that may be made at most.",
    scenario="Scenario",
    lasts="Lasts",
    about="What happens",
    seconds="{value} s",
    begins="{title}: {contenders}, one after the other, {seconds} s or more for each.",
    compressed="Compressed: {what}",
    no_litellm="LiteLLM is not installed, so it is left out. To name its program: --litellm PATH",
    skipped="{contender} is left out. {reason}",
    unknown_contender='--against has "{name}". Expected none or litellm, or both. For example: --against none,litellm',
    wrong_seed="--seed {seed} cannot be used. Expected a whole number from 0 to 2000000000. For example: --seed 7",
    wrong_language="--language {language} is not spoken here. Expected en or fr. For example: --language fr",
    promise="Promise",
    measured="Measured",
    promised="Promised",
    kept="Kept",
    yes="yes",
    no="NO",
    all_kept="All {count} promises were kept.",
    some_broken="{broken} of {count} promises were not kept.",
    no_promises="This scenario promises nothing.",
    reports="Reports: {paths}",
    no_gateway="no gateway",
    contender="{name} · {at} of {seconds} s",
    line="{asked} asked · {whole} whole ({goodput}/s) · {waiting} waiting · {refused} refused · {broken} broken · {kept} kept",
    provider="Provider",
    state="State",
    answering="Answering",
    waits="Queued",
    calls="Calls",
    up="up",
    down="DOWN",
    provider_line="{provider} {state} {active}/{capacity}",
    rungs="Rungs: {counts}",
    only_real="--allow, --max-dollars, --max-calls and --config are for --real. For example: sanspanne drill stampede",
    real_refused=(
        "This would ask real providers, and nothing has been sent. It would send up to {calls} calls for {questions} questions "
        "to {providers}, and cost up to {cost}. To allow it: --allow {names} --max-dollars {dollars} --max-calls {calls}"
    ),
    provider_at="{name} ({host})",
    no_such_provider="--allow has {name}, which is not a provider of {chain}. For example: --allow {example}",
    no_price=(
        "The price of {target} is not known, so no cap can be kept. It can be set in the configuration: "
        '[prices."{target}"] with input = 2.5 and output = 10.0'
    ),
    wrong_cap="{option} {value} is no cap. Expected at least {least}. For example: {option} {example}",
    nothing_to_ask="The configuration has no model with a chain of providers. Expected one. For example: see sanspanne check",
    real_begins="Asking {providers}, at most {calls} calls and {cost}.",
    capped="Stopped early: {reason}.",
    spent="{calls} calls were passed on, for {cost} at most by list prices.",
)

# U+00A0 stands before : and %, U+202F before ; ? and !, as French typography has it.
FRENCH = DrillWords(
    language="fr",
    drill=(
        "L’exercice de panne\u00a0: des fournisseurs qui tombent exprès, des utilisateurs qui demandent pendant ce temps, "
        "et un verdict par promesse."
    ),
    drill_list="Lister les scénarios de la maison.",
    name="Un scénario de la maison (voir «\u00a0sanspanne drill list\u00a0»), ou un fichier TOML à vous.",
    against="Qui d’autre joue le même scénario, pour comparer\u00a0: none (aucune passerelle), litellm. Séparés par des virgules.",
    litellm="Le programme de LiteLLM, s’il n’est pas dans le chemin.",
    seed="Un autre tirage pour tout ce qui est aléatoire\u202f; le même nombre joue le même exercice.",
    output="Le dossier des rapports. Sans lui\u00a0: drill-NOM, ici.",
    json="Afficher tout le rapport en JSON au lieu des tableaux.",
    only_sanspanne="Personne d’autre ne le joue.",
    in_language="La langue de l’affichage et des rapports\u00a0: en ou fr. Sans elle\u00a0: celle du terminal.",
    real=(
        "Demander aux vraies cibles d’une configuration, à travers un mandataire à nous qui joue les pannes. "
        "Cela coûte de l’argent."
    ),
    allow="Avec --real\u00a0: les fournisseurs à qui l’on peut demander. Séparés par des virgules.",
    max_dollars="Avec --real\u00a0: ce que cela peut coûter au plus, aux prix publics.",
    max_calls="Avec --real\u00a0: le nombre d’appels au plus.",
    scenario="Scénario",
    lasts="Durée",
    about="Ce qui se passe",
    seconds="{value}\u00a0s",
    begins="{title}\u00a0: {contenders}, l’un après l’autre, {seconds}\u00a0s ou plus pour chacun.",
    compressed="Accéléré\u00a0: {what}",
    no_litellm="LiteLLM n’est pas installé, il est donc laissé de côté. Pour nommer son programme\u00a0: --litellm CHEMIN",
    skipped="{contender} est laissé de côté. {reason}",
    unknown_contender=(
        "--against contient «\u00a0{name}\u00a0». Attendu\u00a0: none ou litellm, ou les deux. "
        "Par exemple\u00a0: --against none,litellm"
    ),
    wrong_seed=(
        "--seed {seed} ne convient pas. Attendu\u00a0: un nombre entier de 0 à 2000000000. Par exemple\u00a0: --seed 7"
    ),
    wrong_language="--language {language} n’est pas parlé ici. Attendu\u00a0: en ou fr. Par exemple\u00a0: --language fr",
    promise="Promesse",
    measured="Mesuré",
    promised="Promis",
    kept="Tenue",
    yes="oui",
    no="NON",
    all_kept="Les {count} promesses ont été tenues.",
    some_broken="{broken} promesses sur {count} n’ont pas été tenues.",
    no_promises="Ce scénario ne promet rien.",
    reports="Rapports\u00a0: {paths}",
    no_gateway="sans passerelle",
    contender="{name} · {at} sur {seconds}\u00a0s",
    line=(
        "{asked} demandées · {whole} entières ({goodput}/s) · {waiting} en attente · {refused} refusées · {broken} interrompues · "
        "{kept} gardées"
    ),
    provider="Fournisseur",
    state="État",
    answering="Répond à",
    waits="En file",
    calls="Appels",
    up="debout",
    down="EN PANNE",
    provider_line="{provider} {state} {active}/{capacity}",
    rungs="Échelons\u00a0: {counts}",
    only_real=(
        "--allow, --max-dollars, --max-calls et --config vont avec --real. Par exemple\u00a0: sanspanne drill stampede"
    ),
    real_refused=(
        "Ceci demanderait à de vrais fournisseurs, et rien n’a été envoyé. Ce serait jusqu’à {calls} appels pour {questions} "
        "questions à {providers}, pour {cost} au plus. Pour le permettre\u00a0: "
        "--allow {names} --max-dollars {dollars} --max-calls {calls}"
    ),
    provider_at="{name} ({host})",
    no_such_provider="--allow contient {name}, qui n’est pas un fournisseur de {chain}. Par exemple\u00a0: --allow {example}",
    no_price=(
        "Le prix de {target} n’est pas connu, aucun plafond ne peut donc être tenu. On peut le fixer dans la configuration\u00a0: "
        '[prices."{target}"] avec input = 2.5 et output = 10.0'
    ),
    wrong_cap="{option} {value} n’est pas un plafond. Attendu\u00a0: au moins {least}. Par exemple\u00a0: {option} {example}",
    nothing_to_ask=(
        "La configuration n’a pas de modèle avec une chaîne de fournisseurs. Il en faut un. Par exemple\u00a0: voir sanspanne check"
    ),
    real_begins="On demande à {providers}, {calls} appels et {cost} au plus.",
    capped="Arrêté avant la fin\u00a0: {reason}.",
    spent="{calls} appels ont été transmis, pour {cost} au plus aux prix publics.",
)


def drill_words(language: str) -> DrillWords:
    """French for `fr`, English for everything else."""
    return FRENCH if language == "fr" else ENGLISH
