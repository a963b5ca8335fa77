"""How a kept question stands, for `sanspanne answers show`: also while no server runs. Of its words nothing is read."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from sanspanne.answers.kept_store import Row
from sanspanne.store.kept_questions import SqliteKeptQuestions
from sanspanne.store.sqlite import Database

SENTENCES = {
    "en": {
        False: "The question {id} is kept until {until}: nobody could answer it yet.",
        True: "The question {id} was kept and has ended. GET /v1/answers/{id} gives what came of it, until {until}.",
    },
    "fr": {
        False: "La question {id} est gardée jusqu’au {until}\u00a0: personne n’a encore pu y répondre.",
        True: "La question {id} a été gardée, et c’est fini\u00a0: GET /v1/answers/{id} donne ce qu’il en est, jusqu’au {until}.",
    },
}


def find_kept(folder: Path, answer_id: str) -> Row | None:
    """The kept question of that id. Raises `StoreError`."""
    return SqliteKeptQuestions(Database(folder)).find(answer_id)


def kept_sentence(row: Row, language: str) -> str:
    """How it stands. The time is that of this machine."""
    until = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(row.until))
    return SENTENCES[language][row.over].format(id=row.id, until=until)


def kept_object(row: Row) -> dict[str, Any]:
    """The same for a program; `until` is in seconds since 1970."""
    return {"over": row.over, "until": row.until}
