"""What of recorded answers outlives this process: joins the journal and the day's store to the answers.

    open     what an earlier life left is taken up again; from then on detached answers are journalled, whole ones kept for a day,
             questions that nobody can answer are kept until somebody can, and answers for the time when nobody can
    close    what still runs is left to the next life

Only `serve` opens it: one process has the journal. Without a disk answers are recorded all the same, in memory.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from sanspanne.answers.answers import Answers
from sanspanne.answers.earlier import EarlierAnswers
from sanspanne.answers.journal import Journal
from sanspanne.answers.keeping import Keeping
from sanspanne.answers.kept_questions import KeptQuestions, Terms
from sanspanne.answers.kept_store import entry_of
from sanspanne.answers.sealing import Sealing
from sanspanne.config.sections import AnswersConfig
from sanspanne.datakey import data_key, derived
from sanspanne.errors import CallerError, StoreError
from sanspanne.store.kept_answers import SqliteKeptAnswers
from sanspanne.store.kept_questions import SqliteKeptQuestions
from sanspanne.store.sqlite import Database
from sanspanne.webhooks.deliveries import Deliveries, Post
from sanspanne.webhooks.hook import Hook

FOLDER = "journal"
HOUR = 3600.0
DAY = 24 * HOUR
MB = 1024 * 1024


class Memory:
    """The memory of `answers`. `notice` tells the operator when it fails.

    `hook` finds the webhook of a caller's key, `post` is the way out to it.
    """

    def __init__(
        self,
        answers: Answers,
        config: AnswersConfig,
        data_dir: Path,
        environ: Mapping[str, str],
        notice: Callable[[str], None],
        hook: Callable[[str], Hook | None],
        post: Post,
    ) -> None:
        self._answers = answers
        self._config = config
        self._data_dir = data_dir
        self._environ = environ
        self._notice = notice
        self._hook = hook
        self._post = post
        self._journal: Journal | None = None
        self._keeping: Keeping | None = None
        self._kept: KeptQuestions | None = None
        self._deliveries: Deliveries | None = None
        self._earlier: EarlierAnswers | None = None

    def open(self) -> None:
        """Read what is there. Raises `ConfigError` for a data key that cannot be used."""
        try:
            key = data_key(self._data_dir, self._environ)
            self._open_keeping(derived(key, "kept answers"))
            self._open_kept(derived(key, "kept questions"))
            self._open_earlier(derived(key, "earlier answers"))
            self._open_journal(key)
        except StoreError as error:
            self._notice(f"Answers are recorded in memory alone, and a restart forgets them: {error}")

    async def close(self, told: CallerError) -> None:
        """Leave what still runs to the next life; who follows it is `told`."""
        await self._answers.close(told)
        if self._journal is not None:
            await self._journal.close()
        if self._keeping is not None:
            await self._keeping.close()
        if self._kept is not None and self._deliveries is not None:
            await self._kept.close()
            await self._deliveries.close()
        if self._earlier is not None:
            await self._earlier.close()

    def _open_keeping(self, key: bytes) -> None:
        seconds = self._config.idempotency_hours * HOUR
        if seconds:
            store = SqliteKeptAnswers(Database(self._data_dir), seconds)
            self._keeping = Keeping(store, key, seconds, time.time, self._notice)
            self._answers.keeping = self._keeping

    def _open_kept(self, key: bytes) -> None:
        terms = Terms(
            self._config.kept_hours * HOUR,
            self._config.keep_seconds,
            self._config.kept_questions,
            int(self._config.keep_mb * MB) // 2,  # the other half is for answers that are not deferred
        )
        store = SqliteKeptQuestions(Database(self._data_dir))
        sealing = Sealing(key)
        self._deliveries = Deliveries(
            store,
            lambda row: entry_of(row, sealing),
            self._answers.account_of,
            self._hook,
            self._post,
            wall=time.time,
            chance=random.random,
            notice=self._notice,
        )
        self._kept = KeptQuestions(
            store,
            sealing,
            terms,
            wall=time.time,
            notice=self._notice,
            tells=lambda key: self._hook(key) is not None,
            on_ended=self._deliveries.wake,
        )
        self._answers.kept = self._kept

    def _open_earlier(self, key: bytes) -> None:
        seconds = self._config.earlier_days * DAY
        if seconds:
            most = int(self._config.earlier_mb * MB)
            store = SqliteKeptAnswers(Database(self._data_dir), seconds, most, "earlier_answers")
            self._earlier = EarlierAnswers(store, Sealing(key), seconds, time.time, self._notice)
            self._answers.or_earlier.earlier = self._earlier

    def _open_journal(self, key: bytes) -> None:
        journal = Journal(
            self._data_dir / FOLDER,
            key,
            notice=self._notice,
            wall=time.time,
            keep_seconds=self._config.keep_seconds,
            max_bytes=int(self._config.keep_mb * MB),
        )
        kept = journal.open()
        self._journal = self._answers.journal = journal
        self._answers.recover(kept, self._kept.of_earlier_lives() if self._kept else ())
        if self._kept is not None and self._deliveries is not None:
            self._kept.start()
            self._deliveries.start()
