"""The sentences that the command line has."""

from __future__ import annotations

from msgspec import Struct


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
