"""What the command line says in French.

U+00A0 stands before : and inside « », U+202F before ; ? and !, as French typography has it.
"""

from __future__ import annotations

from sanspanne.cli.words.sentences import Words

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
