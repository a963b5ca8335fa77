"""What the command line says, in English and in French. Error sentences about the configuration are in English."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from sanspanne.locales import terminal_language


class Words(Struct, frozen=True):
    """Every sentence of the command line in one language; `{...}` stands for what is filled in."""

    language: str
    about: str
    commands: str
    parameters: str
    help: str
    version: str
    serve: str
    check: str
    ask: str
    models: str
    models_list: str
    models_pull: str
    models_verify: str
    keys: str
    keys_create: str
    keys_list: str
    keys_revoke: str
    answers: str
    answers_show: str
    answers_list: str
    answer_id: str
    last: str
    json_account: str
    config: str
    host: str
    port: str
    data: str
    workers: str
    question: str
    model: str
    json: str
    key_name: str
    model_name: str
    mirror: str
    from_file: str
    accept_licence: str
    see_help: str
    wrong_usage: str
    workers_later: str
    wrong_port: str
    empty_question: str
    bug: str
    interrupted: str
    attempts: str
    one_attempt: str
    left_out: str
    continued: str
    begun_again: str
    broken: str
    only_onboard: str
    waiting_for: str
    waiting_for_room: str
    no_end: str
    yes: str
    no: str
    unknown: str
    target: str
    reachable: str
    key_valid: str
    model_known: str
    delay: str
    milliseconds: str
    remark: str
    all_well: str
    some_failed: str
    no_targets: str
    onboard_off: str
    onboard_without_engine: str
    onboard_here: str
    onboard_to_fetch: str
    onboard_missing: str
    shown_once: str
    revoked: str
    name: str
    ends_with: str
    made: str
    state: str
    in_force: str
    revoked_on: str
    no_keys: str
    size: str
    megabytes: str
    licence: str
    present: str
    absent: str
    partial: str
    damaged: str
    default: str
    pulling: str
    pulled: str
    verified: str
    not_verified: str
    not_there: str
    no_such_model: str
    accept_first: str


ENGLISH = Words(
    language="en",
    about="Conversational AI that stays up when its providers go down.",
    commands="Commands",
    parameters="Parameters",
    help="Show this help.",
    version="Show the version.",
    serve="Serve the assistant and the API, in the foreground, until SIGTERM or Ctrl-C.",
    check="Check the configuration, then ask every target for one word and show what came of it.",
    ask="Put one question, show the answer as it comes, and say who gave it.",
    models="The model on board: what there is, fetch it, verify it.",
    models_list="List the models that can be taken on board, and which of them are here.",
    models_pull="Fetch a model; goes on where an earlier fetch broke off, and verifies the file.",
    models_verify="Verify the files of a model, or of all that are here.",
    keys="The keys with which programs may call: make, limit, list, revoke.",
    keys_create="Make a key and show its secret, once.",
    keys_list="List the keys; their secrets are not kept.",
    keys_revoke="Take a key out of force; a running server notices within seconds.",
    answers="The ledger: who answered, after how many attempts, and what it cost.",
    answers_show="Show one answer with all of its attempts; also while the server runs, and after it died.",
    answers_list="List the latest answers.",
    answer_id="The id of the answer (ans_...) or of the request (req_...).",
    last="How many.",
    json_account="Print JSON; money in it is in micro-dollars.",
    config="The configuration. Without it: ./sanspanne.toml if there is one, else the keys in the environment.",
    host="Where to listen; goes before the configuration.",
    port="On which port; goes before the configuration.",
    data="The folder for what must last.",
    workers="How many processes. Only 1 for now.",
    question="The question.",
    model="A model of the configuration, or provider/model. Without it: auto, or the first in the configuration.",
    json="Print one JSON object at the end instead of the text as it comes.",
    key_name="A name by which you will recognise the caller, such as laptop.",
    model_name="A name from `sanspanne models list`; without it the default one.",
    mirror="Another address to fetch from.",
    from_file="A file that is on this machine already; it is verified like any other.",
    accept_licence="Accept the conditions of the model's licence.",
    see_help="See: sanspanne --help",
    wrong_usage="The command cannot be understood: {reason}",
    workers_later="--workers {workers}: several processes come in a later version. Expected 1. For example: sanspanne serve",
    wrong_port="--port {port} is not a port. Expected a number from 0 to 65535. For example: --port 8080",
    empty_question='The question is empty. For example: sanspanne ask "Why is the sky blue?"',
    bug="Something went wrong that should not: {error}. This is a fault in sanspanne; SANSPANNE_TRACE=1 shows where.",
    interrupted="Interrupted.",
    attempts="{count} attempts",
    one_attempt="1 attempt",
    left_out="Not passed on: {what}",
    continued="{before} broke off; {after} went on after {at} characters",
    begun_again="{before} broke off after {at} characters; {after} began again",
    broken="The answer broke off and is not complete: {reason}",
    only_onboard="No provider is configured: the model on board answers; the first time it is fetched before.",
    waiting_for="No word yet: waiting for {target}.",
    waiting_for_room="No word yet: every target is busy or out, waiting for one with room.",
    no_end="its end never came.",
    yes="yes",
    no="no",
    unknown="?",
    target="Target",
    reachable="Reachable",
    key_valid="Key valid",
    model_known="Model known",
    delay="First token",
    milliseconds="{value} ms",
    remark="{target}: {sentence}",
    all_well="Every target answers.",
    some_failed="Targets without an answer: {failed} of {count}.",
    no_targets="The configuration is right. It names no target but the model on board.",
    onboard_off="The model on board is switched off.",
    onboard_without_engine="The model on board lacks its engine. To install it: pip install 'sanspanne[onboard]'",
    onboard_here="The model on board is here: {name}.",
    onboard_to_fetch="The model on board is not here yet; `sanspanne serve` fetches it.",
    onboard_missing="The model on board is not here, and onboard.fetch is false. Fetch it: sanspanne models pull",
    shown_once="This is the secret of the key {name}. It is shown only now; keep it in a safe place.",
    revoked="The key {name} is revoked.",
    name="Name",
    ends_with="Ends with",
    made="Made",
    state="State",
    in_force="in force",
    revoked_on="revoked on {date}",
    no_keys="There are no keys yet. Make one: sanspanne keys create laptop",
    size="Size",
    megabytes="{count} MB",
    licence="Licence",
    present="here",
    absent="not here",
    partial="begun",
    damaged="damaged",
    default="default",
    pulling="Fetching {name}",
    pulled="{name} is here and verified: {path}",
    verified="{name}: verified, {path}",
    not_verified="{name}: the file {path} is not what the catalogue says. Fetch it again: sanspanne models pull {name}",
    not_there="{name} is not here. Fetch it: sanspanne models pull {name}",
    no_such_model='There is no model "{name}" in the catalogue. Expected one of: {names}. For example: sanspanne models list',
    accept_first=(
        "The licence of {name} has conditions ({terms}): {conditions} Expected your consent. "
        "For example: sanspanne models pull {name} --accept-licence"
    ),
)

# U+00A0 stands before : and inside « », U+202F before ; ? and !, as French typography has it.
FRENCH = Words(
    language="fr",
    about="Une IA conversationnelle qui reste debout quand ses fournisseurs tombent.",
    commands="Commandes",
    parameters="Paramètres",
    help="Afficher cette aide.",
    version="Afficher la version.",
    serve="Servir l’assistant et l’API, au premier plan, jusqu’à SIGTERM ou Ctrl-C.",
    check="Vérifier la configuration, puis demander un mot à chaque cible et montrer le résultat.",
    ask="Poser une question, afficher la réponse à mesure qu’elle vient, et dire qui l’a donnée.",
    models="Le modèle embarqué\u00a0: ce qu’il y a, le télécharger, le vérifier.",
    models_list="Lister les modèles qui peuvent être embarqués, et ceux qui sont ici.",
    models_pull="Télécharger un modèle\u202f; reprend là où un téléchargement s’est arrêté, et vérifie le fichier.",
    models_verify="Vérifier les fichiers d’un modèle, ou de tous ceux qui sont ici.",
    keys="Les clés avec lesquelles des programmes peuvent appeler\u00a0: créer, limiter, lister, révoquer.",
    keys_create="Créer une clé et afficher son secret, une seule fois.",
    keys_list="Lister les clés\u202f; leurs secrets ne sont pas conservés.",
    keys_revoke="Révoquer une clé\u202f; un serveur en marche s’en aperçoit en quelques secondes.",
    answers="Le registre\u00a0: qui a répondu, après combien d’essais, et ce que cela a coûté.",
    answers_show="Montrer une réponse et tous ses essais\u202f; aussi pendant que le serveur tourne, et après sa mort.",
    answers_list="Lister les dernières réponses.",
    answer_id="L’identifiant de la réponse (ans_...) ou de la requête (req_...).",
    last="Combien.",
    json_account="Afficher du JSON\u202f; l’argent y est en micro-dollars.",
    config="La configuration. Sinon\u00a0: ./sanspanne.toml s’il existe, ou les clés de l’environnement.",
    host="Où écouter\u202f; passe avant la configuration.",
    port="Sur quel port\u202f; passe avant la configuration.",
    data="Le dossier de ce qui doit durer.",
    workers="Le nombre de processus. Un seul pour l’instant.",
    question="La question.",
    model="Un modèle de la configuration, ou fournisseur/modèle. Sinon\u00a0: auto, ou le premier de la configuration.",
    json="Afficher un objet JSON à la fin au lieu du texte à mesure qu’il vient.",
    key_name="Un nom auquel vous reconnaîtrez l’appelant, par exemple portable.",
    model_name="Un nom de «\u00a0sanspanne models list\u00a0»\u202f; sans lui, celui par défaut.",
    mirror="Une autre adresse d’où télécharger.",
    from_file="Un fichier déjà présent sur cette machine\u202f; il est vérifié comme tout autre.",
    accept_licence="Accepter les conditions de la licence du modèle.",
    see_help="Voir\u00a0: sanspanne --help",
    wrong_usage="La commande est incomprise\u00a0: {reason}",
    workers_later=(
        "--workers {workers}\u00a0: plusieurs processus viendront dans une version ultérieure. Attendu\u00a0: 1. "
        "Par exemple\u00a0: sanspanne serve"
    ),
    wrong_port=(
        "--port {port} n’est pas un port. Attendu\u00a0: un nombre de 0 à 65535. Par exemple\u00a0: --port 8080"
    ),
    empty_question=('La question est vide. Par exemple\u00a0: sanspanne ask "Pourquoi le ciel est-il bleu\u202f?"'),
    bug=(
        "Il s’est passé ce qui ne devrait pas se passer\u00a0: {error}. C’est un défaut de sanspanne\u202f; "
        "SANSPANNE_TRACE=1 montre où."
    ),
    interrupted="Interrompu.",
    attempts="{count} essais",
    one_attempt="1 essai",
    left_out="Non transmis\u00a0: {what}",
    continued="{before} s’est interrompu\u00a0; {after} a continué après {at} caractères",
    begun_again="{before} s’est interrompu après {at} caractères\u00a0; {after} a recommencé",
    broken="La réponse s’est interrompue, elle n’est pas complète\u00a0: {reason}",
    waiting_for="Pas encore de mot\u00a0: en attente de {target}.",
    waiting_for_room="Pas encore de mot\u00a0: toutes les cibles sont occupées ou en panne, en attente d’une qui ait de la place.",
    only_onboard=(
        "Aucun fournisseur n’est configuré\u00a0: le modèle embarqué répond\u202f; la première fois, il est d’abord téléchargé."
    ),
    no_end="sa fin n’est jamais venue.",
    yes="oui",
    no="non",
    unknown="?",
    target="Cible",
    reachable="Joignable",
    key_valid="Clé valide",
    model_known="Modèle connu",
    delay="Premier jeton",
    milliseconds="{value}\u00a0ms",
    remark="{target}\u00a0: {sentence}",
    all_well="Toutes les cibles répondent.",
    some_failed="Cibles sans réponse\u00a0: {failed} sur {count}.",
    no_targets="La configuration est juste. Elle ne nomme aucune cible hors du modèle embarqué.",
    onboard_off="Le modèle embarqué est désactivé.",
    onboard_without_engine="Il manque au modèle embarqué son moteur. Pour l’installer\u00a0: pip install 'sanspanne[onboard]'",
    onboard_here="Le modèle embarqué est là\u00a0: {name}.",
    onboard_to_fetch="Le modèle embarqué n’est pas encore là\u202f; «\u00a0sanspanne serve\u00a0» le télécharge.",
    onboard_missing=(
        "Le modèle embarqué n’est pas là, et onboard.fetch est à false. Pour le télécharger\u00a0: sanspanne models pull"
    ),
    shown_once="Voici le secret de la clé {name}. Il n’est affiché que maintenant\u202f; gardez-le en lieu sûr.",
    revoked="La clé {name} est révoquée.",
    name="Nom",
    ends_with="Finit par",
    made="Créée",
    state="État",
    in_force="en vigueur",
    revoked_on="révoquée le {date}",
    no_keys="Il n’y a pas encore de clé. Créez-en une\u00a0: sanspanne keys create portable",
    size="Taille",
    megabytes="{count}\u00a0Mo",
    licence="Licence",
    present="présent",
    absent="absent",
    partial="commencé",
    damaged="abîmé",
    default="par défaut",
    pulling="Téléchargement de {name}",
    pulled="{name} est là, vérifié\u00a0: {path}",
    verified="{name}\u00a0: vérifié, {path}",
    not_verified=(
        "{name}\u00a0: le fichier {path} n’est pas celui du catalogue. À télécharger de nouveau\u00a0: "
        "sanspanne models pull {name}"
    ),
    not_there="{name} n’est pas là. Pour le télécharger\u00a0: sanspanne models pull {name}",
    no_such_model=(
        "Le catalogue n’a pas de modèle «\u00a0{name}\u00a0». Attendu\u00a0: l’un de {names}. "
        "Par exemple\u00a0: sanspanne models list"
    ),
    accept_first=(
        "La licence de {name} pose des conditions ({terms})\u00a0: {conditions} Votre accord est attendu. "
        "Par exemple\u00a0: sanspanne models pull {name} --accept-licence"
    ),
)


def words_for(environ: Mapping[str, str]) -> Words:
    """The language of the user's locale: French for `fr`, English for everything else."""
    return FRENCH if terminal_language(environ) == "fr" else ENGLISH
